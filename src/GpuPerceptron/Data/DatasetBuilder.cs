namespace GpuPerceptron.Data;

/// <summary>Collects samples, in order, into blocks of a fixed size. Not safe for concurrent use.</summary>
public sealed class DatasetBuilder : IDisposable
{
    private const int BlockBytes = 16 << 20;
    private const int RowMultiple = 64; // so that a tile of rows never straddles two blocks; nor does a piece of a window

    private readonly int _features;
    private readonly bool _hasSampleWeights;
    private readonly int _capacity;
    private readonly SampleSpill? _spill;
    private List<SampleBlock> _blocks = [];

    /// <summary>Begins a dataset in memory.</summary>
    /// <param name="features">Features a sample, at least 1.</param>
    /// <param name="hasSampleWeights">Whether each sample has a weight of its own.</param>
    public DatasetBuilder(int features, bool hasSampleWeights = false) : this(features, hasSampleWeights, spill: null) { }

    /// <summary>Begins a dataset that goes to a file where memory does not hold it.</summary>
    /// <param name="features">Features a sample, at least 1.</param>
    /// <param name="hasSampleWeights">Whether each sample has a weight of its own.</param>
    /// <param name="spill">Decides where blocks are kept; null for memory.</param>
    /// <param name="most">How many samples there will be at most: no block has room for more.</param>
    internal DatasetBuilder(int features, bool hasSampleWeights, SampleSpill? spill, long most = long.MaxValue)
    {
        (_features, _hasSampleWeights, _spill) = (features, hasSampleWeights, spill);
        _capacity = BlockRows(features);
        if (most < _capacity) _capacity = (int)(most + RowMultiple - 1) / RowMultiple * RowMultiple;
    }

    /// <summary>Samples of a full block.</summary>
    /// <param name="features">Features a sample, at least 1.</param>
    internal static int BlockRows(int features)
    {
        int rowBytes = SampleBlock.StrideFor(features) * sizeof(float), multiple = Math.Max(RowMultiple, SampleWindows.PieceRows(rowBytes));
        return Math.Max(1, BlockBytes / rowBytes / multiple) * multiple;
    }

    /// <summary>Samples so far.</summary>
    public long Samples { get; private set; }

    /// <summary>
    /// Adds up to <paramref name="count"/> zeroed rows (fewer where a block ends: call again for the rest), to be written
    /// by the caller before the next call.
    /// </summary>
    /// <param name="count">Rows wanted, at least 1.</param>
    public SampleRows Reserve(int count) => Reserve(count, static (block, rows) => block.Append(rows));

    /// <summary>As the public one, but the caller writes the features, padding included, whatever they were.</summary>
    internal SampleRows ReserveUnset(int count) => Reserve(count, static (block, rows) => block.AppendUnset(rows));

    private SampleRows Reserve(int count, Func<SampleBlock, int, int> append)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (_blocks.Count == 0 || _blocks[^1].Rows == _capacity)
            AddBlock();
        var block = _blocks[^1];
        int granted = Math.Min(count, _capacity - block.Rows);
        Samples += granted;
        return new SampleRows(block, append(block, granted), granted);
    }

    /// <summary>Exchanges the labels 0 and 1 of all samples so far, for who learns late which of them is the positive one.</summary>
    public void ExchangeLabels()
    {
        foreach (var block in _blocks)
            block.ChangeLabels(static label => (byte)(1 - label));
    }

    /// <summary>Hands the samples over; the builder is empty afterwards.</summary>
    public Dataset Build()
    {
        if (_spill is { IsOpen: true }) StoreBlocks()?.Dispose(); // all of a dataset is in one place
        var dataset = new Dataset(_features, _hasSampleWeights, _blocks);
        _blocks = [];
        Samples = 0;
        return dataset;
    }

    /// <summary>Frees the samples that were not handed over.</summary>
    public void Dispose()
    {
        foreach (var block in _blocks)
            block.Dispose();
        _blocks.Clear();
    }

    /// <summary>Adds an empty block, perhaps in the memory of one that went to the file.</summary>
    private void AddBlock()
    {
        if (_spill is null || !_spill.MustStore((long)_capacity * SampleBlock.StrideFor(_features) * sizeof(float)))
        {
            _blocks.Add(new SampleBlock(_features, _capacity, _hasSampleWeights));
            return;
        }

        var free = StoreBlocks() ?? new SampleBlock(_features, _capacity, _hasSampleWeights);
        free.Clear();
        _blocks.Add(free);
    }

    /// <summary>Writes the blocks that are still in memory to the file.</summary>
    /// <returns>The last of them, which is no longer needed; null where there was none.</returns>
    private SampleBlock? StoreBlocks()
    {
        SampleBlock? free = null;
        for (int i = 0; i < _blocks.Count; i++)
        {
            if (_blocks[i].Stored is not null) continue;
            free?.Dispose();
            free = _blocks[i];
            _blocks[i] = free.StoreIn(_spill!.File);
        }

        return free;
    }
}

/// <summary>A run of consecutive rows in a block, to be written.</summary>
/// <param name="block">The block.</param>
/// <param name="first">The run's first row in the block.</param>
/// <param name="count">Rows in the run.</param>
public readonly unsafe ref struct SampleRows(SampleBlock block, int first, int count)
{
    /// <summary>The block.</summary>
    internal SampleBlock Block => block;

    /// <summary>The run's first row in the block.</summary>
    internal int First => first;

    /// <summary>Rows in the run.</summary>
    public int Count { get; } = count;

    /// <summary>Floats from one row to the next.</summary>
    public int Stride => block.Stride;

    /// <summary>The run's first row.</summary>
    public float* FeaturePointer => block.FeaturePointer + (nint)first * block.Stride;

    /// <summary>The run's labels.</summary>
    public Span<byte> Labels => block.Labels.Slice(first, Count);

    /// <summary>The run's sample weights; empty where every weight is 1.</summary>
    public Span<float> SampleWeights => block.HasSampleWeights ? block.SampleWeights.Slice(first, Count) : default;

    /// <summary>One row's features.</summary>
    /// <param name="row">From 0 to <see cref="Count"/> − 1.</param>
    public Span<float> Row(int row) => block.Row(first + row);
}
