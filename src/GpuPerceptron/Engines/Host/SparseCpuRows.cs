using System.Runtime.CompilerServices;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>The fused pass over a run of sparse rows, and what else reads them, on one thread.</summary>
internal abstract unsafe class SparseCpuRows
{
    /// <summary>Adds the rows' losses and gradient to <paramref name="sums"/>.</summary>
    /// <param name="loss">ℓ.</param>
    /// <param name="run">The rows.</param>
    /// <param name="bias">b.</param>
    /// <param name="sums">w, and the sums so far.</param>
    /// <param name="logits">Where the rows' logits go.</param>
    public abstract void Pass(PassLoss loss, SparseRun run, float bias, UnitSums sums, float* logits);

    /// <summary>Σ c x̃ (x̃·u) of the rows.</summary>
    /// <param name="run">The rows.</param>
    /// <param name="bias">u's of the bias.</param>
    /// <param name="curvatures">c.</param>
    /// <param name="sums">The rest of u, and the product so far.</param>
    public abstract void AddProduct(SparseRun run, float bias, float* curvatures, UnitSums sums);

    /// <summary>c = s z(1 − z) of the rows, and the diagonal Σ c x² of the Hessian.</summary>
    /// <param name="run">The rows.</param>
    /// <param name="logits">Their logits.</param>
    /// <param name="curvatures">Where c goes.</param>
    /// <param name="sums">The diagonal so far.</param>
    public abstract void AddCurvatures(SparseRun run, float* logits, float* curvatures, UnitSums sums);

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
/// registers, then g += rᵀX one by one.
/// </remarks>
internal sealed unsafe class SparseCpuRows<T, TRows> : SparseCpuRows
    where T : struct, ISimd<T>
    where TRows : struct, ISparseRowLoops
{
    private const int TileRows = FusedRows.MaximumLanes;
    private const int LossesALane = 16; // that are added up in float32

    public override void Pass(PassLoss loss, SparseRun run, float bias, UnitSums sums, float* logits)
    {
        if (loss == PassLoss.Logistic) Pass<LogisticRowLoss>(run, bias, sums, logits);
        else Pass<HalfSquareRowLoss>(run, bias, sums, logits);
    }

    public override void AddProduct(SparseRun run, float bias, float* curvatures, UnitSums sums)
    {
        float* tile = stackalloc float[TileRows];
        double total = 0;
        for (int done = 0; done < run.Count; done += TileRows)
        {
            int count = Math.Min(TileRows, run.Count - done);
            Logits(run, done, count, bias, sums.Pairs, tile);
            float some = 0;
            for (int i = 0; i < count; i++)
            {
                tile[i] *= curvatures[done + i];
                some += tile[i];
            }

            total += some;
            AddRows<Products>(run, done, count, tile, sums);
        }

        sums.Bias += total;
    }

    public override void AddCurvatures(SparseRun run, float* logits, float* curvatures, UnitSums sums)
    {
        byte* labels = run.Block.LabelPointer + run.First;
        float* sampleWeights = run.Block.SampleWeightPointer;
        if (sampleWeights != null) sampleWeights += run.First;
        float* tile = stackalloc float[2 * TileRows], held = tile + TileRows;
        var losses = default(LossSums<T>);
        var residuals = T.Create(0f);
        double total = 0;
        for (int done = 0; done < run.Count; done += TileRows)
        {
            int count = Math.Min(TileRows, run.Count - done);
            new ReadOnlySpan<float>(logits + done, count).CopyTo(new Span<float>(tile, count));
            TileLosses.Add<LogisticRowLoss, T>(
                labels + done, sampleWeights == null ? null : sampleWeights + done, count, 0f, 1f, tile, held, ref losses, ref residuals);
            new ReadOnlySpan<float>(held, count).CopyTo(new Span<float>(curvatures + done, count));
            float some = 0;
            for (int i = 0; i < count; i++)
                some += held[i];
            total += some;
            AddRows<SquareProducts>(run, done, count, held, sums);
        }

        sums.Bias += total;
    }

    private static void Pass<TLoss>(SparseRun run, float bias, UnitSums sums, float* logits)
        where TLoss : struct, IRowLoss
    {
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
            Logits(run, done, count, bias, sums.Pairs, tile);
            new ReadOnlySpan<float>(tile, count).CopyTo(new Span<float>(logits + done, count));
            TileLosses.Add<TLoss, T>(
                labels + done, sampleWeights == null ? null : sampleWeights + done, count, 0f, 1f, tile, null, ref losses, ref residuals);
            AddRows<Products>(run, done, count, tile, sums);
            done += count;
            if (done % (LossesALane * T.Count) == 0 || done == run.Count) total.Take(ref losses, ref residuals);
        }

        sums.Loss += total.Loss;
        sums.Bias += total.Residuals;
    }

    /// <summary>v = X w + b of a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Logits(SparseRun run, int first, int count, float bias, WeightedSum* pairs, float* tile)
    {
        var rows = run.Block.Sparse!;
        long* starts = rows.Starts + run.First;
        int* columns = rows.Columns;
        float* values = rows.Values;
        for (int i = 0; i < count; i++)
        {
            int row = first + i;
            TRows.Ask(starts, row, run.Count, columns, values, pairs);
            long start = starts[row];
            tile[i] = bias + TRows.Dot(columns + start, values + start, (int)(starts[row + 1] - start), pairs);
        }
    }

    /// <summary>g += rᵀX of a tile, or rᵀ of X's squares.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRows<TProducts>(SparseRun run, int first, int count, float* tile, UnitSums sums)
        where TProducts : struct, IRowProducts
    {
        var rows = run.Block.Sparse!;
        long* starts = rows.Starts + run.First + first;
        int* columns = rows.Columns;
        float* values = rows.Values;
        var pairs = sums.Pairs;
        for (int i = 0; i < count; i++)
        {
            long start = starts[i];
            TRows.AddProducts<TProducts>(columns + start, values + start, (int)(starts[i + 1] - start), tile[i], pairs);
        }

        sums.Added(count, starts[count] - starts[0]);
    }
}
