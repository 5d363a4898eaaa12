using GpuPerceptron.Data;
using GpuPerceptron.Diagnostics.Certificates;
using GpuPerceptron.Engines.Host;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines;

/// <summary>
/// The fused pass over sparse features on the host. It reads the dataset in place and copies nothing; what lies in a file is read
/// into the threads' own buffers, piece by piece, or through a map of the file.
/// </summary>
/// <remarks>
/// The rows are cut into units of about equally many values (<see cref="SparseUnits"/>), each with its own gradient
/// (<see cref="UnitSums"/>), to which one thread adds; the units' gradients are then added in order, in float64. So there are no atomics, and the bits are the same
/// at every number of threads.
/// <para>
/// Floor: a pass moves 8 bytes a value, and for each value loads a weight and adds to a sum, both in whatever place its column
/// says. Datasets number their columns by falling frequency, so that most of these places are in the nearest cache.
/// </para>
/// </remarks>
public sealed unsafe class SparseCpuEngine : IEngine, IHessianProducts
{
    private const int SumColumns = 8 << 10; // columns that a thread adds over all units at once

    private readonly WorkerPool _workers;
    private readonly RowReader[] _readers; // one a thread
    private readonly FasterWay[] _ways; // likewise: how they best read what is streamed
    private readonly SparseRun[][] _units;
    private readonly UnitSums[] _sums;
    private readonly SparseCpuRows _rows;
    private readonly SimdWidth _width;
    private readonly ProcessorKind _kind;
    private readonly byte* _memory; // of all arrays that follow, and of the units' sums
    private readonly float* _weights;
    private readonly int _threadsAsked;
    private readonly float* _logits; // of the last pass, in the samples' order
    private readonly float* _curvatures;
    private readonly bool _isStreamed;
    private bool _hasLogits, _hasCurvatures;
    private bool _disposed;

    /// <summary>Prepares passes over a dataset, which must outlive the engine.</summary>
    /// <param name="dataset">Sparse X, y, s.</param>
    /// <param name="threads">Host threads; 0 for one a processor.</param>
    /// <param name="width">The registers that losses are computed in.</param>
    /// <exception cref="PlatformNotSupportedException">This processor has no such registers.</exception>
    public SparseCpuEngine(Dataset dataset, int threads = 0, SimdWidth width = SimdWidth.Auto) : this(dataset, threads, width, Processor.Kind) { }

    /// <summary>The same, as on a kind of processor.</summary>
    internal SparseCpuEngine(Dataset dataset, int threads, SimdWidth width, ProcessorKind kind)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        _width = width.Resolve();
        _kind = kind;
        _rows = SparseCpuRows.Create(_width, kind);
        _threadsAsked = threads;
        Features = dataset.Features;
        _isStreamed = dataset.IsStreamed;
        _units = SparseUnits.Cut(dataset);
        Threads = Math.Clamp(threads == 0 ? Environment.ProcessorCount : threads, 1, Math.Max(1, _units.Length));
        _workers = new WorkerPool(Threads);
        _readers = [.. Enumerable.Range(0, Threads).Select(_ => new RowReader(dataset))];
        _ways = new FasterWay[Threads];

        int[]? frequent = SparseColumns.MostFrequent(dataset, UnitSums.Frequent, UnitSums.Few);

        // One piece of memory, so that it lies in large pages: single places all over it are read and written.
        nint sumBytes = Padded(UnitSums.BytesFor(Features)), weightBytes = Padded((nint)Features * sizeof(float));
        nint sampleBytes = Padded((nint)dataset.Samples * sizeof(float));
        _memory = (byte*)HugePages.Allocate((nuint)(_units.Length * sumBytes + weightBytes + 2 * sampleBytes), 64);
        _sums = [.. _units.Select((_, i) => new UnitSums(Features, frequent, _memory + i * sumBytes))];
        _weights = (float*)(_memory + _units.Length * sumBytes);
        _logits = (float*)((byte*)_weights + weightBytes);
        _curvatures = (float*)((byte*)_logits + sampleBytes);
    }

    /// <inheritdoc/>
    public string Device => "cpu";

    /// <inheritdoc/>
    public string Description =>
        $"CPU, {(Threads == 1 ? "1 thread" : $"{Threads} threads")}, {_width.Describe()}, sparse";

    /// <inheritdoc/>
    public int Threads { get; }

    /// <inheritdoc/>
    public int Features { get; }

    /// <inheritdoc/>
    public int MaximumHessianFeatures => 2048;

    /// <inheritdoc/>
    public long Passes { get; private set; }

    /// <inheritdoc/>
    public double Pass(PassLoss loss, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(gradient.Length, Features + 1);
        float bias = Round(parameters);
        Run((run, sums) => _rows.Pass(loss, run, bias, sums, _logits + run.Place), gradient);
        _hasLogits = loss == PassLoss.Logistic;
        return _sums.Sum(sums => sums.Loss);
    }

    /// <inheritdoc/>
    public void HoldCurvatures(Span<double> diagonal)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(diagonal.Length, Features + 1);
        if (!_hasLogits) throw new InvalidOperationException("the last pass was not one with the logistic loss");
        Run((run, sums) => _rows.AddCurvatures(run, _logits + run.Place, _curvatures + run.Place, sums), diagonal);
        _hasCurvatures = true;
    }

    /// <inheritdoc/>
    public void HessianTimes(ReadOnlySpan<double> direction, Span<double> product)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(product.Length, Features + 1);
        if (!_hasCurvatures) throw new InvalidOperationException("no curvatures are held");
        float bias = Round(direction);
        Run((run, sums) => _rows.AddProduct(run, bias, _curvatures + run.Place, sums), product);
    }

    /// <inheritdoc/>
    /// <remarks>A read for the gradient, and one for each of some ranges of the Hessian's rows.</remarks>
    public double HessianPass(ReadOnlySpan<double> parameters, Span<double> gradient, Span<double> hessian)
    {
        if (Features > MaximumHessianFeatures)
            throw new PerceptronException(Fault.Options,
                $"Hessians of sparse features are computed for up to {MaximumHessianFeatures:N0}, not for {Features:N0}; use "
                    + "--solver lbfgs");
        int dimension = Features + 1;
        ArgumentOutOfRangeException.ThrowIfNotEqual(hessian.Length, dimension * dimension);
        double loss = Pass(PassLoss.Logistic, parameters, gradient);

        // A range is a read of its own, for which a file takes longer than memory.
        int parts = Math.Min(_isStreamed ? Threads : 16, dimension), columns = (dimension + parts - 1) / parts;
        int ranges = (dimension + columns - 1) / columns; // rounded up, fewer may do
        hessian.Clear();
        fixed (double* h = hessian)
        {
            double* target = h;
            _workers.Run(ranges, (range, worker) => AddHessianRows(
                _readers[worker], target, range * columns, Math.Min(dimension, (range + 1) * columns), dimension));
        }

        return loss;
    }

    /// <inheritdoc/>
    public IEngine Over(Dataset dataset) => new SparseCpuEngine(dataset, _threadsAsked, _width, _kind);

    /// <inheritdoc/>
    public IMiniBatches MiniBatches(MiniBatchOptions options, double totalWeight, double l2, ReadOnlySpan<double> parameters) =>
        throw new NotSupportedException("mini-batches are not for sparse features");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _workers.Dispose();
        foreach (var reader in _readers)
            reader.Dispose();
        HugePages.Free(_memory);
    }

    /// <summary>Rounds θ to float32: w into the engine's weights, b into the result.</summary>
    private float Round(ReadOnlySpan<double> parameters)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNotEqual(parameters.Length, Features + 1);
        for (int j = 0; j < Features; j++)
            _weights[j] = (float)parameters[j];
        return (float)parameters[^1];
    }

    /// <summary>One read of X: every unit's rows are added to its sums, beside which the weights lie, and these to a result, the bias last.</summary>
    private void Run(Action<SparseRun, UnitSums> add, Span<double> result)
    {
        _workers.Run(_units.Length, (index, worker) =>
        {
            var sums = _sums[index];
            sums.Begin(_weights);
            foreach (var piece in _units[index].SelectMany(run => run.Pieces()))
                add(_readers[worker].LoadNext(piece, ref _ways[worker]), sums);
        });

        Passes++;
        fixed (double* start = result)
        {
            double* target = start;
            _workers.Run((Features + SumColumns - 1) / SumColumns, (index, _) => AddUnits(
                target, index * SumColumns, Math.Min(SumColumns, Features - index * SumColumns)));
            foreach (var sums in _sums)
                sums.AddMovedTo(target);
        }

        result[^1] = _sums.Sum(sums => sums.Bias);
    }

    /// <summary>Whole cache lines, and one more, so that arrays do not all begin at one place of a cache.</summary>
    private static nint Padded(nint bytes) => (bytes + 63) / 64 * 64 + 64;

    /// <summary>Adds the units' gradients, in order, over some columns.</summary>
    private void AddUnits(double* target, int first, int count)
    {
        new Span<double>(target + first, count).Clear();
        foreach (var sums in _sums)
            sums.AddTo(target, first, count);
    }

    /// <summary>H ← H + Σ s z(1 − z) x̃x̃ᵀ in some rows of H. c (ab) is symmetric in a and b to the last bit, (ca) b is
    /// not.</summary>
    private void AddHessianRows(RowReader reader, double* hessian, int from, int to, int dimension)
    {
        foreach (var run in _units.SelectMany(unit => unit))
        {
            var (block, first, count, place) = reader.Load(run);
            var rows = block.Sparse!;
            for (int i = 0; i < count; i++)
            {
                int row = first + i;
                double s = block.HasSampleWeights ? block.SampleWeights[row] : 1;
                if (s == 0) continue;
                double curvature = s * Logistic.DerivativesOf(0, _logits[place + i]).Curvature;
                long start = rows.Starts[row], end = rows.Starts[row + 1];
                for (long k = start; k < end; k++)
                {
                    int column = rows.Columns[k];
                    if (column < from || column >= to) continue;
                    double value = rows.Values[k];
                    double* target = hessian + (nint)column * dimension;
                    for (long l = start; l < end; l++)
                        target[rows.Columns[l]] += curvature * (value * rows.Values[l]);
                    target[dimension - 1] += curvature * value;
                }

                if (to < dimension) continue;
                double* last = hessian + (nint)(dimension - 1) * dimension;
                for (long k = start; k < end; k++)
                    last[rows.Columns[k]] += curvature * rows.Values[k];
                last[dimension - 1] += curvature;
            }
        }
    }
}
