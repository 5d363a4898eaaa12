using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace GpuPerceptron.Data;

/// <summary>A part of a file that is mapped into memory, and moves on with whoever reads the file. On Linux of 64 bits only.</summary>
/// <remarks>
/// Its pages are asked for as the window is laid over them (MADV_POPULATE_READ, since Linux 5.14), so that a disk that fails is found by an error,
/// and not, as a map's later reads would, by a signal, unless the system takes pages away again in the moment before they are read.
/// </remarks>
internal sealed unsafe partial class FileWindow : IDisposable
{
    private const int Readable = 1, Shared = 1; // PROT_READ, MAP_SHARED
    private const int Populate = 22;            // MADV_POPULATE_READ

    private static readonly nint Failed = -1;

    private bool _isRefused = !OperatingSystem.IsLinux() || nint.Size < sizeof(long);
    private SampleFile? _file;   // null where nothing is mapped
    private byte* _memory;       // of the file from _mapped on
    private long _mapped;
    private long _start, _end;   // what of it is there

    /// <summary>Gives bytes of a file, until the next call.</summary>
    /// <param name="file">The file.</param>
    /// <param name="offset">Where they begin.</param>
    /// <param name="bytes">How many; the file has them.</param>
    /// <param name="following">How many of those after them the window is to cover, too, if it is laid anew; the file has them.</param>
    /// <returns>Null where they cannot be mapped: who reads them is told why.</returns>
    public byte* Find(SampleFile file, long offset, long bytes, long following)
    {
        if (file != _file || offset < _start || offset + bytes > _end)
        {
            Release();
            if (_isRefused || !Lay(file, offset, offset + bytes + following)) return null;
        }

        return _memory + (offset - _mapped);
    }

    /// <summary>Takes the window away, so that the file is asked anew for what is wanted next.</summary>
    public void Release()
    {
        if (_file is null) return;
        _ = Unmap(_memory, (nuint)(_end - _mapped));
        _file = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Release();

    private bool Lay(SampleFile file, long offset, long end)
    {
        long mapped = offset / HugePages.Bytes * HugePages.Bytes; // what begins a large page of the file begins one of memory
        byte* memory = Map(null, (nuint)(end - mapped), Readable, Shared, file.Handle, (nint)mapped);
        _isRefused = (nint)memory == Failed;
        if (_isRefused) return false;
        _memory = memory;
        (_file, _mapped, _start, _end) = (file, mapped, offset / Environment.SystemPageSize * Environment.SystemPageSize, end);
        if (Advise(memory + (_start - mapped), (nuint)(end - _start), Populate) == 0) return true;
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
