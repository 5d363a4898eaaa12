namespace GpuPerceptron.Data;

/// <summary>The part of a file's <see cref="FileMap"/> that somebody reads, who moves on with it.</summary>
internal sealed unsafe class FileWindow : IDisposable
{
    private SampleFile? _file; // null where nothing is read
    private FileMap? _map;     // of the file
    private long _start, _end;

    /// <summary>Gives bytes of a file, until the next call.</summary>
    /// <param name="file">The file.</param>
    /// <param name="offset">Where they begin.</param>
    /// <param name="bytes">How many, at least 1.</param>
    /// <param name="after">How many after them can be read, too, though they may have to come from the disk then.</param>
    /// <returns>Null where they cannot be had so: whoever reads them is told why.</returns>
    public byte* Find(SampleFile file, long offset, long bytes, int after = 0)
    {
        var map = file.MapTo(offset + bytes + after);
        bool isThere = map is not null && map.Enter(offset, offset + bytes, file.MostMapped);
        Release(); // not before: what is read further need not come back
        if (!isThere) return null;
        file.Retain();
        (_file, _map, _start, _end) = (file, map, offset, offset + bytes);
        return map!.At(offset);
    }

    /// <summary>Says that nothing is read any more.</summary>
    public void Release()
    {
        if (_file is null) return;
        _map!.Leave(_start, _end, _file.MostMapped);
        _file.Release();
        (_file, _map) = (null, null);
    }

    /// <inheritdoc/>
    public void Dispose() => Release();
}
