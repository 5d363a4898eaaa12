using System.IO.Compression;
using System.Numerics;
using System.Runtime.InteropServices;

namespace GpuPerceptron.Tabular.Internals.Arrays;

/// <summary>
/// One of NumPy's arrays, read some rows at a time and never held. Where rows lie one after another it is a stream, of a file
/// or of an archive's entry; where columns do, a piece of each column that is asked for is read from the file.
/// </summary>
internal sealed unsafe class NpyArray : IDisposable
{
    private const long MostPieceBytes = 16 << 20; // of the pieces of all columns together

    private readonly FileStream? _columns; // where columns lie one after another; else null
    private readonly Stream? _stream;      // where rows do; else null
    private readonly long[] _pieces = [];  // by column the first row of the piece at hand, or −1
    private long _pieceRows;
    private long _pieceFirst, _first;
    private byte* _buffer;                 // the stream's rows at hand; the columns' pieces
    private long _bufferBytes;

    private NpyArray(string name, NpyHeader header, FileStream columns)
    {
        (Name, Header, _columns) = (name, header, columns);
        _pieces = new long[header.Columns];
        UsePieces(Math.Clamp(MostPieceBytes / Math.Max(1, header.Columns * header.ValueBytes), 1, Math.Max(1, header.Rows)));
    }

    private NpyArray(string name, NpyHeader header, Stream stream) => (Name, Header, _stream) = (name, header, stream);

    ~NpyArray() => NativeMemory.Free(_buffer);

    /// <summary>What messages call it.</summary>
    public string Name { get; }

    /// <summary>Its type and shape.</summary>
    public NpyHeader Header { get; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="PerceptronException">It cannot be read, or is no array of numbers.</exception>
    public static NpyArray Open(string path)
    {
        if (!File.Exists(path))
            throw new PerceptronException(Fault.Data, $"{path}: {(Directory.Exists(path) ? "this is a folder" : "there is no such file")}");
        try
        {
            return Open(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0), path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PerceptronException(Fault.Data, $"{path}: the file cannot be read ({SystemMessage.Of(error)})", error);
        }
    }

    /// <summary>Opens an archive's entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="PerceptronException">It is no array of numbers, or damaged.</exception>
    public static NpyArray Open(ZipArchiveEntry entry, string name)
    {
        var stream = new CheckedEntry(entry);
        var header = NpyHeader.Read(stream, entry.Length, name);
        if (!header.IsByColumns) return new NpyArray(name, header, stream);

        stream.Dispose();
        var file = new FileStream(Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        try
        {
            using (var content = new CheckedEntry(entry))
                content.CopyTo(file);
            file.Position = 0;
            return Open(file, name);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Goes to the next rows.</summary>
    /// <param name="first">The first of them: the one after the last.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="PerceptronException">An archive is damaged.</exception>
    public void Take(long first, int count)
    {
        _first = first;
        if (_stream is null)
        {
            if (count > _pieceRows) UsePieces(count);
            if (first < _pieceFirst || first + count > _pieceFirst + _pieceRows) _pieceFirst = first;
            return;
        }

        long bytes = count * Header.Columns * Header.ValueBytes;
        if (bytes > _bufferBytes) Resize(bytes);
        try
        {
            for (long done = 0; done < bytes;)
            {
                int read = _stream.Read(new Span<byte>(_buffer + done, (int)Math.Min(bytes - done, 1 << 20)));
                if (read == 0) throw EndsEarly();
                done += read;
            }
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            throw Damaged(error);
        }
    }

    /// <summary>Copies a column of the rows at hand.</summary>
    /// <param name="column">From 0.</param>
    /// <param name="values">One for each row at hand.</param>
    public void CopyColumn(long column, Span<double> values)
    {
        byte* first = _stream is null ? ColumnAt(column) : _buffer + column * Header.ValueBytes;
        switch (Header.Type)
        {
            case "f2": Copy<Half>(first, values); break;
            case "f4": Copy<float>(first, values); break;
            case "f8": Copy<double>(first, values); break;
            case "i1": Copy<sbyte>(first, values); break;
            case "i2": Copy<short>(first, values); break;
            case "i4": Copy<int>(first, values); break;
            case "i8": Copy<long>(first, values); break;
            case "u1" or "b1": Copy<byte>(first, values); break;
            case "u2": Copy<ushort>(first, values); break;
            case "u4": Copy<uint>(first, values); break;
            case "u8": Copy<ulong>(first, values); break;
            default: throw new InvalidOperationException(Header.Type);
        }
    }

    public void Dispose()
    {
        _columns?.Dispose();
        _stream?.Dispose();
        NativeMemory.Free(_buffer);
        _buffer = null;
        GC.SuppressFinalize(this);
    }

    private long RowStride => Header.ValueBytes * (_stream is null ? 1 : Header.Columns);

    /// <summary>A column's values of the rows at hand, where columns lie one after another.</summary>
    private byte* ColumnAt(long column)
    {
        byte* piece = _buffer + column * _pieceRows * Header.ValueBytes;
        if (_pieces[column] != _pieceFirst)
        {
            long count = Math.Min(_pieceRows, Header.Rows - _pieceFirst);
            try
            {
                Fill(new Span<byte>(piece, (int)(count * Header.ValueBytes)), Header.Length + (column * Header.Rows + _pieceFirst) * Header.ValueBytes);
            }
            catch (Exception error) when (error is InvalidDataException or IOException)
            {
                throw Damaged(error);
            }

            _pieces[column] = _pieceFirst;
        }

        return piece + (_first - _pieceFirst) * Header.ValueBytes;
    }

    private void Fill(Span<byte> target, long place)
    {
        while (target.Length > 0)
        {
            int read = RandomAccess.Read(_columns!.SafeFileHandle, target, place);
            if (read == 0) throw EndsEarly();
            target = target[read..];
            place += read;
        }
    }

    private void UsePieces(long rows)
    {
        _pieceRows = rows;
        Array.Fill(_pieces, -1);
        Resize(Header.Columns * rows * Header.ValueBytes);
    }

    private void Resize(long bytes)
    {
        _buffer = (byte*)NativeMemory.Realloc(_buffer, (nuint)bytes);
        _bufferBytes = bytes;
    }

    private static InvalidDataException EndsEarly() => new("it ends early");

    private PerceptronException Damaged(Exception error) =>
        new(Fault.Data, $"{Name} is damaged ({SystemMessage.Of(error)}); write or fetch it again", error);

    private static NpyArray Open(FileStream file, string name)
    {
        try
        {
            var header = NpyHeader.Read(file, file.Length, name);
            return header.IsByColumns ? new NpyArray(name, header, columns: file) : new NpyArray(name, header, stream: file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private void Copy<T>(byte* first, Span<double> values)
        where T : unmanaged, INumberBase<T>
    {
        long stride = RowStride;
        foreach (ref double value in values)
        {
            // An archive's values need not lie at multiples of their size.
            value = double.CreateTruncating(System.Runtime.CompilerServices.Unsafe.ReadUnaligned<T>(first));
            first += stride;
        }
    }
}
