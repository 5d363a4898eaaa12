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
        Avx2.IsSupported && Processor.Kind == ProcessorKind.Intel
            ? DotInEights(columns, values, count, weights) : DotInFours(columns, values, count, weights);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float DotInEights(int* columns, float* values, int count, float* weights)
    {
        var eight = Vector256<float>.Zero;
        int k = 0;
        for (; k <= count - 8; k += 8)
        {
            var w = Avx2.GatherVector256(weights, Vector256.Load(columns + k), sizeof(float));
            eight = Vector256.MultiplyAddEstimate(Vector256.Load(values + k), w, eight);
        }

        float rest = 0;
        for (; k < count; k++)
            rest = float.MultiplyAddEstimate(values[k], weights[(uint)columns[k]], rest);
        return Vector256.Sum(eight) + rest;
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

    /// <summary>sums += factor · x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected static void AddScaled(int* columns, float* values, int count, double factor, double* sums)
    {
        if (factor == 0) return;
        // A row's columns are distinct, so that four sums are loaded before the first is stored.
        var wide = Vector256.Create(factor);
        int k = 0;
        for (; k <= count - 4; k += 4)
        {
            var (low, high) = Vector128.Widen(Vector128.Load(values + k));
            var products = wide * Vector256.Create(low, high);
            double* a = sums + (uint)columns[k], b = sums + (uint)columns[k + 1];
            double* c = sums + (uint)columns[k + 2], d = sums + (uint)columns[k + 3];
            var first = Vector128.Create(*a, *b) + products.GetLower();
            var second = Vector128.Create(*c, *d) + products.GetUpper();
            *a = first[0];
            *b = first[1];
            *c = second[0];
            *d = second[1];
        }

        for (; k < count; k++)
            sums[columns[k]] += factor * values[k];
    }
}

/// <inheritdoc/>
/// <remarks>
/// Rows go in tiles small enough to stay in the nearest cache: v = X w + b one by one, then r = s ∘ ∂ℓ/∂v of the tile in
/// registers, then g += rᵀX one by one, each product exact in float64.
/// </remarks>
internal sealed unsafe class SparseCpuRows<T> : SparseCpuRows
    where T : struct, ISimd<T>
{
    private const int MaximumLanes = 16;
    private const int TileRows = 4 * MaximumLanes;
    private const int TileValues = 2 << 10; // 16 KiB

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
        long* starts = rows.Starts;
        int* columns = rows.Columns;
        float* values = rows.Values;
        double* gradient = sums.Columns;
        float* tile = stackalloc float[TileRows];
        var labels = run.Block.Labels;
        var sampleWeights = run.Block.SampleWeights;
        for (int done = 0; done < run.Count;)
        {
            int first = run.First + done;
            int count = TileOf(starts + first, run.Count - done);
            for (int i = 0; i < count; i++)
            {
                long start = starts[first + i];
                tile[i] = bias + Dot(columns + start, values + start, (int)(starts[first + i + 1] - start), weights);
            }

            new ReadOnlySpan<float>(tile, count).CopyTo(new Span<float>(logits + done, count));
            AddLosses<TLoss>(
                labels.Slice(first, count), sampleWeights.IsEmpty ? default : sampleWeights.Slice(first, count), tile, sums);
            for (int i = 0; i < count; i++)
            {
                long start = starts[first + i];
                AddScaled(columns + start, values + start, (int)(starts[first + i + 1] - start), tile[i], gradient);
            }

            done += count;
        }
    }

    /// <summary>Rows whose values are few enough for a tile; a multiple of the lanes unless there are no more.</summary>
    private static int TileOf(long* starts, int rows)
    {
        int count = Math.Min(MaximumLanes, rows);
        while (count < TileRows && count + MaximumLanes <= rows && starts[count + MaximumLanes] - starts[0] <= TileValues)
            count += MaximumLanes;
        return count;
    }

    /// <summary>Adds a tile's losses and residuals, and puts s ∘ ∂ℓ/∂v in the place of v.</summary>
    private static void AddLosses<TLoss>(
        ReadOnlySpan<byte> labels, ReadOnlySpan<float> sampleWeights, float* tile, SparseCpuEngine.UnitSums sums)
        where TLoss : struct, IRowLoss
    {
        byte* y = stackalloc byte[TileRows];
        float* s = stackalloc float[TileRows];
        labels.CopyTo(new Span<byte>(y, TileRows));
        var weights = new Span<float>(s, TileRows);
        if (sampleWeights.IsEmpty) weights[..labels.Length].Fill(1f);
        else sampleWeights.CopyTo(weights);

        // Lanes past the last row have sample weight 0.
        int padded = (labels.Length + MaximumLanes - 1) / MaximumLanes * MaximumLanes;
        for (int i = labels.Length; i < padded; i++)
            (tile[i], y[i], s[i]) = (0f, 0, 0f);

        T losses = T.Create(0f), residuals = T.Create(0f);
        for (int i = 0; i < padded; i += T.Count)
        {
            var (linear, odds, residual, _) = RowLosses.Evaluate<TLoss, T>(T.Load(tile + i), T.LoadBytes(y + i));
            losses += VectorMath.Weighted(T.Load(s + i), linear + VectorMath.LogOnePlus(odds));
            residual = VectorMath.Weighted(T.Load(s + i), residual);
            residuals += residual;
            residual.Store(tile + i);
        }

        sums.Loss += T.SumInDouble(losses);
        sums.Bias += T.SumInDouble(residuals);
    }
}
