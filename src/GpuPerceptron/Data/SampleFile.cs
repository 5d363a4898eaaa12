using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace GpuPerceptron.Data;

/// <summary>
/// A file of samples that do not fit into memory: what blocks hold is appended to it and read back. It lives as long as a block
/// has rows in it, and then goes, unless it was kept under a name of its own.
/// </summary>
/// <remarks>
/// It is read by positional reads into the readers' own buffers, or where a <see cref="FileMap"/> has it, as <see cref="RowReader"/> finds faster.
/// The page cache keeps what is written in one piece in pages as large as the piece, and a map then has as large ones: hence many bytes begin and end large pages.
/// </remarks>
internal sealed partial class SampleFile
{
    /// <summary>What begins a section of the file: a page.</summary>
    public const int Alignment = 4096;

    private const int WillNeed = 3; // POSIX_FADV_WILLNEED

    private const int LeastInWholePages = 4 * HugePages.Bytes; // of fewer bytes the last page's would be many

    private readonly SafeFileHandle _handle;
    private readonly Lock _gate = new();
    private readonly List<FileMap> _maps = []; // the last is the longest; the others may be in use
    private long _end;
    private int _users;
    private bool _isKept;
    private bool _isNotMapped;

    private SampleFile(string path, SafeFileHandle handle, long end, bool isKept, long mostMapped)
    {
        (Path, _handle, _end, _isKept, MostMapped) = (path, handle, end, isKept, mostMapped);
    }

    /// <summary>Where it is.</summary>
    public string Path { get; private set; }

    /// <summary>For who reads it otherwise than by <see cref="Read"/>.</summary>
    public SafeFileHandle Handle => _handle;

    /// <summary>Bytes of it that may be in memory by a <see cref="FileMap"/>.</summary>
    public long MostMapped { get; internal set; }

    /// <summary>Whether it stays under its name: then it is not written any more.</summary>
    public bool IsKept => _isKept;

    /// <summary>Bytes so far.</summary>
    public long Length => _end;

    /// <summary>Makes an empty file, which goes when its last user does.</summary>
    /// <param name="path">Its folder exists; the file does not.</param>
    /// <param name="mostMapped"><see cref="MostMapped"/>.</param>
    /// <exception cref="PerceptronException">It cannot be made.</exception>
    public static SampleFile Create(string path, long mostMapped = MemoryBudget.LeastMapped)
    {
        try
        {
            return new SampleFile(path, Open(path, FileMode.CreateNew), 0, isKept: false, mostMapped);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Failure(path, failure);
        }
    }

    /// <summary>Opens a file that was kept.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mostMapped"><see cref="MostMapped"/>.</param>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static SampleFile OpenKept(string path, long mostMapped)
    {
        var handle = Open(path, FileMode.Open);
        return new SampleFile(path, handle, RandomAccess.GetLength(handle), isKept: true, mostMapped);
    }

    /// <summary>Takes room at the end, on a page's bound.</summary>
    public long Reserve(long bytes) => Reserve(bytes, Alignment);

    /// <summary>Takes room for bytes that <see cref="WriteInLargePages"/> writes, or for fewer.</summary>
    public long ReserveInLargePages(long bytes)
    {
        var (whole, last) = LargePages(bytes);
        return Reserve(whole + last, bytes < LeastInWholePages ? Alignment : HugePages.Bytes);
    }

    /// <summary>
    /// Writes bytes and, whatever was there before, zeros: <see cref="SampleBlock.Slack"/> at least, which are read after them, and up to the end of the last large page.
    /// </summary>
    /// <exception cref="PerceptronException">The disk is full, or fails.</exception>
    public void WriteInLargePages(long offset, ReadOnlySpan<byte> bytes)
    {
        var (whole, length) = LargePages(bytes.Length);
        Write(offset, bytes[..(int)whole]);
        byte[] last = new byte[length];
        bytes[(int)whole..].CopyTo(last);
        Write(offset + whole, last);
    }

    /// <summary>The file as memory, up to some byte at least.</summary>
    /// <returns>Null where that cannot be.</returns>
    public FileMap? MapTo(long end)
    {
        lock (_gate)
        {
            if (_maps.Count > 0 && _maps[^1].Length >= end) return _maps[^1];
            if (_isNotMapped || RandomAccess.GetLength(_handle) < end) return null;
            var map = FileMap.Of(_handle);
            _isNotMapped = map is null;
            if (map is not null) _maps.Add(map);
            return map;
        }
    }

    /// <summary>Takes away what of it is mapped and not being read.</summary>
    public void Unmap()
    {
        lock (_gate)
        {
            foreach (var map in _maps)
                map.Forget();
        }
    }

    /// <summary>Writes bytes.</summary>
    /// <exception cref="PerceptronException">The disk is full, or fails.</exception>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        Debug.Assert(!_isKept, "others may read it");
        try
        {
            RandomAccess.Write(_handle, bytes, offset);
        }
        catch (Exception failure) when (SystemMessage.IsOfFiles(failure))
        {
            throw Failure(Path, failure);
        }
    }

    /// <summary>Reads bytes. Safe for concurrent use, as <see cref="Write"/> is.</summary>
    /// <exception cref="PerceptronException">They are not all there, or the disk fails.</exception>
    public void Read(long offset, Span<byte> bytes)
    {
        try
        {
            while (bytes.Length > 0)
            {
                int read = RandomAccess.Read(_handle, bytes, offset);
                if (read == 0) throw new IOException("it ends too early");
                bytes = bytes[read..];
                offset += read;
            }
        }
        catch (IOException failure)
        {
            throw new PerceptronException(Fault.Data,
                $"cannot read the encoded samples in {Path}: {SystemMessage.Of(failure)}; start again, with --no-cache if it stays so", failure);
        }
    }

    /// <summary>Asks the system to have bytes at hand soon, where it can be asked. Nobody waits for them.</summary>
    public void AskFor(long offset, long bytes)
    {
        if (OperatingSystem.IsLinux()) _ = Advise(_handle, (nint)offset, (nint)bytes, WillNeed);
    }

    /// <summary>Gives the file the name under which it stays, replacing what has it.</summary>
    /// <exception cref="IOException">It cannot be renamed.</exception>
    public void Keep(string path)
    {
        RandomAccess.FlushToDisk(_handle);
        File.Move(Path, path, overwrite: true);
        (Path, _isKept) = (path, true);
    }

    /// <summary>Counts a user.</summary>
    public void Retain() => Interlocked.Increment(ref _users);

    /// <summary>Counts a user less; with the last one the file is closed and, unless kept, removed.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _users) > 0) return;
        foreach (var map in _maps)
            map.Dispose();
        _maps.Clear();
        _handle.Dispose();
        if (!_isKept) File.Delete(Path);
    }

    private long Reserve(long bytes, int alignment)
    {
        lock (_gate)
        {
            long start = RoundedUp(_end, alignment);
            _end = RoundedUp(start + bytes, Alignment);
            return start;
        }
    }

    /// <summary>How bytes are written: those that fill large pages, and what comes last, with its zeros. Fewer bytes take no more.</summary>
    private static (long Whole, long Last) LargePages(long bytes)
    {
        if (bytes < LeastInWholePages) return (bytes, SampleBlock.Slack);
        long whole = bytes / HugePages.Bytes * HugePages.Bytes, rest = bytes - whole;
        return (whole, rest == 0 ? SampleBlock.Slack : Math.Max(rest + SampleBlock.Slack, HugePages.Bytes));
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, nint offset, nint length, int advice);

    private static long RoundedUp(long bytes, int unit) => (bytes + unit - 1) / unit * unit;

    private static SafeFileHandle Open(string path, FileMode mode) =>
        File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);

    private static PerceptronException Failure(string path, Exception failure) => new(Fault.Data,
        $"cannot write the encoded samples to {path}: {SystemMessage.Of(failure)}; "
        + $"{(failure is UnauthorizedAccessException ? "" : "make room there, ")}name another folder in the environment variable {CacheFolder.Variable}, or allow more --memory",
        failure);
}

/// <summary>Where a block's sparse features lie in a file, as they would in memory.</summary>
/// <param name="Starts">Where the rows' starts begin, 8 bytes each, one more than rows.</param>
/// <param name="Columns">Where the values' columns begin, 4 bytes each.</param>
/// <param name="Values">Where the values begin, 4 bytes each.</param>
/// <param name="NonZeros">How many values there are.</param>
internal sealed record StoredSparseRows(long Starts, long Columns, long Values, long NonZeros)
{
    /// <summary>Reads the rows' starts.</summary>
    /// <param name="file">The file.</param>
    /// <param name="rows">Rows of the block.</param>
    public long[] ReadStarts(SampleFile file, int rows)
    {
        long[] starts = new long[rows + 1];
        file.Read(Starts, MemoryMarshal.AsBytes(starts.AsSpan()));
        return starts;
    }
}

/// <summary>Where a block's rows lie in a file.</summary>
/// <param name="File">The file.</param>
/// <param name="Features">Where the features begin: rows as they would be in memory, padding included. −1 where they are sparse.</param>
/// <param name="Labels">Where the labels begin, a byte each.</param>
/// <param name="SampleWeights">Where the weights begin, 4 bytes each; −1 where every weight is 1.</param>
internal sealed record StoredRows(SampleFile File, long Features, long Labels, long SampleWeights)
{
    /// <summary>What is made of a sample's place, label and weight as they lie in the file: its weight. Null for that weight itself.</summary>
    public Func<long, float, float, float>? Weight { get; init; }

    /// <summary>Where the features are, if they are sparse; else null.</summary>
    public StoredSparseRows? Sparse { get; init; }

    /// <summary>The place of the block's first sample among all.</summary>
    public long Place { get; init; }

    /// <summary>Reads labels and weights.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="labels">Overwritten, as many as there are.</param>
    /// <param name="sampleWeights">Overwritten, as many; empty where nobody asks for them.</param>
    public void ReadLabels(int first, Span<byte> labels, Span<float> sampleWeights)
    {
        File.Read(Labels + first, labels);
        if (sampleWeights.IsEmpty) return;
        if (SampleWeights < 0) sampleWeights.Fill(1f);
        else File.Read(SampleWeights + (long)first * sizeof(float), MemoryMarshal.AsBytes(sampleWeights));
        if (Weight is null) return;
        for (int i = 0; i < sampleWeights.Length; i++)
            sampleWeights[i] = Weight(Place + first + i, labels[i], sampleWeights[i]);
    }
}
