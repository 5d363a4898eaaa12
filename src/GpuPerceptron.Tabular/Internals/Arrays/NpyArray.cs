using System.IO.Compression;
using System.IO.MemoryMappedFiles;
using System.Numerics;
using System.Runtime.InteropServices;

namespace GpuPerceptron.Tabular.Internals.Arrays;

/// <summary>
/// One of NumPy's arrays, read some rows at a time and never held. Where rows lie one after another it is a stream, of a file
/// or of an archive's entry; where columns do, rows are everywhere in it, and it is mapped into memory.
/// </summary>
internal sealed unsafe class NpyArray : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly Stream? _stream;
    private readonly byte* _mapped; // the first value
    private byte* _buffer;          // the stream's rows at hand
    private long _bufferBytes;
    private byte* _rows;            // the first row at hand

    private NpyArray(string name, NpyHeader header, MemoryMappedFile file)
    {
        (Name, Header, _file) = (name, header, file);
        _view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _mapped);
        _mapped += _view.PointerOffset + header.Length;
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
        if (_stream is null)
        {
            _rows = _mapped + first * RowStride;
            return;
        }

        long bytes = count * RowStride;
        if (bytes > _bufferBytes)
        {
            _buffer = (byte*)NativeMemory.Realloc(_buffer, (nuint)bytes);
            _bufferBytes = bytes;
        }

        _rows = _buffer;
        try
        {
            for (long done = 0; done < bytes;)
            {
                int read = _stream.Read(new Span<byte>(_buffer + done, (int)Math.Min(bytes - done, 1 << 20)));
                if (read == 0) throw new InvalidDataException("it ends early");
                done += read;
            }
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            throw new PerceptronException(Fault.Data, $"{Name} is damaged ({SystemMessage.Of(error)}); write or fetch it again", error);
        }
    }

    /// <summary>Copies a column of the rows at hand.</summary>
    /// <param name="column">From 0.</param>
    /// <param name="values">One for each row at hand.</param>
    public void CopyColumn(long column, Span<double> values)
    {
        byte* first = _rows + column * ColumnStride;
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
        if (_view is not null)
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
        }

        _file?.Dispose();
        _stream?.Dispose();
        NativeMemory.Free(_buffer);
        _buffer = null;
        GC.SuppressFinalize(this);
    }

    private long RowStride => Header.ValueBytes * (Header.IsFortran ? 1 : Header.Columns);

    private long ColumnStride => Header.ValueBytes * (Header.IsFortran ? Header.Rows : 1);

    private static NpyArray Open(FileStream file, string name)
    {
        try
        {
            var header = NpyHeader.Read(file, file.Length, name);
            if (!header.IsByColumns) return new NpyArray(name, header, file);
            return new NpyArray(name, header, MemoryMappedFile.CreateFromFile(
                file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false));
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
