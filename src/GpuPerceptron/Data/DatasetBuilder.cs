namespace GpuPerceptron.Data;

/// <summary>Collects samples, in order, into blocks of a fixed size. Not safe for concurrent use.</summary>
/// <param name="features">Features a sample, at least 1.</param>
/// <param name="hasSampleWeights">Whether each sample has a weight of its own.</param>
public sealed class DatasetBuilder(int features, bool hasSampleWeights = false) : IDisposable
{
    private const int BlockBytes = 16 << 20;
    private const int RowMultiple = 64; // so that a tile of rows never straddles two blocks

    private readonly int _capacity =
        Math.Max(RowMultiple, BlockBytes / (SampleBlock.StrideFor(features) * sizeof(float)) / RowMultiple * RowMultiple);

    private List<SampleBlock> _blocks = [];

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
            _blocks.Add(new SampleBlock(features, _capacity, hasSampleWeights));
        var block = _blocks[^1];
        int granted = Math.Min(count, _capacity - block.Rows);
        Samples += granted;
        return new SampleRows(block, append(block, granted), granted);
    }

    /// <summary>Exchanges the labels 0 and 1 of all samples so far, for who learns late which of them is the positive one.</summary>
    public void ExchangeLabels()
    {
        foreach (var block in _blocks)
        {
            foreach (ref float label in block.Labels)
                label = 1f - label;
        }
    }

    /// <summary>Hands the samples over; the builder is empty afterwards.</summary>
    public Dataset Build()
    {
        var dataset = new Dataset(features, hasSampleWeights, _blocks);
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
    public Span<float> Labels => block.Labels.Slice(first, Count);

    /// <summary>The run's sample weights; empty where every weight is 1.</summary>
    public Span<float> SampleWeights => block.HasSampleWeights ? block.SampleWeights.Slice(first, Count) : default;

    /// <summary>One row's features.</summary>
    /// <param name="row">From 0 to <see cref="Count"/> − 1.</param>
    public Span<float> Row(int row) => block.Row(first + row);
}
