namespace GpuPerceptron.Models;

/// <summary>Writes a file whole or not at all: into a temporary file beside it, flushed to the disk, then renamed.</summary>
public static class AtomicFile
{
    /// <summary>Fails now, rather than after an hour's training, if a file could not be written.</summary>
    /// <param name="path">The file to be written later. It is not touched.</param>
    /// <exception cref="PerceptronException">It cannot be written.</exception>
    public static void EnsureWritable(string path) => Guard(path, () =>
    {
        if (IsSpecial(path)) return;
        string probe = TemporaryName(path);
        File.Create(probe, 1, FileOptions.DeleteOnClose).Dispose();
    });

    /// <summary>Writes a file, replacing what was there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content. Where it throws, nothing is left behind and what was there stays.</param>
    /// <exception cref="PerceptronException">It cannot be written.</exception>
    public static void Write(string path, Action<Stream> write) => Guard(path, () =>
    {
        if (IsSpecial(path))
        {
            using var device = new FileStream(path, FileMode.Open, FileAccess.Write);
            write(device);
            return;
        }

        string temporary = TemporaryName(path);
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary); // gone already if the move succeeded
        }
    });

    /// <summary>/dev/null and its kin are written to; replacing them by a file would harm the machine.</summary>
    private static bool IsSpecial(string path) =>
        File.Exists(path) && !OperatingSystem.IsWindows()
        && (Path.GetFullPath(path).StartsWith("/dev/", StringComparison.Ordinal) || Path.GetFullPath(path).StartsWith("/proc/", StringComparison.Ordinal));

    private static string TemporaryName(string path)
    {
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full))
            throw new IOException("it is a folder");
        string folder = Path.GetDirectoryName(full)!;
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"there is no folder {folder}");
        return Path.Combine(folder, $".{Path.GetFileName(full)}.{Environment.ProcessId}.tmp");
    }

    private static void Guard(string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new PerceptronException(Fault.Options,
                $"cannot write {path}: {FirstLine(failure.Message)}; choose another place", failure);
        }
    }

    private static string FirstLine(string message) => message.Split('\n')[0].TrimEnd('.', '\r');
}
