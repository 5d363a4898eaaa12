using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace GpuPerceptron.Data;

/// <summary>
/// A file's bytes as memory. What is read is there, in chunks, and stays until as much is there as may be. On Linux of 64 bits only. Safe for concurrent use.
/// </summary>
/// <remarks>
/// What is there counts as the process's memory, and to take any of it away stops all threads for a moment, whatever its size: on a virtual machine of two
/// cores for 0.3 to 0.4 ms, in which 20 MB could have been read. So it is done seldom, for all at once that nobody reads. What is taken away while somebody comes back
/// to it is there again by page faults.
/// <para>
/// Pages are asked for before they are read (MADV_POPULATE_READ, since Linux 5.14), so that a disk that fails is found by an error, and not, as a map's later reads
/// would, by a signal, unless the system takes pages away again in the moment before they are read.
/// </para>
/// </remarks>
internal sealed unsafe partial class FileMap : IDisposable
{
    private const int ChunkBytes = HugePages.Bytes;
    private const int Readable = 1, Shared = 1; // PROT_READ, MAP_SHARED
    private const int DontNeed = 4;             // MADV_DONTNEED
    private const int Populate = 22;            // MADV_POPULATE_READ

    private static readonly nint Failed = -1;

    private readonly byte* _memory;
    private readonly Lock _gate = new();
    private readonly bool[] _isThere; // of each chunk
    private readonly int[] _readers;  // likewise
    private int _there, _read;        // chunks

    private FileMap(byte* memory, long length)
    {
        _memory = memory;
        Length = length;
        _isThere = new bool[(length + ChunkBytes - 1) / ChunkBytes];
        _readers = new int[_isThere.Length];
    }

    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    /// <summary>Maps a file: what begins a large page there begins one of memory, where the system has such pages of files.</summary>
    /// <param name="file">The file, open.</param>
    /// <returns>Null where that cannot be.</returns>
    public static FileMap? Of(SafeFileHandle file)
    {
        long length = RandomAccess.GetLength(file);
        if (!OperatingSystem.IsLinux() || nint.Size < sizeof(long) || length == 0) return null;
        byte* memory = Map(null, (nuint)length, Readable, Shared, file, 0);
        return (nint)memory == Failed ? null : new FileMap(memory, length);
    }

    /// <summary>Where a byte of the file is while it is there.</summary>
    public byte* At(long offset) => _memory + offset;

    /// <summary>Has bytes of the file there until <see cref="Leave"/>.</summary>
    /// <param name="start">The first.</param>
    /// <param name="end">Behind the last.</param>
    /// <param name="most">Bytes of the file that may be there.</param>
    /// <returns>Whether they are. Else others read as much as may be there, or whoever reads the file otherwise is told why not.</returns>
    public bool Enter(long start, long end, long most)
    {
        lock (_gate)
        {
            if ((long)(_read + ChunkOf(end - 1) - ChunkOf(start) + 1) * ChunkBytes > most) return false;
        }

        for (int chunk = ChunkOf(start), last = ChunkOf(end - 1); chunk <= last; chunk++)
        {
            if (Enter(chunk)) continue;
            Leave(start, (long)chunk * ChunkBytes + 1, long.MaxValue);
            return false;
        }

        return true;
    }

    /// <summary>Says that bytes are not read any more.</summary>
    /// <param name="start">As they were entered.</param>
    /// <param name="end">Likewise.</param>
    /// <param name="most">Bytes of the file that may be there, read or not.</param>
    public void Leave(long start, long end, long most)
    {
        lock (_gate)
        {
            for (int chunk = ChunkOf(start), last = ChunkOf(end - 1); chunk <= last; chunk++)
            {
                if (--_readers[chunk] == 0) _read--;
            }

            if ((long)_there * ChunkBytes <= most) return;
        }

        Forget();
    }

    /// <summary>Takes away what nobody reads.</summary>
    public void Forget()
    {
        List<(int First, int End)> unread = [];
        lock (_gate)
        {
            bool goesOn = false; // over what is not there anyway, so that they are few
            for (int chunk = 0; chunk < _isThere.Length; chunk++)
            {
                if (_readers[chunk] > 0) goesOn = false;
                if (!_isThere[chunk] || _readers[chunk] > 0) continue;
                _isThere[chunk] = false;
                _there--;
                if (goesOn) unread[^1] = (unread[^1].First, chunk + 1);
                else unread.Add((chunk, chunk + 1));
                goesOn = true;
            }
        }

        foreach (var (first, last) in unread)
            _ = Advise(first, last, DontNeed);
    }

    /// <inheritdoc/>
    public void Dispose() => _ = Unmap(_memory, (nuint)Length);

    private static int ChunkOf(long offset) => (int)(offset / ChunkBytes);

    private bool Enter(int chunk)
    {
        lock (_gate)
        {
            if (_readers[chunk]++ == 0) _read++;
            if (_isThere[chunk]) return true;
        }

        if (Advise(chunk, chunk + 1, Populate) != 0) return false; // whoever comes meanwhile asks, too, and waits for the same pages
        lock (_gate)
        {
            if (!_isThere[chunk]) _there++;
            _isThere[chunk] = true;
        }

        return true;
    }

    private int Advise(int first, int end, int advice)
    {
        long start = (long)first * ChunkBytes;
        return Advise(_memory + start, (nuint)(Math.Min(Length, (long)end * ChunkBytes) - start), advice);
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial byte* Map(void* address, nuint length, int protection, int flags, SafeFileHandle file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* start, nuint length, int advice);
}
