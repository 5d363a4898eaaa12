using System.Runtime.Intrinsics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines;

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
    private const int TileBytes = 64 << 10;

    private readonly Dataset _dataset;
    private readonly double[] _offset;
    private readonly double[] _factor;
    private readonly WorkerPool _workers;
    private readonly RowReader[] _readers; // one a thread

    /// <param name="dataset">X, y, s.</param>
    /// <param name="offset">What is taken from each feature.</param>
    /// <param name="factor">What each feature is then multiplied by.</param>
    /// <param name="threads">Host threads; 0 for one a processor.</param>
    public PrecisePass(Dataset dataset, double[] offset, double[] factor, int threads)
    {
        _dataset = dataset;
        (_offset, _factor) = (offset, factor);
        Dimension = dataset.Features + 1;
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
        double[] theta = new double[padded];
        parameters.CopyTo(theta);
        double norm = Math.Sqrt(theta.Sum(value => value * value));
        long hessianBytes = hessianStride > 0 ? (long)dimension * padded * sizeof(double) : 1;
        long units = Math.Clamp(Math.Min(_dataset.Samples * padded / MinimumUnitValues, HessianBytes / hessianBytes), 1, MaximumUnits);
        long unitRows = (_dataset.Samples + units - 1) / units;
        var sums = new PreciseSums[(_dataset.Samples + unitRows - 1) / unitRows];
        _workers.Run(sums.Length, (index, worker) =>
        {
            sums[index] = new PreciseSums(dimension, padded, hessianStride > 0) { Terms = dimension };
            using var tile = new Tile(padded, Math.Clamp(TileBytes / (padded * sizeof(double)), 16, 64), hessianStride > 0);
            foreach (var (block, first, count, row) in RowsOf(index * unitRows, Math.Min(unitRows, _dataset.Samples - index * unitRows)))
            {
                var loaded = _readers[worker].Load(block, first, count, out int start);
                for (int done = 0; done < count; done += tile.Capacity)
                {
                    int rows = Math.Min(tile.Capacity, count - done);
                    Add(loss, loaded, start + done, rows, row + done, theta, norm, hessianStride, logits, tile, sums[index]);
                }
            }
        });

        Passes++;
        var total = sums[0];
        foreach (var more in sums.Skip(1))
        {
            total.Add(more);
            more.Dispose();
        }

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

    private void Add(
        PassLoss loss, SampleBlock block, int first, int count, long row, double[] theta, double norm, long hessianStride,
        double[]? logits, Tile tile, PreciseSums sums)
    {
        var labels = block.Labels;
        var weights = block.SampleWeights;
        int chosen = 0;
        fixed (double* parameters = theta, gradient = sums.Gradient)
        {
            for (int i = 0; i < count; i++)
            {
                double s = weights.IsEmpty ? 1 : weights[first + i];
                double y = labels[first + i];
                double* x = tile.Rows + (nint)chosen * tile.Stride;
                Load(block, first + i, x);
                double v = Dot(x, parameters, tile.Stride);
                if (logits is not null) logits[row + i] = v;
                double squareNorm = Dot(x, x, tile.Stride);
                if (s > 0)
                {
                    sums.SquaredRadius = Math.Max(sums.SquaredRadius, squareNorm);
                    // |fl(x̃·θ) − x̃·θ| ≤ D ε ‖x̃‖‖θ‖ (Higham, Accuracy and Stability of Numerical Algorithms, 2002, 3.5), and x̃ is rounded, too.
                    double margin = y > 0.5 ? v : -v;
                    sums.LeastMargin = Math.Min(sums.LeastMargin, margin - (Dimension + 2) * Epsilon * Math.Sqrt(squareNorm) * norm);
                    sums.GreatestMargin = Math.Max(sums.GreatestMargin, margin);
                }

                var (value, residual, curvature) = loss == PassLoss.HalfSquare ? (v * v / 2, v, 1) : Logistic.Of(y, v);
                sums.Loss += s * value;
                sums.AbsoluteResiduals += s * Math.Abs(residual);
                AddScaled(gradient, s * residual, x, tile.Stride);
                if (hessianStride == 0 || (row + i) % hessianStride != 0) continue;
                Scale(tile.Scaled + (nint)chosen * tile.Stride, s * curvature, x, tile.Stride);
                chosen++;
            }
        }

        if (chosen > 0)
        {
            AddOuterProducts(sums.Hessian.Pointer, sums.Dimension, tile, chosen);
        }
    }

    /// <summary>x̃ of a row; the padding is 0.</summary>
    private void Load(SampleBlock block, int row, double* x)
    {
        int features = Dimension - 1;
        if (block.Sparse is { } sparse)
        {
            for (int j = 0; j < features; j++)
                x[j] = -_offset[j] * _factor[j];
            for (long k = sparse.Starts[row]; k < sparse.Starts[row + 1]; k++)
            {
                int column = sparse.Columns[k];
                x[column] = (sparse.Values[k] - _offset[column]) * _factor[column];
            }

            x[features] = 1;
            return;
        }

        nint start = (nint)row * block.Stride;
        if (block.Storage == FeatureStorage.Float16)
        {
            Half* halves = block.HalfPointer + start;
            for (int j = 0; j < features; j++)
                x[j] = ((double)halves[j] - _offset[j]) * _factor[j];
        }
        else
        {
            float* values = block.FeaturePointer + start;
            int j = 0;
            for (; j + 4 <= features; j += 4)
            {
                var (lower, upper) = Vector128.Widen(Vector128.Load(values + j));
                var wide = Vector256.Create(lower, upper);
                ((wide - Vector256.Create(_offset.AsSpan(j, 4))) * Vector256.Create(_factor.AsSpan(j, 4))).Store(x + j);
            }

            for (; j < features; j++)
                x[j] = (values[j] - _offset[j]) * _factor[j];
        }

        x[features] = 1;
    }

    /// <summary>H ← H + Σₜ (scaled x̃ₜ) x̃ₜᵀ over the tile's rows, in the lower triangle: four rows and eight columns of H at once.</summary>
    private static void AddOuterProducts(double* hessian, int dimension, Tile tile, int rows)
    {
        int stride = tile.Stride;
        for (int j = 0; j < dimension; j += 4)
        {
            int last = Math.Min(j + 4, dimension);
            for (int k = 0; k < last; k += 8)
            {
                var a0 = Vector256<double>.Zero;
                var (b0, c0, d0, a1, b1, c1, d1) = (a0, a0, a0, a0, a0, a0, a0);
                double* x = tile.Rows + k;
                double* scaled = tile.Scaled + j;
                for (int t = 0; t < rows; t++, x += stride, scaled += stride)
                {
                    var lower = Vector256.Load(x);
                    var upper = Vector256.Load(x + 4);
                    var (a, b) = (Vector256.Create(scaled[0]), Vector256.Create(scaled[1]));
                    var (c, d) = (Vector256.Create(scaled[2]), Vector256.Create(scaled[3]));
                    a0 = Vector256.MultiplyAddEstimate(a, lower, a0);
                    a1 = Vector256.MultiplyAddEstimate(a, upper, a1);
                    b0 = Vector256.MultiplyAddEstimate(b, lower, b0);
                    b1 = Vector256.MultiplyAddEstimate(b, upper, b1);
                    c0 = Vector256.MultiplyAddEstimate(c, lower, c0);
                    c1 = Vector256.MultiplyAddEstimate(c, upper, c1);
                    d0 = Vector256.MultiplyAddEstimate(d, lower, d0);
                    d1 = Vector256.MultiplyAddEstimate(d, upper, d1);
                }

                double* target = hessian + (nint)j * stride + k;
                AddTo(target, a0, a1);
                if (j + 1 < dimension) AddTo(target + stride, b0, b1);
                if (j + 2 < dimension) AddTo(target + 2 * stride, c0, c1);
                if (j + 3 < dimension) AddTo(target + 3 * stride, d0, d1);
            }
        }
    }

    private static void AddTo(double* target, Vector256<double> lower, Vector256<double> upper)
    {
        (Vector256.Load(target) + lower).Store(target);
        (Vector256.Load(target + 4) + upper).Store(target + 4);
    }

    private static double Dot(double* a, double* b, int count)
    {
        var even = Vector256<double>.Zero;
        var odd = Vector256<double>.Zero;
        for (int j = 0; j < count; j += 8)
        {
            even = Vector256.MultiplyAddEstimate(Vector256.Load(a + j), Vector256.Load(b + j), even);
            odd = Vector256.MultiplyAddEstimate(Vector256.Load(a + j + 4), Vector256.Load(b + j + 4), odd);
        }

        return Vector256.Sum(even + odd);
    }

    private static void AddScaled(double* sums, double factor, double* x, int count)
    {
        var wide = Vector256.Create(factor);
        for (int j = 0; j < count; j += 4)
            Vector256.MultiplyAddEstimate(wide, Vector256.Load(x + j), Vector256.Load(sums + j)).Store(sums + j);
    }

    private static void Scale(double* target, double factor, double* x, int count)
    {
        var wide = Vector256.Create(factor);
        for (int j = 0; j < count; j += 4)
            (wide * Vector256.Load(x + j)).Store(target + j);
    }

    private static int Padded(int dimension) => (dimension + 7) / 8 * 8;

    /// <inheritdoc/>
    public void Dispose()
    {
        _workers.Dispose();
        foreach (var reader in _readers)
            reader.Dispose();
    }

    /// <summary>A few rows of x̃, and the same times s z(1 − z), whose product is a part of the Hessian.</summary>
    private sealed class Tile(int stride, int capacity, bool scaled) : IDisposable
    {
        private readonly NativeDoubles _rows = NativeDoubles.Zeros(stride * capacity), _scaled = NativeDoubles.Zeros(scaled ? stride * capacity : 0);

        public int Stride => stride;

        public int Capacity => capacity;

        public double* Rows => _rows.Pointer;

        public double* Scaled => _scaled.Pointer;

        public void Dispose()
        {
            _rows.Dispose();
            _scaled.Dispose();
        }
    }
}
