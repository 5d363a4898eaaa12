namespace GpuPerceptron.Models;

/// <summary>Writes a file whole or not at all: into a temporary file beside it, flushed to the disk, then renamed.</summary>
public static class AtomicFile
{
    /// <summary>Fails now, rather than after an hour's training, if a file could not be written.</summary>
    /// <param name="path">The file to be written later. It is not touched.</param>
    /// <exception cref="PerceptronException">It cannot be written.</exception>
    public static void EnsureWritable(string path) => Guard(path, () =>
    {
        if (!IsSpecial(path))
            File.Create(TemporaryName(Target(path)), 1, FileOptions.DeleteOnClose).Dispose();
    });

    /// <summary>Writes a file, replacing what was there; a link stays, and the file behind it is replaced.</summary>
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

        string target = Target(path);
        string temporary = TemporaryName(target);
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        finally
        {
            File.Delete(temporary); // gone already if the move succeeded
        }
    });

    /// <summary>/dev/null and its kin are written to; replacing them by a file would harm the machine.</summary>
    private static bool IsSpecial(string path)
    {
        string full = Path.GetFullPath(path);
        return !OperatingSystem.IsWindows() && File.Exists(full)
            && (full.StartsWith("/dev/", StringComparison.Ordinal) || full.StartsWith("/proc/", StringComparison.Ordinal));
    }

    /// <summary>The file to be replaced: behind any links.</summary>
    private static string Target(string path)
    {
        string full = Path.GetFullPath(path);
        if (RealPath.Of(full) is { } real)
            full = real;
        else if (new FileInfo(full).LinkTarget is not null)
            full = File.ResolveLinkTarget(full, returnFinalTarget: true)!.FullName; // a file that is to come
        if (Directory.Exists(full))
            throw new IOException("it is a folder");
        if (!Directory.Exists(Path.GetDirectoryName(full)))
            throw new IOException($"there is no folder {Path.GetDirectoryName(full)}");
        // A rename would pass over the permissions of the file that it replaces.
        return File.Exists(full) && new FileInfo(full).IsReadOnly ? throw new IOException("it is read-only") : full;
    }

    private static string TemporaryName(string target) =>
        Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{Environment.ProcessId}.tmp");

    private static void Guard(string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new PerceptronException(Fault.Options,
                $"cannot write {path}: {SystemMessage.Of(failure)}; choose another place", failure);
        }
    }
}
