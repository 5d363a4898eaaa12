using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Engines.Host;

namespace GpuPerceptron.Diagnostics.Certificates;

/// <summary>
/// One read of X in float64 on the host: what a certificate and a diagnosis stand on. It sees x̃ᵢ = ((xᵢ − offset) ∘ factor, 1),
/// the bias's one included, so that any units can be had of a dataset in any other.
/// </summary>
/// <remarks>
/// The rows are cut into units by the data's shape alone, each with its own sums, and the units are added in order: the bits are
/// the same at every number of threads.
/// </remarks>
internal sealed unsafe class PrecisePass : IPrecisePass
{
    /// <summary>2⁻⁵², the spacing of float64 at 1.</summary>
    public const double Epsilon = 2.220446049250313e-16;

    private const int MaximumUnits = 64;
    private const long MinimumUnitValues = 64 << 10;
    private const long HessianBytes = 64L << 20; // of all units together

    private readonly Dataset _dataset;
    private readonly double[] _offset, _factor; // padded
    private readonly WorkerPool _workers;
    private readonly RowReader[] _readers; // one a thread

    /// <param name="dataset">X, y, s.</param>
    /// <param name="offset">What is taken from each feature.</param>
    /// <param name="factor">What each feature is then multiplied by.</param>
    /// <param name="threads">Host threads; 0 for one a processor.</param>
    public PrecisePass(Dataset dataset, double[] offset, double[] factor, int threads)
    {
        _dataset = dataset;
        Dimension = dataset.Features + 1;
        (_offset, _factor) = (Vector(offset), Vector(factor));
        threads = threads == 0 ? Environment.ProcessorCount : threads;
        _workers = new WorkerPool(threads);
        _readers = [.. Enumerable.Range(0, threads).Select(_ => new RowReader(dataset))];
    }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <inheritdoc/>
    public int Passes { get; private set; }

    /// <inheritdoc/>
    public PreciseSums Run(PassLoss loss, ReadOnlySpan<double> parameters, long hessianStride = 0, double[]? logits = null)
    {
        int dimension = Dimension, padded = Padded(dimension);
        double[] theta = Vector(parameters);
        double norm = Math.Sqrt(theta.Sum(value => value * value));
        long hessianBytes = hessianStride > 0 ? (long)dimension * padded * sizeof(double) : 1;
        long units = Math.Clamp(Math.Min(_dataset.Samples * padded / MinimumUnitValues, HessianBytes / hessianBytes), 1, MaximumUnits);
        long unitRows = (_dataset.Samples + units - 1) / units;
        using var sums = new SumsInOrder(() => new PreciseSums(dimension, padded, hessianStride > 0));
        _workers.Run((int)((_dataset.Samples + unitRows - 1) / unitRows), (index, worker) =>
        {
            var unit = sums.Begin();
            unit.Terms = dimension;
            using var tile = new PreciseTile(padded);
            using var hessianRows = hessianStride > 0 ? new HessianRows(padded) : null;
            foreach (var (block, first, count, row) in RowsOf(index * unitRows, Math.Min(unitRows, _dataset.Samples - index * unitRows)))
            {
                var loaded = _readers[worker].Load(block, first, count, out int start);
                for (int done = 0; done < count; done += tile.Capacity)
                {
                    int rows = Math.Min(tile.Capacity, count - done);
                    var into = logits is null ? default : logits.AsSpan((int)(row + done), rows);
                    Add(loss, loaded, start + done, rows, theta, norm, into, tile, unit);
                    if (hessianRows is null) continue;
                    long before = (row + done) % hessianStride; // rows since the last that a Hessian took
                    for (long i = before == 0 ? 0 : hessianStride - before; i < rows; i += hessianStride)
                        hessianRows.Add(tile.Row((int)i), tile.Curvatures[(int)i], unit);
                }
            }

            hessianRows?.Flush(unit);
            sums.End(index, unit);
        });

        Passes++;
        var total = sums.Take();
        total.MirrorHessian();
        return total;
    }

    /// <summary>The rows from <paramref name="start"/> on, block by block, each with its number in the dataset.</summary>
    private IEnumerable<(SampleBlock Block, int First, int Count, long Row)> RowsOf(long start, long count)
    {
        long row = 0;
        foreach (var block in _dataset.Blocks)
        {
            long first = Math.Max(start, row), end = Math.Min(start + count, row + block.Rows);
            if (first < end) yield return (block, (int)(first - row), (int)(end - first), first);
            row += block.Rows;
        }
    }

    /// <summary>Adds rows to the sums; what of them a Hessian needs stays in the tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Add(
        PassLoss loss, SampleBlock block, int first, int count, double[] theta, double norm, Span<double> logits, PreciseTile tile,
        PreciseSums sums)
    {
        fixed (double* offset = _offset, factor = _factor)
        {
            for (int i = 0; i < count; i++)
                Load(block, first + i, offset, factor, tile.Row(i));
        }

        tile.Multiply(count, theta);
        tile.Logits[..Math.Min(count, logits.Length)].CopyTo(logits);
        tile.SetSamples(
            block.Labels.Slice(first, count), block.HasSampleWeights ? block.SampleWeights.Slice(first, count) : default);

        // |fl(x̃·θ) − x̃·θ| ≤ D ε ‖x̃‖‖θ‖ (Higham, Accuracy and Stability of Numerical Algorithms, 2002, 3.5), and x̃ is rounded, too.
        tile.AddLosses(loss, count, (Dimension + 2) * Epsilon * norm, sums);
        tile.AddGradient(count, sums.Gradient);
    }

    /// <summary>x̃ of a row; the padding is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Load(SampleBlock block, int row, double* offset, double* factor, double* x)
    {
        int features = Dimension - 1;
        if (block.Sparse is { } sparse)
        {
            for (int j = 0; j < features; j++)
                x[j] = -offset[j] * factor[j];
            for (long k = sparse.Starts[row]; k < sparse.Starts[row + 1]; k++)
            {
                int column = sparse.Columns[k];
                x[column] = (sparse.Values[k] - offset[column]) * factor[column];
            }
        }
        else if (block.Storage == FeatureStorage.Float16)
        {
            Half* halves = block.HalfPointer + (nint)row * block.Stride;
            for (int j = 0; j < features; j++)
                x[j] = ((double)halves[j] - offset[j]) * factor[j];
        }
        else
        {
            // A block's rows are padded with zeros to four values, too.
            float* values = block.FeaturePointer + (nint)row * block.Stride;
            for (int j = 0; j < features; j += 4)
            {
                var (lower, upper) = Vector128.Widen(Vector128.Load(values + j));
                ((Vector256.Create(lower, upper) - Vector256.Load(offset + j)) * Vector256.Load(factor + j)).Store(x + j);
            }
        }

        x[features] = 1;
    }

    /// <summary>Values, padded with zeros.</summary>
    private double[] Vector(ReadOnlySpan<double> values)
    {
        double[] vector = new double[Padded(Dimension)];
        values.CopyTo(vector);
        return vector;
    }

    private static int Padded(int dimension) => (dimension + 7) / 8 * 8;

    /// <inheritdoc/>
    public void Dispose()
    {
        _workers.Dispose();
        foreach (var reader in _readers)
            reader.Dispose();
    }
}
