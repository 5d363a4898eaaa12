using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>
/// The fused pass through a pipeline of groups of rows, in which one loop reads a group row after row, for its logits, and adds the
/// group before it, which is in the nearest cache, to the gradient.
/// </summary>
/// <remarks>
/// <para>
/// So memory is read as one run, which the processor's own prefetching follows, and is asked evenly. With one product after the other
/// it rests during the second: what is asked for faster than it answers is dropped (Zen 3 takes a line in 3 ns and drops half of the
/// requests that come every 2), and a processor looks ahead a few hundred instructions: during the second product none of them reads
/// what memory has yet to bring.
/// </para>
/// <para>
/// Between the two uses of a value there are up to two groups of others, the weights and the gradient. The more rows a group, the
/// less often the gradient is loaded and stored, but the sooner a group leaves the nearest cache: with AVX-512, two rows. Narrower
/// registers are slower than the second cache, and take four.
/// </para>
/// </remarks>
internal static unsafe class RowPipeline
{
    /// <summary>Values; with longer rows, even weights and gradient leave the nearest cache.</summary>
    public const int LongestRow = 2048;

    /// <inheritdoc cref="FusedRows.Pass"/>
    /// <returns>The rows of whole groups, which are done.</returns>
    public static int Pass<T, TValue, TLoss>(
        TValue* features, SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums)
        where T : struct, ISimd<T>
        where TValue : unmanaged
        where TLoss : struct, IRowLoss =>
        T.Count == FusedRows.MaximumLanes
            ? Pass<T, TValue, TLoss, Two>(features, block, first, count, weights, bias, scratch, sums)
            : Pass<T, TValue, TLoss, Four>(features, block, first, count, weights, bias, scratch, sums);

    [SkipLocalsInit]
    private static int Pass<T, TValue, TLoss, TGroup>(
        TValue* features, SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums)
        where T : struct, ISimd<T>
        where TValue : unmanaged
        where TLoss : struct, IRowLoss
        where TGroup : struct, IGroup
    {
        int stride = block.Stride;
        count -= count % TGroup.Rows;
        float scale = FusedRows<T>.Scale<TValue>();
        float* gradient = scratch.Gradient;
        float* lanes = stackalloc float[Simd128.Count * FusedRows.MaximumLanes];
        float* residuals = stackalloc float[Simd128.Count]; // of the group before: 0 where there is none
        Simd128 none = Simd128.Create(0f), losses = none, residualSum = none;
        none.Store(residuals);
        int unflushed = 0, flushRows = FusedRows.FlushRows(block.RowBytes);
        TValue* before = features + (nint)first * stride;
        for (int done = 0; done < count; done += TGroup.Rows)
        {
            TValue* group = features + (nint)(first + done) * stride;
            var logits = LogitsWhileAdding<T, TValue, TGroup>(group, before, stride, weights, lanes, residuals, gradient);
            if (unflushed >= flushRows)
            {
                sums.Take<T, Simd128>(ref losses, ref residualSum, gradient, scale);
                unflushed = 0;
            }

            AddLosses<TLoss, TGroup>(
                block, first + done, logits * Simd128.Create(scale) + Simd128.Create(bias), scale, residuals, ref losses, ref residualSum);
            before = group;
            unflushed += TGroup.Rows;
        }

        if (count == 0) return 0;
        AddToGradient<T, TValue, TGroup>(before, stride, residuals, gradient);
        sums.Take<T, Simd128>(ref losses, ref residualSum, gradient, scale);
        return count;
    }

    /// <summary>
    /// A group's v without the bias: row after row, four registers a step; and in each step its share of the gradient of the group before.
    /// </summary>
    [MethodImpl(FusedRows.Hot)]
    private static Simd128 LogitsWhileAdding<T, TValue, TGroup>(
        TValue* x, TValue* before, nint stride, float* weights, float* lanes, float* residuals, float* gradient)
        where T : struct, ISimd<T>
        where TValue : unmanaged
        where TGroup : struct, IGroup
    {
        T r0 = T.Create(residuals[0]), r1 = T.Create(residuals[1]), r2 = T.Create(residuals[2]), r3 = T.Create(residuals[3]);
        nint k = 0;
        for (int row = 0; row < TGroup.Rows; row++, x += stride)
        {
            T a0 = T.Create(0f), a1 = a0, a2 = a0, a3 = a0;
            nint j = 0;
            for (; j <= stride - 4 * T.Count; j += 4 * T.Count)
            {
                Prefetch.Bytes((byte*)(x + j) + TGroup.PrefetchDistance, 4 * T.Count * sizeof(TValue));
                Prefetch.PageAfterNext((byte*)(x + j));
                a0 = FusedRows<T>.MultiplyAdd(x + j, T.Load(weights + j), a0);
                a1 = FusedRows<T>.MultiplyAdd(x + j + T.Count, T.Load(weights + j + T.Count), a1);
                a2 = FusedRows<T>.MultiplyAdd(x + j + 2 * T.Count, T.Load(weights + j + 2 * T.Count), a2);
                a3 = FusedRows<T>.MultiplyAdd(x + j + 3 * T.Count, T.Load(weights + j + 3 * T.Count), a3);
                AddColumns<T, TValue, TGroup>(before + k, stride, r0, r1, r2, r3, gradient + k);
                k += T.Count;
                if (TGroup.Rows == 4) continue;
                AddColumns<T, TValue, TGroup>(before + k, stride, r0, r1, r2, r3, gradient + k);
                k += T.Count;
            }

            for (; j < stride; j += T.Count)
                a0 = FusedRows<T>.MultiplyAdd(x + j, T.Load(weights + j), a0);
            (a0 + a1 + (a2 + a3)).Store(lanes + row * T.Count);
        }

        for (; k < stride; k += T.Count)
            AddColumns<T, TValue, TGroup>(before + k, stride, r0, r1, r2, r3, gradient + k);
        T third = T.Create(0f), fourth = third;
        if (TGroup.Rows == 4)
        {
            third = T.Load(lanes + 2 * T.Count);
            fourth = T.Load(lanes + 3 * T.Count);
        }

        return new(T.Sums(T.Load(lanes), T.Load(lanes + T.Count), third, fourth));
    }

    /// <summary>g += rᵀX.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddToGradient<T, TValue, TGroup>(TValue* x, nint stride, float* residuals, float* gradient)
        where T : struct, ISimd<T>
        where TValue : unmanaged
        where TGroup : struct, IGroup
    {
        T r0 = T.Create(residuals[0]), r1 = T.Create(residuals[1]), r2 = T.Create(residuals[2]), r3 = T.Create(residuals[3]);
        for (nint k = 0; k < stride; k += T.Count)
            AddColumns<T, TValue, TGroup>(x + k, stride, r0, r1, r2, r3, gradient + k);
    }

    /// <summary>The same of a register's width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddColumns<T, TValue, TGroup>(TValue* x, nint stride, T r0, T r1, T r2, T r3, float* gradient)
        where T : struct, ISimd<T>
        where TValue : unmanaged
        where TGroup : struct, IGroup
    {
        if (TGroup.Rows == 2)
        {
            var g = FusedRows<T>.MultiplyAdd(x, r0, T.Load(gradient));
            FusedRows<T>.MultiplyAdd(x + stride, r1, g).Store(gradient);
            return;
        }

        var even = FusedRows<T>.LoadScaled(x) * r0;
        var odd = FusedRows<T>.LoadScaled(x + stride) * r1;
        even = FusedRows<T>.MultiplyAdd(x + 2 * stride, r2, even);
        odd = FusedRows<T>.MultiplyAdd(x + 3 * stride, r3, odd);
        (T.Load(gradient) + (even + odd)).Store(gradient);
    }

    /// <summary>Adds a group's losses and residuals, and keeps s ∘ ∂ℓ/∂v, scaled; what fills the register up has sample weight 0.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddLosses<TLoss, TGroup>(
        SampleBlock block, int first, Simd128 logits, float scale, float* residuals, ref Simd128 losses, ref Simd128 residualSum)
        where TLoss : struct, IRowLoss
        where TGroup : struct, IGroup
    {
        var (loss, residual, _) = TLoss.Evaluate(logits, FirstOf(block.Labels.Slice(first, TGroup.Rows)));
        if (block.HasSampleWeights || TGroup.Rows < Simd128.Count)
        {
            var s = FirstOf(block.HasSampleWeights ? block.SampleWeights.Slice(first, TGroup.Rows) : [1f, 1f]);
            loss = VectorMath.Weighted(s, loss);
            residual = VectorMath.Weighted(s, residual);
        }

        losses += loss;
        residualSum += residual;
        (residual * Simd128.Create(scale)).Store(residuals);
    }

    /// <summary>Four values; or two, then zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Simd128 FirstOf(ReadOnlySpan<float> values) =>
        new(values.Length == 2 ? Vector128.Create(values[0], values[1], 0f, 0f) : Vector128.Create(values));

    /// <summary>What goes together, constants of the code compiled for it.</summary>
    private interface IGroup
    {
        /// <summary>Two or four.</summary>
        static abstract int Rows { get; }

        /// <summary>Bytes.</summary>
        static abstract int PrefetchDistance { get; }
    }

    private readonly struct Two : IGroup
    {
        static int IGroup.Rows => 2;

        static int IGroup.PrefetchDistance => 4 << 10;
    }

    private readonly struct Four : IGroup
    {
        static int IGroup.Rows => 4;

        static int IGroup.PrefetchDistance => 1 << 10;
    }
}
