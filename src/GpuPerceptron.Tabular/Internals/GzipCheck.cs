namespace GpuPerceptron.Tabular.Internals;

/// <summary>
/// Reads compressed files to their ends beside DuckDB, which takes what it finds of a damaged one for the whole. It
/// decompresses on one thread, so this costs no time where there is a second.
/// </summary>
internal sealed class GzipCheck : IDisposable
{
    private const int BufferBytes = 1 << 20;

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;

    public GzipCheck(IReadOnlyList<string> paths)
    {
        string[] compressed = [.. paths.Where(FileSet.IsCompressed)];
        _reading = compressed.Length == 0 ? Task.CompletedTask : Task.Run(() => Array.ForEach(compressed, Check));
    }

    /// <summary>Waits for the end of the reading; throws where a file is damaged.</summary>
    public void Wait() => _reading.GetAwaiter().GetResult();

    public void Dispose()
    {
        _stop.Cancel();
        try
        {
            Wait();
        }
        catch (Exception error) when (error is OperationCanceledException or PerceptronException)
        {
            // What was wrong is told by Wait; whoever does not call it has found another fault before.
        }

        _stop.Dispose();
    }

    private void Check(string path)
    {
        try
        {
            using var content = new WholeGzip(path);
            byte[] buffer = new byte[BufferBytes];
            while (content.Read(buffer) > 0)
                _stop.Token.ThrowIfCancellationRequested();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PerceptronException(Fault.Data, $"{path}: the file cannot be read ({SystemMessage.Of(error)})", error);
        }
    }
}
