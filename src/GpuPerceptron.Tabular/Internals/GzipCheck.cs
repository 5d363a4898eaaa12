using System.IO.Compression;

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

    /// <summary>
    /// .NET sees a wrong checksum, but takes a stream that ends early for complete. So a stream of our own is read after the
    /// file's: only where the file's is complete does it come out at the end.
    /// </summary>
    private void Check(string path)
    {
        byte[] seal = Guid.NewGuid().ToByteArray();
        try
        {
            using var sealedFile = new JoinedStream(File.OpenRead(path), Compress(seal));
            using var content = new GZipStream(sealedFile, CompressionMode.Decompress);
            byte[] buffer = new byte[seal.Length + BufferBytes]; // the last bytes of what came before, then what comes
            for (int read; (read = content.Read(buffer, seal.Length, BufferBytes)) > 0;)
            {
                _stop.Token.ThrowIfCancellationRequested();
                buffer.AsSpan(read, seal.Length).CopyTo(buffer);
            }

            if (buffer.AsSpan(0, seal.Length).SequenceEqual(seal)) return;
        }
        catch (InvalidDataException)
        {
            // told below
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PerceptronException(Fault.Data, $"{path}: the file cannot be read ({error.Message})", error);
        }

        throw new PerceptronException(Fault.Data, $"{path}: the gzip stream ends early or is damaged; fetch the file again");
    }

    private static MemoryStream Compress(byte[] content)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(content);
        compressed.Position = 0;
        return compressed;
    }

    /// <summary>One stream after another, to be read once.</summary>
    private sealed class JoinedStream(Stream first, Stream second) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer) => first.Read(buffer) is > 0 and var read ? read : second.Read(buffer);

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            first.Dispose();
            second.Dispose();
            base.Dispose(disposing);
        }
    }
}
