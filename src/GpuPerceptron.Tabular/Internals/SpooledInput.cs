namespace GpuPerceptron.Tabular.Internals;

/// <summary>
/// A copy of a stream in a temporary file, for a table of texts is read twice, and its first line thrice. What is compressed by gzip is unpacked.
/// </summary>
internal sealed class SpooledInput : IDisposable
{
    private const int BufferBytes = 1 << 20;
    private const string Prefix = "gpuperceptron-stdin-", LockName = ".lock", TextEnd = ".csv", PackedEnd = ".gz";

    private static readonly TimeSpan Young = TimeSpan.FromMinutes(1);

    private readonly string _folder;
    private readonly FileStream _lock; // as long as it is held, the folder is in use
    private readonly Action<ReadProgress>? _report;

    /// <summary>Reads the stream to its end.</summary>
    /// <param name="content">The stream.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="report">Is told how far the copying is; null for nobody.</param>
    /// <param name="cancellation">Ends the waiting for a stream that does not end.</param>
    /// <exception cref="PerceptronException">There is no room for it, or it is damaged.</exception>
    public SpooledInput(Stream content, string name, Action<ReadProgress>? report, CancellationToken cancellation)
    {
        RemoveLeftovers();
        _report = report;
        string? folder = null;
        try
        {
            folder = Directory.CreateTempSubdirectory(Prefix).FullName;
            _lock = Lock(folder, FileMode.CreateNew);
            _folder = folder;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (folder is not null) Remove(folder);
            throw NotCopied(name, System.IO.Path.GetTempPath(), failure);
        }

        Path = System.IO.Path.Combine(_folder, name + TextEnd);
        try
        {
            // A read that waits cannot be called off; it is left behind, on a thread that does not keep the process alive.
            Task.Run(() => Copy(Read, cancellation), CancellationToken.None).Wait(cancellation);
            if (IsGzip(Path)) Unpack(name, cancellation);
        }
        catch (Exception failure)
        {
            Dispose();
            var cause = failure is AggregateException several ? several.InnerException! : failure;
            if (cause is OperationCanceledException) cancellation.ThrowIfCancellationRequested();
            if (cause is PerceptronException) throw cause;
            if (!SystemMessage.IsOfFiles(cause)) throw;
            throw NotCopied(name, Path, cause);
        }

        int Read(Span<byte> buffer)
        {
            try
            {
                return content.Read(buffer);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                throw new PerceptronException(Fault.Data, $"{name} cannot be read: {SystemMessage.Of(failure)}; give it again, or name a file in place of '-'", failure);
            }
        }
    }

    private delegate int ReadBytes(Span<byte> buffer);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Removes the file.</summary>
    public void Dispose()
    {
        Remove(Path);
        Remove(Path + PackedEnd);
        _lock.Dispose(); // before the folder, for Windows deletes no file that is open
        Remove(_folder);
    }

    /// <summary>Removes a file or a folder, unless somebody else has.</summary>
    private static void Remove(string path)
    {
        try
        {
            if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
            else File.Delete(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It is left to the next program that copies a stream.
        }
    }

    private static PerceptronException NotCopied(string name, string place, Exception cause) => new(Fault.Data,
        $"{name} cannot be copied to {place}: {SystemMessage.Of(cause)}; make room there, name another folder in the environment variable "
        + $"{(OperatingSystem.IsWindows() ? "TMP" : "TMPDIR")}, or name a file in place of '-'", cause);

    private static FileStream Lock(string folder, FileMode mode) =>
        new(System.IO.Path.Combine(folder, LockName), mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);

    /// <summary>Removes what programs that were killed left behind.</summary>
    private static void RemoveLeftovers()
    {
        try
        {
            foreach (var folder in new DirectoryInfo(System.IO.Path.GetTempPath()).EnumerateDirectories(Prefix + "*"))
            {
                try
                {
                    if (!IsOldCopy(folder)) continue;
                    using (Lock(folder.FullName, FileMode.Open))
                    {
                        foreach (var copy in folder.EnumerateFiles().Where(file => IsCopyName(file.Name)))
                            copy.Delete();
                    }

                    folder.Delete(recursive: true);
                }
                catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
                {
                    // In use, another user's, or no such copy.
                }
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Then nothing can be said of it.
        }
    }

    /// <summary>Whether a folder is one of these and not about to be locked: no link, with nothing in it but a lock and a copy.</summary>
    private static bool IsOldCopy(DirectoryInfo folder) =>
        folder.LinkTarget is null && DateTime.UtcNow - folder.LastWriteTimeUtc > Young
        && folder.EnumerateFileSystemInfos().All(entry => entry is FileInfo && (entry.Name == LockName || IsCopyName(entry.Name)));

    private static bool IsCopyName(string name) =>
        name.EndsWith(TextEnd, StringComparison.Ordinal) || name.EndsWith(TextEnd + PackedEnd, StringComparison.Ordinal);

    private void Copy(ReadBytes read, CancellationToken cancellation)
    {
        using var file = File.Create(Path);
        byte[] buffer = new byte[BufferBytes];
        for (int count; (count = read(buffer)) > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            file.Write(buffer, 0, count);
            _report?.Invoke(new ReadProgress(null, Rows: 0, file.Position, TotalBytes: 0) { Stage = ReadStage.Copy });
        }
    }

    private void Unpack(string name, CancellationToken cancellation)
    {
        string packed = Path + PackedEnd;
        File.Move(Path, packed);
        using (var content = new WholeGzip(packed, name))
            Copy(content.Read, cancellation);
        File.Delete(packed);
    }

    private static bool IsGzip(string path)
    {
        using var file = File.OpenRead(path);
        return file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
    }
}
