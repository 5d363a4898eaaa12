using Microsoft.Win32.SafeHandles;

namespace GpuPerceptron.Cli.Streams;

/// <summary>The process's stdout as bytes.</summary>
internal static class StandardOutput
{
    private const int UnixBrokenPipe = 32; // EPIPE

    /// <summary>
    /// Opens it such that writing into a pipe that its reader closed fails. The runtime's own stream ignores that, and
    /// 'predict | head' would go on to the table's end.
    /// </summary>
    public static Stream Open()
    {
        if (OperatingSystem.IsWindows()) return Console.OpenStandardOutput();
        try
        {
            var pipe = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            // Into a file, a FileStream writes at a position of its own and would overwrite what others append to it.
            if (!pipe.CanSeek) return pipe;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Closed, or opened in a way that FileStream does not take.
        }

        return Console.OpenStandardOutput();
    }

    /// <summary>Whether a write failed because nobody reads any more.</summary>
    public static bool IsBrokenPipe(IOException failure) => !OperatingSystem.IsWindows() && failure.HResult == UnixBrokenPipe;
}
