namespace GpuPerceptron.Tabular.Internals;

/// <summary>A copy of a stream in a temporary file, for a table of texts is read twice, and its first line thrice.</summary>
internal sealed class SpooledInput : IDisposable
{
    /// <summary>Reads the stream to its end.</summary>
    /// <param name="content">The stream.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="cancellation">Ends the waiting for a stream that does not end.</param>
    public SpooledInput(Stream content, string name, CancellationToken cancellation)
    {
        Path = System.IO.Path.Combine(Directory.CreateTempSubdirectory("gpuperceptron-").FullName, name + ".csv");
        try
        {
            // A read that waits cannot be called off; it is left behind, on a thread that does not keep the process alive.
            Task.Run(() =>
            {
                using var file = File.Create(Path);
                content.CopyTo(file, 1 << 20);
            }, CancellationToken.None).Wait(cancellation);
            if (IsGzip(Path)) Rename(Path + ".gz"); // as whoever reads it tells
        }
        catch (AggregateException failure) when (failure.InnerException is IOException or UnauthorizedAccessException)
        {
            Dispose();
            throw new PerceptronException(Fault.Data,
                $"{name} cannot be copied to {Path}: {SystemMessage.Of(failure.InnerException)}; make room there, name another folder in the environment variable "
                + $"{(OperatingSystem.IsWindows() ? "TMP" : "TMPDIR")}, or name a file in place of '-'", failure);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; private set; }

    private void Rename(string path)
    {
        File.Move(Path, path);
        Path = path;
    }

    private static bool IsGzip(string path)
    {
        using var file = File.OpenRead(path);
        return file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
    }

    /// <summary>Removes the file.</summary>
    public void Dispose() => Directory.Delete(System.IO.Path.GetDirectoryName(Path)!, recursive: true);
}
