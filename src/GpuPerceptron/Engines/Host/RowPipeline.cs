using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>
/// The fused pass over long rows, pair by pair through a pipeline, in which one loop reads a pair, for its logits, and adds
/// the pair before it, which is in the nearest cache, to the gradient: memory is asked evenly, and each row is read as one run.
/// </summary>
/// <remarks>
/// Between the two uses of a value there are up to 2.5 pairs of others (1.5 newer ones, and one that was itself used again
/// meanwhile), the weights and the gradient: with rows of 1,000 values 20 + 8 KB, of a first-level cache of 32 or 48 KB.
/// </remarks>
internal static unsafe class RowPipeline
{
    /// <summary>Values; with longer rows, even weights and gradient leave the nearest cache.</summary>
    public const int LongestRow = 2048;

    private const int FlushRows = 256;
    private const int PrefetchDistance = 4 << 10;

    /// <inheritdoc cref="FusedRows.Pass"/>
    public static void Pass<T, TValue, TLoss>(
        TValue* features, SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums)
        where T : struct, ISimd<T>
        where TValue : unmanaged
        where TLoss : struct, IRowLoss
    {
        int stride = block.Stride;
        float scale = FusedRows<T>.Scale<TValue>();
        float* gradient = scratch.Gradient;
        float* residuals = stackalloc float[Simd128.Count]; // of the pair before: 0 where there is none
        var losses = Simd128.Create(0f);
        var residualSum = losses;
        losses.Store(residuals);
        int unflushed = 0;
        var before = new Pair<TValue>(features + (nint)first * stride, count, stride);
        for (int done = 0; done < count; done += 2)
        {
            var pair = new Pair<TValue>(features + (nint)(first + done) * stride, count - done, stride);
            var logits = LogitsWhileAdding<T, TValue>(pair, before, stride, weights, residuals, gradient);
            AddLosses<TLoss>(
                block, first + done, Math.Min(2, count - done), logits * Simd128.Create(scale) + Simd128.Create(bias), scale, residuals,
                ref losses, ref residualSum);
            before = pair;
            unflushed += 2;
            bool last = done + 2 >= count;
            if (unflushed < FlushRows && !last) continue;
            unflushed = 0;
            if (last)
                AddToGradient<T, TValue>(pair, residuals, stride, gradient);
            sums.Take<T, Simd128>(losses, residualSum, gradient, scale);
            losses = residualSum = Simd128.Create(0f);
        }
    }

    /// <summary>
    /// A pair's v without the bias: row after row, which the processor's own prefetching follows, four registers a step;
    /// and in each step two registers' width of the gradient of the pair before.
    /// </summary>
    [MethodImpl(FusedRows.Hot)]
    private static Simd128 LogitsWhileAdding<T, TValue>(
        in Pair<TValue> pair, in Pair<TValue> before, int stride, float* weights, float* residuals, float* gradient)
        where T : struct, ISimd<T>
        where TValue : unmanaged
    {
        TValue* b0 = before.Row0, b1 = before.Row1;
        T r0 = T.Create(residuals[0]), r1 = T.Create(residuals[1]);
        T first = T.Create(0f), second = first;
        int k = 0;
        for (TValue* x = pair.Row0; ; x = pair.Row1)
        {
            T a0 = T.Create(0f), a1 = T.Create(0f), a2 = T.Create(0f), a3 = T.Create(0f);
            int j = 0;
            for (; j <= stride - 4 * T.Count; j += 4 * T.Count, k += 2 * T.Count)
            {
                Prefetch.Bytes((byte*)(x + j) + PrefetchDistance, 4 * T.Count * sizeof(TValue));
                Prefetch.PageAfterNext((byte*)(x + j));
                a0 = T.MultiplyAdd(FusedRows<T>.LoadScaled(x + j), T.Load(weights + j), a0);
                a1 = T.MultiplyAdd(FusedRows<T>.LoadScaled(x + j + T.Count), T.Load(weights + j + T.Count), a1);
                a2 = T.MultiplyAdd(FusedRows<T>.LoadScaled(x + j + 2 * T.Count), T.Load(weights + j + 2 * T.Count), a2);
                a3 = T.MultiplyAdd(FusedRows<T>.LoadScaled(x + j + 3 * T.Count), T.Load(weights + j + 3 * T.Count), a3);
                AddColumns<T, TValue>(b0 + k, b1 + k, r0, r1, gradient + k);
                AddColumns<T, TValue>(b0 + k + T.Count, b1 + k + T.Count, r0, r1, gradient + k + T.Count);
            }

            for (; j < stride; j += T.Count)
                a0 = T.MultiplyAdd(FusedRows<T>.LoadScaled(x + j), T.Load(weights + j), a0);
            second = a0 + a1 + (a2 + a3);
            if (x == pair.Row1) break; // which is the first again, where there is but one
            first = second;
        }

        for (; k < stride; k += T.Count)
            AddColumns<T, TValue>(b0 + k, b1 + k, r0, r1, gradient + k);
        var none = T.Create(0f);
        return new(T.Sums(pair.Row0 == pair.Row1 ? second : first, second, none, none));
    }

    /// <summary>g += rᵀX.</summary>
    private static void AddToGradient<T, TValue>(in Pair<TValue> pair, float* residuals, int stride, float* gradient)
        where T : struct, ISimd<T>
        where TValue : unmanaged
    {
        T r0 = T.Create(residuals[0]), r1 = T.Create(residuals[1]);
        for (int j = 0; j < stride; j += T.Count)
            AddColumns<T, TValue>(pair.Row0 + j, pair.Row1 + j, r0, r1, gradient + j);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddColumns<T, TValue>(TValue* x0, TValue* x1, T r0, T r1, float* gradient)
        where T : struct, ISimd<T>
        where TValue : unmanaged =>
        T.MultiplyAdd(FusedRows<T>.LoadScaled(x1), r1, T.MultiplyAdd(FusedRows<T>.LoadScaled(x0), r0, T.Load(gradient))).Store(gradient);

    /// <summary>Adds a pair's losses and residuals, and keeps s ∘ ∂ℓ/∂v, scaled; what fills the register up has sample weight 0.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddLosses<TLoss>(
        SampleBlock block, int first, int rows, Simd128 logits, float scale, float* residuals, ref Simd128 losses, ref Simd128 residualSum)
        where TLoss : struct, IRowLoss
    {
        var (loss, residual, _) = TLoss.Evaluate(logits, FirstOf(block.Labels.Slice(first, rows)));
        var s = block.HasSampleWeights ? FirstOf(block.SampleWeights.Slice(first, rows)) : new(Vector128.Create(1f, rows - 1f, 0f, 0f));
        residual = VectorMath.Weighted(s, residual);
        losses += VectorMath.Weighted(s, loss);
        residualSum += residual;
        (residual * Simd128.Create(scale)).Store(residuals);
    }

    /// <summary>One value or two, then zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Simd128 FirstOf(ReadOnlySpan<float> values) =>
        new(Vector128.Create(values[0], values.Length > 1 ? values[1] : 0f, 0f, 0f));

    /// <summary>Two rows; at the end perhaps one, which then is both, the second with residual 0.</summary>
    private readonly struct Pair<TValue>(TValue* x, int rows, int stride)
        where TValue : unmanaged
    {
        public readonly TValue* Row0 = x, Row1 = rows > 1 ? x + stride : x;
    }
}
