using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GpuPerceptron.Data;
using GpuPerceptron.Diagnostics.Certificates;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>The fused pass over a run of sparse rows, on one thread.</summary>
internal abstract unsafe class SparseCpuRows
{
    private const int ValuesAhead = 512; // 2 KiB of columns, and as many of values: of 256 to 1,024 none was better
    private const int RowsAhead = 8;     // of 4 to 16
    private const int RareColumns = 6;   // a row; of 4 to 12

    private static bool InEights => Avx2.IsSupported && Processor.Kind == ProcessorKind.Intel; // where gathers are fast

    /// <summary>Adds the rows' losses and gradient to <paramref name="sums"/>.</summary>
    /// <param name="loss">ℓ.</param>
    /// <param name="run">The rows.</param>
    /// <param name="weights">w.</param>
    /// <param name="bias">b.</param>
    /// <param name="sums">The sums so far.</param>
    /// <param name="logits">Where the rows' logits go.</param>
    public abstract void Pass(PassLoss loss, SparseRun run, float* weights, float bias, SparseCpuEngine.UnitSums sums,
        float* logits);

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

    /// <summary>Σ c x̃ (x̃·u) of the rows.</summary>
    /// <param name="run">The rows.</param>
    /// <param name="direction">u without the bias's.</param>
    /// <param name="bias">The bias's.</param>
    /// <param name="curvatures">c.</param>
    /// <param name="sums">The product so far.</param>
    public static void AddProduct(SparseRun run, float* direction, float bias, float* curvatures, SparseCpuEngine.UnitSums sums)
    {
        var rows = run.Block.Sparse!;
        long* starts = rows.Starts + run.First;
        int* columns = rows.Columns;
        float* values = rows.Values;
        double* target = sums.Columns;
        double total = 0;
        for (int i = 0; i < run.Count; i++)
        {
            Ask(starts, i, run.Count, columns, values, direction, target);
            long start = starts[i];
            int count = (int)(starts[i + 1] - start);
            double factor = (double)curvatures[i] * (bias + Dot(columns + start, values + start, count, direction));
            AddScaled(columns + start, values + start, count, factor, target);
            total += factor;
        }

        sums.Bias += total;
    }

    /// <summary>The pass with losses in registers of a width.</summary>
    /// <param name="width">The width; <see cref="SimdWidth.Auto"/> for the best there is.</param>
    /// <exception cref="PlatformNotSupportedException">This processor has no such registers.</exception>
    public static SparseCpuRows Create(SimdWidth width)
    {
        RuntimeHelpers.RunClassConstructor(typeof(Processor).TypeHandle); // so that its kind is a constant to the compiler of the loops
        return width.Resolve() switch
        {
            SimdWidth.Bits512 => new SparseCpuRows<Simd512>(),
            SimdWidth.Bits256 => new SparseCpuRows<Simd256>(),
            _ => new SparseCpuRows<Simd128>(),
        };
    }

    /// <summary>
    /// Σ x w. The weights are in the caches, but far apart: to gather them in a register saves two fifths of these products' time on Intel's
    /// processors, and takes a tenth longer than one by one on AMD's (Zen 4).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected static float Dot(int* columns, float* values, int count, float* weights) =>
        InEights ? DotInEights(columns, values, count, weights) : DotInFours(columns, values, count, weights);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float DotInEights(int* columns, float* values, int count, float* weights)
    {
        var eight = Vector256<float>.Zero;
        int k = 0;
        for (; k <= count - 8; k += 8)
        {
            AskForValues(columns + k, values + k);
            var w = Avx2.GatherVector256(weights, Vector256.Load(columns + k), sizeof(float));
            eight = Vector256.MultiplyAddEstimate(Vector256.Load(values + k), w, eight);
        }

        // What is left goes with the rest masked, so that no loop's end must be foreseen.
        var mask = Vector256.GreaterThan(Vector256.Create(count - k), Vector256<int>.Indices);
        var last = Avx2.GatherMaskVector256(Vector256<float>.Zero, weights, Vector256.Load(columns + k), mask.AsSingle(), sizeof(float));
        return Vector256.Sum(Vector256.MultiplyAddEstimate(Vector256.Load(values + k) & mask.AsSingle(), last, eight));
    }

    /// <summary>In four sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float DotInFours(int* columns, float* values, int count, float* weights)
    {
        float a = 0, b = 0, c = 0, d = 0;
        int k = 0;
        for (; k <= count - 4; k += 4)
        {
            a = float.MultiplyAddEstimate(values[k], weights[(uint)columns[k]], a);
            b = float.MultiplyAddEstimate(values[k + 1], weights[(uint)columns[k + 1]], b);
            c = float.MultiplyAddEstimate(values[k + 2], weights[(uint)columns[k + 2]], c);
            d = float.MultiplyAddEstimate(values[k + 3], weights[(uint)columns[k + 3]], d);
        }

        for (; k < count; k++)
            a = float.MultiplyAddEstimate(values[k], weights[(uint)columns[k]], a);
        return a + b + (c + d);
    }

    /// <summary>
    /// Asks, on Intel's processors, for the weights and sums of some later row's last columns, which are in few rows (<see cref="SparseRows.PutRareLast"/>): X, as it
    /// flows through the second-level cache, pushes them out, and each would be waited for. Elsewhere, for the values of later rows.
    /// </summary>
    /// <remarks>
    /// Measured on Intel's, over 500,000 × 100,000 with 39 values a row, in C: a pass takes 42 ms without, 34 with later values asked for, 27 with both; one whose columns
    /// are all within the first 32,768 takes 23. Later values were asked for on Zen 5, too, in C: up to a tenth less. Of samples whose columns nobody numbered, or with no rare
    /// ones, the last columns are asked for in vain.
    /// </remarks>
    /// <param name="starts">Where rows start.</param>
    /// <param name="row">The row that is about to be read.</param>
    /// <param name="rows">How many rows there are.</param>
    /// <param name="columns">All columns.</param>
    /// <param name="values">All values.</param>
    /// <param name="weights">w.</param>
    /// <param name="sums">One a column.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected static void Ask(long* starts, int row, int rows, int* columns, float* values, float* weights, double* sums)
    {
        if (!InEights)
        {
            for (long k = starts[row], end = starts[row + 1]; k < end; k += Prefetch.LineBytes / sizeof(float))
                AskForValues(columns + k, values + k);
            return;
        }

        int later = Math.Min(row + RowsAhead, rows - 1);
        long last = starts[later + 1];
        for (long k = Math.Max(starts[later], last - RareColumns); k < last; k++)
        {
            Prefetch.Bytes((byte*)(weights + (uint)columns[k]), Prefetch.LineBytes);
            Prefetch.Bytes((byte*)(sums + (uint)columns[k]), Prefetch.LineBytes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AskForValues(int* columns, float* values)
    {
        Prefetch.Bytes((byte*)(columns + ValuesAhead), Prefetch.LineBytes);
        Prefetch.Bytes((byte*)(values + ValuesAhead), Prefetch.LineBytes);
    }

    /// <summary>sums += factor · x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected static void AddScaled(int* columns, float* values, int count, double factor, double* sums)
    {
        if (factor == 0) return;
        var wide = Vector256.Create(factor);
        int k = 0;
        for (; k <= count - 4; k += 4)
            AddFour(columns + k, wide * Widened(values + k), sums);

        if (InEights && count >= 4)
        {
            // What is left goes with those before it, to which 0 is added, so that no loop's end must be foreseen.
            int last = count - 4;
            var isNew = Vector256.GreaterThanOrEqual(Vector256<long>.Indices, Vector256.Create((long)(k - last)));
            AddFour(columns + last, wide * Widened(values + last) & isNew.AsDouble(), sums);
            return;
        }

        for (; k < count; k++)
            sums[columns[k]] += factor * values[k];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Widened(float* values)
    {
        var (low, high) = Vector128.Widen(Vector128.Load(values));
        return Vector256.Create(low, high);
    }

    /// <summary>A row's columns are distinct, so that four sums are loaded before the first is stored.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddFour(int* columns, Vector256<double> products, double* sums)
    {
        double* a = sums + (uint)columns[0], b = sums + (uint)columns[1];
        double* c = sums + (uint)columns[2], d = sums + (uint)columns[3];
        var first = Vector128.Create(*a, *b) + products.GetLower();
        var second = Vector128.Create(*c, *d) + products.GetUpper();
        *a = first[0];
        *b = first[1];
        *c = second[0];
        *d = second[1];
    }
}

/// <inheritdoc/>
/// <remarks>
/// Rows go in tiles of as many as the widest register has lanes, which stay in the nearest cache unless they are long: v = X w + b one by one, then r = s ∘ ∂ℓ/∂v of the tile in
/// registers, then g += rᵀX one by one, each product exact in float64.
/// </remarks>
internal sealed unsafe class SparseCpuRows<T> : SparseCpuRows
    where T : struct, ISimd<T>
{
    private const int TileRows = FusedRows.MaximumLanes;
    private const int LossesALane = 16; // that are added up in float32

    public override void Pass(PassLoss loss, SparseRun run, float* weights, float bias, SparseCpuEngine.UnitSums sums,
        float* logits)
    {
        if (loss == PassLoss.Logistic) Pass<LogisticRowLoss>(run, weights, bias, sums, logits);
        else Pass<HalfSquareRowLoss>(run, weights, bias, sums, logits);
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
                Ask(starts, row, run.Count, columns, values, weights, gradient);
                long start = starts[row];
                tile[i] = logits[row] = bias + Dot(columns + start, values + start, (int)(starts[row + 1] - start), weights);
            }

            TileLosses.Add<TLoss, T>(
                labels + done, sampleWeights == null ? null : sampleWeights + done, count, 0f, 1f, tile, null, ref losses, ref residuals);
            for (int i = 0; i < count; i++)
            {
                long start = starts[done + i];
                AddScaled(columns + start, values + start, (int)(starts[done + i + 1] - start), tile[i], gradient);
            }

            done += count;
            if (done % (LossesALane * T.Count) == 0 || done == run.Count) total.Take(ref losses, ref residuals);
        }

        sums.Loss += total.Loss;
        sums.Bias += total.Residuals;
    }
}
