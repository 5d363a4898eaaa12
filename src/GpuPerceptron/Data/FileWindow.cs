using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace GpuPerceptron.Data;

/// <summary>A part of a file that is mapped into memory, and moves on with whoever reads the file. On Linux only.</summary>
/// <remarks>
/// Its pages are asked for as the window is laid over them (MADV_POPULATE_READ, since Linux 5.14), so that a disk that fails is found by an error,
/// and not, as a map's later reads would, by a signal.
/// </remarks>
internal sealed unsafe partial class FileWindow : IDisposable
{
    /// <summary>Bytes that it covers, if there are as many, and up to a page of <see cref="HugePages"/> more.</summary>
    public const int Bytes = 4 << 20;

    private const int Readable = 1, Shared = 1; // PROT_READ, MAP_SHARED
    private const int Populate = 22;            // MADV_POPULATE_READ

    private static readonly nint Failed = -1;

    private SampleFile? _file; // null where nothing is mapped
    private byte* _memory;
    private long _start, _length;

    /// <summary>Gives bytes of a file, until the next call.</summary>
    /// <param name="file">The file.</param>
    /// <param name="offset">Where they begin.</param>
    /// <param name="bytes">How many; the file has them.</param>
    /// <param name="following">How many of those after them will be wanted next.</param>
    /// <returns>Null where they cannot be mapped: who reads them is told why.</returns>
    public byte* Find(SampleFile file, long offset, long bytes, long following)
    {
        if (file != _file || offset < _start || offset + bytes > _start + _length)
        {
            Release();
            if (!OperatingSystem.IsLinux() || !Lay(file, offset, Math.Max(bytes, Math.Min(Bytes, bytes + following)))) return null;
        }

        return _memory + (offset - _start);
    }

    /// <summary>Takes the window away, so that the file is asked anew for what is wanted next.</summary>
    public void Release()
    {
        if (_file is null) return;
        _ = Unmap(_memory, (nuint)_length);
        _file = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Release();

    private bool Lay(SampleFile file, long offset, long bytes)
    {
        long start = offset / HugePages.Bytes * HugePages.Bytes, end = offset + bytes; // what begins a large page of the file begins one of memory
        byte* memory = Map(null, (nuint)(end - start), Readable, Shared, file.Handle, (nint)start);
        if ((nint)memory == Failed) return false;
        (_file, _start, _length) = (file, start, end - start);
        _memory = memory;
        long page = offset / SampleFile.Alignment * SampleFile.Alignment;
        if (Advise(memory + (page - start), (nuint)(end - page), Populate) == 0) return true;
        Release();
        return false;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial byte* Map(void* address, nuint length, int protection, int flags, SafeFileHandle file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* start, nuint length, int advice);
}
