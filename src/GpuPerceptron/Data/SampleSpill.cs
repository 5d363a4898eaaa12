namespace GpuPerceptron.Data;

/// <summary>Decides whether samples that are being collected stay in memory, and has the file for those that cannot.</summary>
/// <param name="budget">Bytes of samples that memory may hold.</param>
/// <param name="createFile">Makes the file, when the first block needs it.</param>
internal sealed class SampleSpill(long budget, Func<SampleFile> createFile) : IDisposable
{
    private SampleFile? _file;
    private long _bytes;

    /// <summary>For samples that are read within a budget; the file is where those of tables are kept.</summary>
    /// <param name="budget">The budget.</param>
    /// <param name="beyond">What the reading takes beyond <see cref="MemoryBudget.ReadingBytes"/>.</param>
    public static SampleSpill Within(MemoryBudget budget, long beyond = 0) =>
        new(Math.Max(0, budget.SampleBytes - beyond), () => CacheFolder.CreateFile(budget.MappedBytes));

    /// <summary>Whether there is a file: then all samples go there.</summary>
    public bool IsOpen => _file is not null;

    /// <summary>The file.</summary>
    public SampleFile File
    {
        get
        {
            if (_file is not null) return _file;
            _file = createFile();
            _file.Retain();
            return _file;
        }
    }

    /// <summary>Whether blocks must go to the file for another one to have room in memory.</summary>
    /// <param name="blockBytes">That block's bytes.</param>
    public bool MustStore(long blockBytes)
    {
        if (IsOpen) return true;
        _bytes += blockBytes;
        if (_bytes <= budget) return false;
        _ = File;
        return true;
    }

    /// <summary>Leaves the file to the blocks in it.</summary>
    public void Dispose()
    {
        _file?.Release();
        _file = null;
    }
}
