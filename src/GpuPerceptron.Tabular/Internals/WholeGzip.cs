using System.IO.Compression;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>What a gzip file holds, read once; a file that is damaged or was cut short is an error.</summary>
/// <remarks>
/// .NET sees a wrong checksum, but takes a stream that ends early for complete. So a stream of our own is read after the file's:
/// only where the file's is complete does it come out at the end.
/// </remarks>
internal sealed class WholeGzip : IDisposable
{
    private const int BufferBytes = 1 << 20;

    private readonly string _name;
    private readonly FileStream _file;
    private readonly byte[] _seal = Guid.NewGuid().ToByteArray();
    private readonly byte[] _buffer; // what was decompressed; the last bytes may be the seal
    private readonly JoinedStream _sealedFile;
    private readonly GZipStream _content;
    private int _position, _count;

    public WholeGzip(string path, string? name = null)
    {
        _name = name ?? path;
        _buffer = new byte[_seal.Length + BufferBytes];
        _file = File.OpenRead(path);
        _sealedFile = new JoinedStream(_file, Compress(_seal));
        _content = new GZipStream(_sealedFile, CompressionMode.Decompress);
    }

    /// <summary>Bytes of the file that were read.</summary>
    public long FileBytes => _file.Position;

    /// <summary>Reads some bytes.</summary>
    /// <returns>How many; 0 at the end.</returns>
    /// <exception cref="PerceptronException">The file is damaged, or ends early.</exception>
    public int Read(Span<byte> target)
    {
        while (_count - _position <= _seal.Length)
        {
            var left = _buffer.AsSpan(_position, _count - _position);
            left.CopyTo(_buffer);
            (_position, _count) = (0, left.Length);
            int read;
            try
            {
                read = _content.Read(_buffer, _count, _buffer.Length - _count);
            }
            catch (InvalidDataException)
            {
                throw Damaged();
            }

            if (read == 0) return _buffer.AsSpan(0, _count).SequenceEqual(_seal) ? 0 : throw Damaged();
            _count += read;
        }

        int count = Math.Min(target.Length, _count - _position - _seal.Length);
        _buffer.AsSpan(_position, count).CopyTo(target);
        _position += count;
        return count;
    }

    public void Dispose()
    {
        _content.Dispose();
        _sealedFile.Dispose();
    }

    private PerceptronException Damaged() => new(Fault.Data, HasMagic(_file)
        ? $"{_name}: the gzip stream ends early or is damaged; fetch the file again"
        : $"{_name}: the file is not compressed by gzip, although its name ends in .gz; compress it, or take .gz from its name");

    private static bool HasMagic(FileStream file)
    {
        file.Position = 0;
        return file.Length < 2 || (file.ReadByte() == 0x1F && file.ReadByte() == 0x8B);
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
