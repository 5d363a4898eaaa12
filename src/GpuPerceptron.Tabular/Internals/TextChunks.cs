namespace GpuPerceptron.Tabular.Internals;

/// <summary>Whole lines of a file.</summary>
/// <param name="Text">The bytes, which stay where they are; only the first <paramref name="Length"/> count.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Path">The file.</param>
/// <param name="FirstLine">The first line's number in the file, from 1.</param>
/// <param name="Index">The chunk's number, from 0.</param>
internal sealed record TextChunk(byte[] Text, int Length, string Path, long FirstLine, int Index);

/// <summary>Reads files, plain or compressed, in chunks of whole lines. Several threads may take chunks at once.</summary>
/// <param name="paths">The files, in order.</param>
/// <param name="chunkBytes">Bytes a chunk, unless a line is longer.</param>
/// <param name="cancellation">Stops the reading.</param>
/// <param name="limit">Chunks to read at most; null for all.</param>
/// <param name="report">Is told how far the reading is, once a chunk; null for nobody.</param>
internal sealed class TextChunks(
    IReadOnlyList<string> paths, int chunkBytes, CancellationToken cancellation, int? limit = null, Action<ReadProgress>? report = null) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Stack<byte[]> _free = new();
    private byte[] _rest = []; // the beginning of a line
    private Func<Span<byte>, int>? _read;
    private IDisposable? _file;
    private int _nextFile, _nextChunk;
    private Func<long>? _place; // in a compressed file
    private long _bytesBefore; // of files before it
    private long _bytesRead; // of a plain one, which may be a pipe and know no place
    private long? _totalBytes;
    private long _line = 1;

    /// <summary>The next chunk; null at the end.</summary>
    /// <exception cref="PerceptronException">A file cannot be read.</exception>
    public TextChunk? Next()
    {
        lock (_lock)
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                if (_nextChunk == limit) return null;
                if (_read is null && !OpenNext()) return null;
                if (Fill() is { } chunk)
                {
                    Report();
                    return chunk;
                }

                _bytesBefore += SourceFile.Of(paths[_nextFile - 1]).Length;
                _file!.Dispose();
                (_file, _read) = (null, null);
            }
        }
    }

    /// <summary>Takes a chunk's memory back.</summary>
    public void Return(TextChunk chunk)
    {
        lock (_lock)
            _free.Push(chunk.Text);
    }

    public void Dispose() => _file?.Dispose();

    private void Report()
    {
        if (report is null) return;
        _totalBytes ??= SourceFile.BytesOf(paths);
        long bytes = _bytesBefore + _place!();
        report(new ReadProgress(bytes <= _totalBytes ? (double)bytes / _totalBytes : null, Rows: 0, bytes, _totalBytes.Value));
    }

    private bool OpenNext()
    {
        if (_nextFile == paths.Count) return false;
        string path = paths[_nextFile++];
        _line = 1;
        _bytesRead = 0;
        try
        {
            if (FileSet.IsCompressed(path))
            {
                var gzip = new WholeGzip(path);
                (_file, _read, _place) = (gzip, gzip.Read, () => gzip.FileBytes);
            }
            else
            {
                var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0,
                    FileOptions.SequentialScan);
                (_file, _read, _place) = (stream, stream.Read, () => _bytesRead);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, error);
        }

        return true;
    }

    /// <summary>Reads up to a line's end, at least one line; null at the file's end.</summary>
    private TextChunk? Fill()
    {
        string path = paths[_nextFile - 1];
        byte[] text = _free.TryPop(out var free) ? free : Memory(chunkBytes);
        if (_rest.Length >= text.Length) text = Memory(2 * _rest.Length);
        _rest.CopyTo(text, 0);
        int length = _rest.Length, end;
        while (true)
        {
            int read;
            try
            {
                read = _read!(text.AsSpan(length));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw Unreadable(path, error);
            }

            length += read;
            _bytesRead += read;
            end = read == 0 ? length : length < text.Length ? 0 : text.AsSpan(0, length).LastIndexOf((byte)'\n') + 1;
            if (end > 0 || read == 0) break;
            if (length < text.Length) continue;
            byte[] longer = Memory(2 * length); // for a long line
            text.CopyTo(longer, 0);
            text = longer;
        }

        _rest = text[end..length];
        if (end == 0) return null;
        var chunk = new TextChunk(text, end, path, _line, _nextChunk++);
        _line += text.AsSpan(0, end).Count((byte)'\n');
        return chunk;
    }

    private static byte[] Memory(int bytes) => GC.AllocateUninitializedArray<byte>(bytes, pinned: true);

    private static PerceptronException Unreadable(string path, Exception error) =>
        new(Fault.Data, $"{path}: the file cannot be read ({SystemMessage.Of(error)})", error);
}
