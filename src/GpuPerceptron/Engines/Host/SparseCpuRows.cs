using System.Runtime.CompilerServices;
using GpuPerceptron.Data;
using GpuPerceptron.Diagnostics.Certificates;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>The fused pass over a run of sparse rows, and what else reads them, on one thread.</summary>
internal abstract unsafe class SparseCpuRows
{
    /// <summary>Adds the rows' losses and gradient to <paramref name="sums"/>.</summary>
    /// <param name="loss">ℓ.</param>
    /// <param name="run">The rows.</param>
    /// <param name="weights">w.</param>
    /// <param name="bias">b.</param>
    /// <param name="sums">The sums so far.</param>
    /// <param name="logits">Where the rows' logits go.</param>
    public abstract void Pass(PassLoss loss, SparseRun run, float* weights, float bias, SparseCpuEngine.UnitSums sums,
        float* logits);

    /// <summary>Σ c x̃ (x̃·u) of the rows.</summary>
    /// <param name="run">The rows.</param>
    /// <param name="direction">u without the bias's.</param>
    /// <param name="bias">The bias's.</param>
    /// <param name="curvatures">c.</param>
    /// <param name="sums">The product so far.</param>
    public abstract void AddProduct(SparseRun run, float* direction, float bias, float* curvatures, SparseCpuEngine.UnitSums sums);

    /// <summary>c = s z(1 − z) of the rows, and the diagonal Σ c x² of the Hessian.</summary>
    /// <param name="run">The rows.</param>
    /// <param name="logits">Their logits.</param>
    /// <param name="curvatures">Where c goes.</param>
    /// <param name="sums">The diagonal so far.</param>
    public static void AddCurvatures(SparseRun run, float* logits, float* curvatures, SparseCpuEngine.UnitSums sums)
    {
        var rows = run.Block.Sparse!;
        var sampleWeights = run.Block.SampleWeights;
        for (int i = 0; i < run.Count; i++)
        {
            int row = run.First + i;
            double s = sampleWeights.IsEmpty ? 1 : sampleWeights[row];
            double curvature = s == 0 ? 0 : s * Logistic.DerivativesOf(0, logits[i]).Curvature;
            curvatures[i] = (float)curvature;
            for (long k = rows.Starts[row]; k < rows.Starts[row + 1]; k++)
                sums.Columns[rows.Columns[k]] += curvature * ((double)rows.Values[k] * rows.Values[k]);
            sums.Bias += curvature;
        }
    }

    /// <summary>The pass with losses in registers of a width, and loops over values as a kind of processor is fast with.</summary>
    /// <param name="width">The width; <see cref="SimdWidth.Auto"/> for the best there is.</param>
    /// <param name="kind"><see cref="Processor.Kind"/>.</param>
    /// <exception cref="PlatformNotSupportedException">This processor has no such registers.</exception>
    public static SparseCpuRows Create(SimdWidth width, ProcessorKind kind) =>
        GatheredRows.Takes(kind) ? Create<GatheredRows>(width) : Create<SingleValueRows>(width);

    private static SparseCpuRows Create<TRows>(SimdWidth width)
        where TRows : struct, ISparseRowLoops
    {
        // What prefetching reads of it by now is a constant to the compiler of the hot loops, whoever calls this.
        RuntimeHelpers.RunClassConstructor(typeof(Processor).TypeHandle);
        return width.Resolve() switch
        {
            SimdWidth.Bits512 => new SparseCpuRows<Simd512, TRows>(),
            SimdWidth.Bits256 => new SparseCpuRows<Simd256, TRows>(),
            _ => new SparseCpuRows<Simd128, TRows>(),
        };
    }
}

/// <inheritdoc/>
/// <remarks>
/// Rows go in tiles of as many as the widest register has lanes, which stay in the nearest cache unless they are long: v = X w + b one by one, then r = s ∘ ∂ℓ/∂v of the tile in
/// registers, then g += rᵀX one by one, each product exact in float64.
/// </remarks>
internal sealed unsafe class SparseCpuRows<T, TRows> : SparseCpuRows
    where T : struct, ISimd<T>
    where TRows : struct, ISparseRowLoops
{
    private const int TileRows = FusedRows.MaximumLanes;
    private const int LossesALane = 16; // that are added up in float32

    public override void Pass(PassLoss loss, SparseRun run, float* weights, float bias, SparseCpuEngine.UnitSums sums,
        float* logits)
    {
        if (loss == PassLoss.Logistic) Pass<LogisticRowLoss>(run, weights, bias, sums, logits);
        else Pass<HalfSquareRowLoss>(run, weights, bias, sums, logits);
    }

    public override void AddProduct(SparseRun run, float* direction, float bias, float* curvatures, SparseCpuEngine.UnitSums sums)
    {
        var rows = run.Block.Sparse!;
        long* starts = rows.Starts + run.First;
        int* columns = rows.Columns;
        float* values = rows.Values;
        double* target = sums.Columns;
        double total = 0;
        for (int i = 0; i < run.Count; i++)
        {
            TRows.Ask(starts, i, run.Count, columns, values, direction, target);
            long start = starts[i];
            int count = (int)(starts[i + 1] - start);
            double factor = (double)curvatures[i] * (bias + TRows.Dot(columns + start, values + start, count, direction));
            TRows.AddScaled(columns + start, values + start, count, factor, target);
            total += factor;
        }

        sums.Bias += total;
    }

    private static void Pass<TLoss>(SparseRun run, float* weights, float bias, SparseCpuEngine.UnitSums sums, float* logits)
        where TLoss : struct, IRowLoss
    {
        var rows = run.Block.Sparse!;
        long* starts = rows.Starts + run.First;
        int* columns = rows.Columns;
        float* values = rows.Values;
        double* gradient = sums.Columns;
        byte* labels = run.Block.LabelPointer + run.First;
        float* sampleWeights = run.Block.SampleWeightPointer;
        if (sampleWeights != null) sampleWeights += run.First;
        float* tile = stackalloc float[TileRows];
        var total = default(LossTotal);
        var losses = default(LossSums<T>);
        var residuals = T.Create(0f);
        for (int done = 0; done < run.Count;)
        {
            int count = Math.Min(TileRows, run.Count - done);
            for (int i = 0; i < count; i++)
            {
                int row = done + i;
                TRows.Ask(starts, row, run.Count, columns, values, weights, gradient);
                long start = starts[row];
                tile[i] = logits[row] = bias + TRows.Dot(columns + start, values + start, (int)(starts[row + 1] - start), weights);
            }

            TileLosses.Add<TLoss, T>(
                labels + done, sampleWeights == null ? null : sampleWeights + done, count, 0f, 1f, tile, null, ref losses, ref residuals);
            for (int i = 0; i < count; i++)
            {
                long start = starts[done + i];
                TRows.AddScaled(columns + start, values + start, (int)(starts[done + i + 1] - start), tile[i], gradient);
            }

            done += count;
            if (done % (LossesALane * T.Count) == 0 || done == run.Count) total.Take(ref losses, ref residuals);
        }

        sums.Loss += total.Loss;
        sums.Bias += total.Residuals;
    }
}
