using GpuPerceptron.Data;
using GpuPerceptron.Engines.Simd;
using GpuPerceptron.Kernels;

namespace GpuPerceptron.Engines.Host;

/// <summary>Copies rows in a random order, a tile at a time, next to one another; a thread's own.</summary>
internal sealed unsafe class RowGatherer : IDisposable
{
    private const int TileBytes = 64 << 10;    // of a second-level cache
    private const int MaximumTileRows = 64;
    private const int PrefetchBytes = 4 << 10; // what memory delivers while it is waited for

    private readonly byte*[] _features; // by block, as the next two
    private readonly byte*[] _labels;
    private readonly float*[] _sampleWeights;
    private readonly int _blockRows;
    private readonly int _rowBytes;
    private readonly int _tileRows;
    private readonly int _ahead;
    private readonly Run[] _runs;
    private int _count;
    private int _next;

    /// <param name="dataset">X, y, s: where rows are copied from.</param>
    /// <param name="maximumRows">Rows to <see cref="Find"/> at once, at most.</param>
    /// <param name="runRows">Rows that the order keeps together.</param>
    public RowGatherer(Dataset dataset, int maximumRows, int runRows)
    {
        Samples = dataset;
        _blockRows = dataset.Blocks.Count == 0 ? 1 : dataset.Blocks[0].Rows;
        _labels = new byte*[dataset.Blocks.Count];
        _sampleWeights = new float*[dataset.Blocks.Count];
        _features = new byte*[dataset.Blocks.Count];
        for (int i = 0; i < _features.Length; i++)
        {
            // None of these moves: all are in native memory.
            fixed (byte* features = dataset.Blocks[i].FeatureBytes, labels = dataset.Blocks[i].Labels)
            fixed (float* weights = dataset.Blocks[i].SampleWeights)
            {
                _features[i] = features;
                _labels[i] = labels;
                _sampleWeights[i] = weights;
            }
        }

        _rowBytes = dataset.Stride * SampleBlock.BytesPerValue(dataset.Storage);
        _tileRows = Math.Clamp(TileBytes / _rowBytes / 8 * 8, 8, MaximumTileRows);
        _ahead = Math.Max(1, PrefetchBytes / (runRows * _rowBytes));
        _runs = new Run[maximumRows];
        Tile = new SampleBlock(dataset.Features, _tileRows, dataset.HasSampleWeights);
        Tile.Append(_tileRows);
        if (dataset.Storage == FeatureStorage.Float16)
            Tile.Narrow();
    }

    /// <summary>Where rows are copied from.</summary>
    public Dataset Samples { get; }

    /// <summary>The rows copied.</summary>
    public SampleBlock Tile { get; }

    /// <summary>Finds the rows that <see cref="FillTile"/> is to copy, and asks memory for the first of them.</summary>
    /// <param name="order">The rows' order.</param>
    /// <param name="first">The first one's place in it.</param>
    /// <param name="end">The place behind the last.</param>
    /// <param name="unitRows">No run of rows is to reach over a multiple of so many.</param>
    public void Find(SampleOrder order, long first, long end, int unitRows)
    {
        _count = _next = 0;
        int unitLeft = unitRows;
        for (long position = first; position < end;)
        {
            long row = order.RowAt(position, out int run);
            int rows = (int)Math.Min(Math.Min(run, unitLeft), end - position);
            int block = (int)(row / _blockRows);
            int place = (int)(row - (long)block * _blockRows);
            var weights = _sampleWeights[block];
            _runs[_count++] = new Run(
                _features[block] + (nint)place * _rowBytes, _labels[block] + place, weights == null ? null : weights + place, rows);
            position += rows;
            unitLeft = unitLeft == rows ? unitRows : unitLeft - rows;
        }

        for (int i = 0; i < Math.Min(_ahead, _count); i++)
            AskFor(_runs[i]);
    }

    /// <summary>Copies the next rows to the tile.</summary>
    /// <param name="limit">Rows at most; a run ends there, if anywhere near.</param>
    /// <returns>Rows copied.</returns>
    public int FillTile(int limit)
    {
        limit = Math.Min(limit, _tileRows);
        var labels = Tile.Labels;
        var weights = Tile.SampleWeights;
        byte* features;
        fixed (byte* tile = Tile.FeatureBytes)
            features = tile;
        int rows = 0;
        for (; _next < _count && rows + _runs[_next].Rows <= limit; _next++)
        {
            if (_next + _ahead < _count)
                AskFor(_runs[_next + _ahead]);
            var run = _runs[_next];
            int bytes = run.Rows * _rowBytes;
            new ReadOnlySpan<byte>(run.Features, bytes).CopyTo(new Span<byte>(features, bytes));
            new ReadOnlySpan<byte>(run.Labels, run.Rows).CopyTo(labels[rows..]);
            if (run.SampleWeights != null)
                new ReadOnlySpan<float>(run.SampleWeights, run.Rows).CopyTo(weights[rows..]);
            features += bytes;
            rows += run.Rows;
        }

        return rows;
    }

    public void Dispose() => Tile.Dispose();

    private void AskFor(Run run)
    {
        Prefetch.Once(run.Features, run.Rows * _rowBytes);
        Prefetch.Once(run.Labels, 1);
    }

    private readonly struct Run(byte* features, byte* labels, float* sampleWeights, int rows)
    {
        public readonly byte* Features = features;
        public readonly byte* Labels = labels;
        public readonly float* SampleWeights = sampleWeights;
        public readonly int Rows = rows;
    }
}
