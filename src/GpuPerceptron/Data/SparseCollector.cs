namespace GpuPerceptron.Data;

/// <summary>
/// Collects blocks of sparse samples, in any order, and writes those to a file that memory has no room for. Safe for concurrent use.
/// </summary>
/// <param name="spill">Decides where blocks are kept.</param>
internal sealed class SparseCollector(SampleSpill spill) : IDisposable
{
    private readonly SortedList<int, SampleBlock> _blocks = [];

    /// <summary>Takes over a block.</summary>
    /// <param name="index">Its place among all.</param>
    /// <param name="block">The block, in memory.</param>
    /// <exception cref="PerceptronException">The file cannot be written.</exception>
    public void Add(int index, SampleBlock block)
    {
        bool isFull;
        lock (_blocks)
        {
            _blocks.Add(index, block);
            isFull = spill.MustStore(block.ByteCount);
        }

        if (!isFull) return;
        var stored = Store(block);
        lock (_blocks)
            _blocks[index] = stored;
    }

    /// <summary>Hands all blocks over, in order; all of them are in one place.</summary>
    /// <exception cref="PerceptronException">The file cannot be written.</exception>
    public List<SampleBlock> Take()
    {
        if (spill.IsOpen)
        {
            foreach (int index in _blocks.Keys.ToArray())
            {
                if (_blocks[index].Stored is null) _blocks[index] = Store(_blocks[index]);
            }
        }

        List<SampleBlock> blocks = [.. _blocks.Values];
        _blocks.Clear();
        return blocks;
    }

    /// <summary>Frees the blocks that were not handed over.</summary>
    public void Dispose()
    {
        foreach (var block in _blocks.Values)
            block.Dispose();
        _blocks.Clear();
    }

    private SampleBlock Store(SampleBlock block)
    {
        var stored = block.StoreIn(spill.File);
        block.Dispose();
        return stored;
    }
}
