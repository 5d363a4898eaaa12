using System.IO.Compression;
using System.IO.Hashing;

namespace GpuPerceptron.Tabular.Internals.Arrays;

/// <summary>An archive's entry, read from front to end: its last bytes are handed out only if its CRC-32 is as the archive says.</summary>
/// <param name="entry">The entry.</param>
internal sealed class CheckedEntry(ZipArchiveEntry entry) : Stream
{
    private readonly Stream _content = entry.Open();
    private readonly Crc32 _sum = new();
    private long _left = entry.Length;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => entry.Length;

    /// <inheritdoc/>
    public override long Position
    {
        get => entry.Length - _left;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The content is not what was written.</exception>
    public override int Read(Span<byte> buffer)
    {
        int read = _content.Read(buffer);
        _sum.Append(buffer[..read]);
        _left -= read;
        if (_left == 0 && _sum.GetCurrentHashAsUInt32() != entry.Crc32) throw new InvalidDataException("its checksum is wrong");
        return read;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush() { }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _content.Dispose();
        base.Dispose(disposing);
    }
}
