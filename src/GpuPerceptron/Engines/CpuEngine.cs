using System.Runtime.InteropServices;
using GpuPerceptron.Data;

namespace GpuPerceptron.Engines;

/// <summary>
/// The fused pass on the host: SIMD, on threads that live as long as the engine. It reads the dataset in place and
/// copies nothing.
/// </summary>
/// <remarks>
/// The rows are cut into units whose bounds depend on the data's shape alone. A unit has its own float64 sums, whichever
/// thread works on it, and the units are added in order: the bits are the same at every number of threads.
/// <para>
/// Floor: a pass moves N · stride · 4 bytes of X once and does 4 N M flops, one flop a byte; two cores with AVX2 give
/// some 100 Gflop/s against 20 GB/s of memory, so the memory is the limit as long as a tile's second use is from cache.
/// </para>
/// </remarks>
public sealed unsafe class CpuEngine : IEngine
{
    private const int MinimumUnitFloats = 64 << 10; // under this, waking a thread costs more than its work
    private const int MaximumUnits = 64;            // 32 threads share them evenly; more would cost memory for wide X

    private readonly WorkerPool _workers;
    private readonly Unit[] _units;
    private readonly float* _weights; // stride floats, the padding 0
    private readonly int _stride;
    private bool _disposed;

    /// <summary>Prepares passes over a dataset, which must outlive the engine.</summary>
    /// <param name="dataset">X, y, s.</param>
    /// <param name="threads">Host threads; 0 for one a processor.</param>
    public CpuEngine(Dataset dataset, int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Features = dataset.Features;
        _stride = dataset.Stride;
        _units = CutIntoUnits(dataset);
        // More threads than units would only sleep.
        Threads = Math.Clamp(threads == 0 ? Environment.ProcessorCount : threads, 1, Math.Max(1, _units.Length));
        _workers = new WorkerPool(Threads);
        _weights = (float*)NativeMemory.AlignedAlloc((nuint)_stride * sizeof(float), 64);
    }

    /// <inheritdoc/>
    public string Device => "cpu";

    /// <inheritdoc/>
    public string Description =>
        $"CPU, {(Threads == 1 ? "1 thread" : $"{Threads} threads")}, {FusedRows.InstructionSet}";

    /// <inheritdoc/>
    public int Threads { get; }

    /// <inheritdoc/>
    public int Features { get; }

    /// <inheritdoc/>
    public long Passes { get; private set; }

    /// <inheritdoc/>
    public double Pass(PassLoss loss, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNotEqual(parameters.Length, Features + 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(gradient.Length, Features + 1);

        new Span<float>(_weights, _stride).Clear();
        for (int j = 0; j < Features; j++)
            _weights[j] = (float)parameters[j];
        float bias = (float)parameters[^1];

        _workers.Run(_units.Length, index =>
        {
            var unit = _units[index];
            unit.Sums.Clear();
            foreach (var (block, first, count) in unit.Rows)
                FusedRows.Pass(loss, block, first, count, _weights, bias, unit.Sums);
        });

        Passes++;
        gradient.Clear();
        double total = 0;
        foreach (var unit in _units)
        {
            total += unit.Sums.Loss;
            for (int j = 0; j < Features; j++)
                gradient[j] += unit.Sums.Gradient[j];
            gradient[^1] += unit.Sums.BiasGradient;
        }

        return total;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _workers.Dispose();
        NativeMemory.AlignedFree(_weights);
    }

    /// <summary>Cuts the rows into at most <see cref="MaximumUnits"/> runs of about equal length.</summary>
    private static Unit[] CutIntoUnits(Dataset dataset)
    {
        long floats = dataset.Samples * dataset.Stride;
        long wanted = Math.Clamp(floats / MinimumUnitFloats, 1, MaximumUnits);
        // A multiple of the tile's rows, so that only a block's end has a short tile.
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

/// <summary>The float64 sums of a pass over some rows, and the float32 gradient that is flushed into them.</summary>
/// <param name="stride">Floats a row.</param>
internal sealed class PassSums(int stride)
{
    /// <summary>Σ s r x.</summary>
    public readonly double[] Gradient = new double[stride];

    /// <summary>The part of Σ s r x that is not flushed yet; zero between passes.</summary>
    public readonly float[] Pending = new float[stride];

    /// <summary>Σ s r.</summary>
    public double BiasGradient;

    /// <summary>Σ s ℓ.</summary>
    public double Loss;

    public void Clear()
    {
        Array.Clear(Gradient);
        BiasGradient = 0;
        Loss = 0;
    }
}
