using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Engines.Host;

namespace GpuPerceptron.Diagnostics.Certificates;

/// <summary>
/// <see cref="PrecisePass"/> over sparse features, in the units of the dataset and without a Hessian: its work is linear in the
/// values, its memory in the features.
/// </summary>
/// <param name="dataset">Sparse X, y, s.</param>
/// <param name="threads">Host threads; 0 for one a processor.</param>
internal sealed unsafe class SparsePrecisePass(Dataset dataset, int threads) : IPrecisePass
{
    private readonly WorkerPool _workers = new(threads == 0 ? Environment.ProcessorCount : threads);
    private readonly RowReader[] _readers = // one a thread
        [.. Enumerable.Range(0, threads == 0 ? Environment.ProcessorCount : threads).Select(_ => new RowReader(dataset))];
    private readonly SparseRun[][] _units = SparseUnits.Cut(dataset);

    /// <inheritdoc/>
    public int Dimension { get; } = dataset.Features + 1;

    /// <inheritdoc/>
    public int Passes { get; private set; }

    /// <inheritdoc/>
    public PreciseSums Run(PassLoss loss, ReadOnlySpan<double> parameters, long hessianStride = 0, double[]? logits = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(hessianStride, 0);
        double[] theta = parameters.ToArray();
        double norm = Math.Sqrt(theta.Sum(value => value * value));
        using var sums = new SumsInOrder(() => new PreciseSums(Dimension, Dimension, hasHessian: false));
        _workers.Run(_units.Length, (index, worker) =>
        {
            var unit = sums.Begin();
            foreach (var run in _units[index])
                Add(loss, _readers[worker].Load(run), theta, norm, logits, unit);
            sums.End(index, unit);
        });

        Passes++;
        return sums.Take();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _workers.Dispose();
        foreach (var reader in _readers)
            reader.Dispose();
    }

    private static void Add(PassLoss loss, SparseRun run, double[] theta, double norm, double[]? logits, PreciseSums sums)
    {
        var (block, first, count, place) = run;
        var rows = block.Sparse!;
        double[] gradient = sums.Gradient;
        for (int i = 0; i < count; i++)
        {
            int row = first + i;
            double s = block.HasSampleWeights ? block.SampleWeights[row] : 1, y = block.Labels[row];
            long start = rows.Starts[row], end = rows.Starts[row + 1];
            double v = theta[^1], squareNorm = 1;
            for (long k = start; k < end; k++)
            {
                double x = rows.Values[k];
                v += x * theta[rows.Columns[k]];
                squareNorm += x * x;
            }

            if (logits is not null) logits[place + i] = v;
            int terms = (int)(end - start) + 1;
            if (s > 0)
            {
                sums.SquaredRadius = Math.Max(sums.SquaredRadius, squareNorm);
                sums.Terms = Math.Max(sums.Terms, terms);
                // The same bound on the logit's rounding as for dense rows, with as many terms as there are.
                double margin = y > 0.5 ? v : -v;
                double rounding = (terms + 2) * PrecisePass.Epsilon * Math.Sqrt(squareNorm) * norm;
                sums.LeastMargin = Math.Min(sums.LeastMargin, margin - rounding);
                sums.GreatestMargin = Math.Max(sums.GreatestMargin, margin);
            }

            var (value, residual, _) = loss == PassLoss.HalfSquare ? (v * v / 2, v, 1) : Logistic.Of(y, v);
            sums.Loss += s * value;
            sums.AbsoluteResiduals += s * Math.Abs(residual);
            double factor = s * residual;
            for (long k = start; k < end; k++)
                gradient[rows.Columns[k]] += factor * rows.Values[k];
            gradient[^1] += factor;
        }
    }
}
