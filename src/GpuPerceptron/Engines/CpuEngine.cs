using System.Runtime.InteropServices;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Host;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines;

/// <summary>
/// The fused pass on the host: SIMD, on threads that live as long as the engine. It reads the dataset in place and
/// copies nothing; what lies in a file is read into buffers that the caches hold, piece by piece, and used there.
/// </summary>
/// <remarks>
/// The rows are cut into units whose bounds depend on the data's shape alone. A unit has its own float64 sums, whichever
/// thread works on it, and the units are added in order: the bits are the same at every number of threads.
/// <para>
/// Floor: a pass moves N · stride · 4 bytes of X once (2 in float16) and does 4 N M flops, one flop a byte; two cores
/// with AVX2 give some 100 Gflop/s against 20 to 40 GB/s of memory, so the memory is the limit as long as it is kept
/// busy, and a tile's second use is from cache.
/// </para>
/// </remarks>
public sealed unsafe class CpuEngine : IEngine, IDirectionProducts
{
    private const int MinimumUnitValues = 64 << 10; // under this, waking a thread costs more than its work
    private const int MaximumUnits = 64;            // 32 threads share them evenly; more would cost memory for wide X

    private readonly Dataset _dataset;
    private readonly WorkerPool _workers;
    private readonly Unit[] _units;
    private readonly PassScratch[] _scratch; // one a thread
    private readonly RowReader[] _readers;   // likewise
    private readonly FasterWay[] _ways;      // likewise: how they best read what is streamed
    private readonly FusedRows _rows;
    private readonly SimdWidth _width;
    private readonly float* _weights; // whole registers, the padding 0
    private readonly int _stride;
    private PassLoss _loss;
    private float _bias;
    private CpuHessian? _hessian;
    private readonly int _threadsAsked;
    private bool _disposed;

    /// <summary>Prepares passes over a dataset, which must outlive the engine.</summary>
    /// <param name="dataset">X, y, s.</param>
    /// <param name="threads">Host threads; 0 for one a processor.</param>
    /// <param name="width">The registers to compute in.</param>
    /// <exception cref="PlatformNotSupportedException">This processor has no such registers.</exception>
    public CpuEngine(Dataset dataset, int threads = 0, SimdWidth width = SimdWidth.Auto)
    {
        _width = width.Resolve();
        _rows = FusedRows.Create(_width);
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        _dataset = dataset;
        Features = dataset.Features;
        _stride = dataset.Stride;
        _threadsAsked = threads;
        _units = CutIntoUnits(dataset);
        // More threads than units would only sleep.
        Threads = Math.Clamp(threads == 0 ? Environment.ProcessorCount : threads, 1, Math.Max(1, _units.Length));
        _workers = new WorkerPool(Threads);
        _scratch = [.. Enumerable.Range(0, Threads).Select(_ => new PassScratch(_stride))];
        _readers = [.. _scratch.Select(_ => new RowReader(dataset))];
        _ways = new FasterWay[_readers.Length];
        _weights = (float*)NativeMemory.AlignedAlloc((nuint)FusedRows.PaddedStride(_stride) * sizeof(float), 64);
    }

    /// <inheritdoc/>
    public string Device => "cpu";

    /// <inheritdoc/>
    public string Description =>
        $"CPU, {(Threads == 1 ? "1 thread" : $"{Threads} threads")}, {_width.Describe()}";

    /// <inheritdoc/>
    public int Threads { get; }

    /// <inheritdoc/>
    public int Features { get; }

    /// <inheritdoc/>
    /// <remarks>As many as a span of (M + 1)² values allows.</remarks>
    public int MaximumHessianFeatures => 46_339;

    /// <inheritdoc/>
    public long Passes { get; private set; }

    /// <inheritdoc/>
    public double Pass(PassLoss loss, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        Prepare(loss, parameters);
        ReadOnce([this]);
        return Collect(gradient);
    }

    /// <summary>Whether the samples have weights of their own.</summary>
    internal bool HasSampleWeights => _dataset.HasSampleWeights;

    /// <summary>Takes the parameters of the next pass.</summary>
    internal void Prepare(PassLoss loss, ReadOnlySpan<double> parameters)
    {
        _bias = Round(parameters);
        _loss = loss;
    }

    /// <summary>Reads X once for the prepared passes of engines over the same features, each with weights of its own.</summary>
    /// <remarks>Of several, each takes its turn with rows that are still in the second-level cache.</remarks>
    /// <param name="engines">If any has sample weights, the first has.</param>
    internal static void ReadOnce(CpuEngine[] engines)
    {
        var reading = engines[0];
        reading._workers.Run(reading._units.Length, (index, worker) =>
        {
            foreach (var engine in engines)
                engine._units[index].Sums.Clear();
            var rows = reading._units[index].Rows;
            for (int i = 0; i < rows.Length; i++)
            {
                var (block, first, count) = rows[i];
                for (int done = 0, piece; done < count; done += piece)
                {
                    piece = RowReader.PieceRows(block, count - done, all: engines.Length == 1);
                    var loaded = reading._readers[worker].LoadNext(block, first + done, piece, count - done - piece, ref reading._ways[worker], out int start);
                    foreach (var engine in engines)
                    {
                        if (engine != reading)
                            loaded = engine._readers[worker].Relabel(loaded, engine._units[index].Rows[i].Block, first + done);
                        reading._rows.Pass(
                            engine._loss, loaded, start, piece, engine._weights, engine._bias, reading._scratch[worker],
                            engine._units[index].Sums);
                    }
                }
            }
        });
    }

    /// <summary>The sums of the pass that was prepared and read.</summary>
    internal double Collect(Span<double> gradient)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(gradient.Length, Features + 1);
        Passes++;
        gradient.Clear();
        double total = 0;
        foreach (var unit in _units)
            total += unit.Sums.AddTo(gradient);
        return total;
    }

    /// <inheritdoc/>
    public double HessianPass(ReadOnlySpan<double> parameters, Span<double> gradient, Span<double> hessian)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Features, MaximumHessianFeatures);
        ArgumentOutOfRangeException.ThrowIfNotEqual(gradient.Length, Features + 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(hessian.Length, (Features + 1) * (Features + 1));
        float bias = Round(parameters);
        Passes++;
        _hessian ??= new CpuHessian(_rows, _workers, _scratch, _readers, [.. _units.Select(unit => unit.Rows)], Features, _stride);
        return _hessian.Pass(_weights, bias, gradient, hessian);
    }

    /// <inheritdoc/>
    bool IDirectionProducts.HasDirectionProducts => !_dataset.IsStreamed && _dataset.Blocks.All(block => block.Storage == FeatureStorage.Float32);

    /// <inheritdoc/>
    double IDirectionProducts.HessianTimes(
        ReadOnlySpan<double> parameters, double part, int count, ReadOnlySpan<double> directions, Span<double> products, Span<double> diagonal)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (!(part > 0 && part <= 1)) throw new ArgumentOutOfRangeException(nameof(part), part, "from above 0 to 1");
        ArgumentOutOfRangeException.ThrowIfNotEqual(parameters.Length, Features + 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(directions.Length, (Features + 1) * count);
        ArgumentOutOfRangeException.ThrowIfNotEqual(products.Length, directions.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(diagonal.Length, Features + 1);
        return DirectionProducts.Create(_width).Multiply(_dataset, _workers, Threads, parameters, part, count, directions, products, diagonal);
    }

    /// <inheritdoc/>
    public IEngine Over(Dataset dataset) => new CpuEngine(dataset, _threadsAsked, _width);

    /// <inheritdoc/>
    public IMiniBatches MiniBatches(MiniBatchOptions options, double totalWeight, double l2, ReadOnlySpan<double> parameters)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNotEqual(parameters.Length, Features + 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchRows, 1);
        var context = new CpuMiniBatchContext(_dataset, _rows, _workers, Threads, _scratch, CountPass: () => Passes++);
        return new CpuMiniBatches(context, options, totalWeight, l2, parameters);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _workers.Dispose();
        _hessian?.Dispose();
        foreach (var scratch in _scratch)
            scratch.Dispose();
        foreach (var reader in _readers)
            reader.Dispose();
        NativeMemory.AlignedFree(_weights);
    }

    /// <summary>Rounds θ to float32: w into the engine's weights, b into the result.</summary>
    private float Round(ReadOnlySpan<double> parameters)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNotEqual(parameters.Length, Features + 1);
        new Span<float>(_weights, FusedRows.PaddedStride(_stride)).Clear();
        for (int j = 0; j < Features; j++)
            _weights[j] = (float)parameters[j];
        return (float)parameters[^1];
    }

    /// <summary>Cuts the rows into at most <see cref="MaximumUnits"/> runs of about equal length.</summary>
    private static Unit[] CutIntoUnits(Dataset dataset)
    {
        long values = dataset.Samples * dataset.Stride;
        long wanted = Math.Clamp(values / MinimumUnitValues, 1, MaximumUnits);
        // A multiple of most tiles' rows, so that few are short.
        long unitRows = Math.Max(1, ((dataset.Samples + wanted - 1) / wanted + FusedRows.MaximumTileRows - 1)
            / FusedRows.MaximumTileRows) * FusedRows.MaximumTileRows;

        var units = new List<Unit>();
        var rows = new List<(SampleBlock, int, int)>();
        long missing = unitRows;
        foreach (var block in dataset.Blocks)
        {
            for (int first = 0; first < block.Rows;)
            {
                int count = (int)Math.Min(missing, block.Rows - first);
                rows.Add((block, first, count));
                first += count;
                missing -= count;
                if (missing > 0) continue;
                units.Add(new Unit([.. rows], dataset.Stride));
                rows.Clear();
                missing = unitRows;
            }
        }

        if (rows.Count > 0)
            units.Add(new Unit([.. rows], dataset.Stride));
        return [.. units];
    }

    private sealed record Unit((SampleBlock Block, int First, int Count)[] Rows, PassSums Sums)
    {
        public Unit((SampleBlock, int, int)[] rows, int stride) : this(rows, new PassSums(stride)) { }
    }
}
