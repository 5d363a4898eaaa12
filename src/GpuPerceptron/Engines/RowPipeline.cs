using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines;

/// <summary>
/// The fused pass over long rows: tiles of four rows go through a pipeline, in which one loop reads a tile, for its
/// logits, and adds the tile before it, which is in a near cache, to the gradient. So there is always something to ask of
/// memory, where a loop for each would leave it idle during the second; and computing hides behind waiting.
/// </summary>
/// <remarks>
/// Measured with memory at 60 to 70 GB/s for two threads, pass over plain read: one loop after the other 1.18 to 1.24 at
/// 784 features, the pipeline 1.02 to 1.10. The distances of the prefetches are the best of 1 to 16 KiB.
/// </remarks>
internal static unsafe class RowPipeline<T>
    where T : struct, ISimd<T>
{
    private const int Rows = 4; // a tile: what Simd128 computes the losses of
    private const int FlushRows = 256;
    private const int WideBytes = 6 << 10; // two tiles of longer rows, weights and gradient leave the nearest cache
    private const int PrefetchDistance = 4 << 10;
    private const int WidePrefetchDistance = 1 << 10; // in each of four rows

    /// <inheritdoc cref="FusedRows.Pass"/>
    public static void Pass<TValue, TLoss>(
        TValue* features, SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums)
        where TValue : unmanaged
        where TLoss : struct, IRowLoss
    {
        int stride = block.Stride;
        bool wide = block.RowBytes > WideBytes;
        float* gradient = scratch.Gradient;
        float* residuals = stackalloc float[Rows]; // of the tile before: 0 where there is none
        var losses = Simd128.Create(0f);
        var residualSum = Simd128.Create(0f);
        losses.Store(residuals);
        int unflushed = 0;
        TValue* before = features + (nint)first * stride;
        int rowsBefore = Math.Min(Rows, count);
        for (int done = 0; done < count; done += Rows)
        {
            TValue* x = features + (nint)(first + done) * stride;
            int rows = Math.Min(Rows, count - done);
            var old = new Residuals<TValue>(before, rowsBefore, stride, residuals);
            var logits = wide
                ? RowsAtOnce(x, rows, old, stride, weights, gradient)
                : RowByRow(x, rows, old, stride, weights, gradient);
            AddLosses<TLoss>(block, first + done, rows, logits + Simd128.Create(bias), residuals, ref losses, ref residualSum);
            before = x;
            rowsBefore = rows;
            unflushed += Rows;
            if (unflushed < FlushRows && done + Rows < count) continue;
            unflushed = 0;
            if (done + Rows >= count)
                AddToGradient(new Residuals<TValue>(x, rows, stride, residuals), 0, stride, gradient);
            sums.Take(losses, residualSum, gradient);
            losses = residualSum = Simd128.Create(0f);
        }
    }

    /// <summary>
    /// The tile's v without the bias: row after row, which the processor's own prefetching follows, four registers a step;
    /// and in each step one register's width of the gradient of the tile before.
    /// </summary>
    private static Simd128 RowByRow<TValue>(
        TValue* x, int rows, in Residuals<TValue> before, int stride, float* weights, float* gradient)
        where TValue : unmanaged
    {
        float* sums = stackalloc float[Rows * FusedRows.MaximumLanes];
        TValue* b0 = before.Row0, b1 = before.Row1, b2 = before.Row2, b3 = before.Row3;
        T r0 = before.R0, r1 = before.R1, r2 = before.R2, r3 = before.R3;
        int k = 0;
        for (int row = 0; row < Rows; row++)
        {
            TValue* values = x + (nint)Math.Min(row, rows - 1) * stride;
            T a0 = T.Create(0f), a1 = T.Create(0f), a2 = T.Create(0f), a3 = T.Create(0f);
            int j = 0;
            for (; j <= stride - 4 * T.Count; j += 4 * T.Count, k += T.Count)
            {
                Prefetch.Bytes((byte*)(values + j) + PrefetchDistance, 4 * T.Count * sizeof(TValue));
                a0 = T.MultiplyAdd(Load(values + j), T.Load(weights + j), a0);
                a1 = T.MultiplyAdd(Load(values + j + T.Count), T.Load(weights + j + T.Count), a1);
                a2 = T.MultiplyAdd(Load(values + j + 2 * T.Count), T.Load(weights + j + 2 * T.Count), a2);
                a3 = T.MultiplyAdd(Load(values + j + 3 * T.Count), T.Load(weights + j + 3 * T.Count), a3);

                var even = T.MultiplyAdd(Load(b0 + k), r0, T.Load(gradient + k));
                var odd = Load(b1 + k) * r1;
                even = T.MultiplyAdd(Load(b2 + k), r2, even);
                odd = T.MultiplyAdd(Load(b3 + k), r3, odd);
                (even + odd).Store(gradient + k);
            }

            for (; j < stride; j += T.Count)
                a0 = T.MultiplyAdd(Load(values + j), T.Load(weights + j), a0);
            (a0 + a1 + (a2 + a3)).Store(sums + row * T.Count);
        }

        AddToGradient(before, k, stride, gradient);
        return new(T.Sums(
            T.Load(sums), T.Load(sums + T.Count), T.Load(sums + 2 * T.Count), T.Load(sums + 3 * T.Count)));
    }

    /// <summary>
    /// The same, all four rows at once, for rows so long that weights and gradient come from the second cache: a fourth as often.
    /// </summary>
    private static Simd128 RowsAtOnce<TValue>(
        TValue* x, int rows, in Residuals<TValue> before, int stride, float* weights, float* gradient)
        where TValue : unmanaged
    {
        TValue* x1 = rows > 1 ? x + stride : x;
        TValue* x2 = rows > 2 ? x1 + stride : x1;
        TValue* x3 = rows > 3 ? x2 + stride : x2;
        TValue* b0 = before.Row0, b1 = before.Row1, b2 = before.Row2, b3 = before.Row3;
        T r0 = before.R0, r1 = before.R1, r2 = before.R2, r3 = before.R3;
        T a0 = T.Create(0f), a1 = T.Create(0f), a2 = T.Create(0f), a3 = T.Create(0f);
        for (int j = 0; j < stride; j += T.Count)
        {
            Prefetch.Bytes((byte*)(x + j) + WidePrefetchDistance, T.Count * sizeof(TValue));
            Prefetch.Bytes((byte*)(x1 + j) + WidePrefetchDistance, T.Count * sizeof(TValue));
            Prefetch.Bytes((byte*)(x2 + j) + WidePrefetchDistance, T.Count * sizeof(TValue));
            Prefetch.Bytes((byte*)(x3 + j) + WidePrefetchDistance, T.Count * sizeof(TValue));
            var w = T.Load(weights + j);
            a0 = T.MultiplyAdd(Load(x + j), w, a0);
            a1 = T.MultiplyAdd(Load(x1 + j), w, a1);
            a2 = T.MultiplyAdd(Load(x2 + j), w, a2);
            a3 = T.MultiplyAdd(Load(x3 + j), w, a3);

            var even = T.MultiplyAdd(Load(b0 + j), r0, T.Load(gradient + j));
            var odd = Load(b1 + j) * r1;
            even = T.MultiplyAdd(Load(b2 + j), r2, even);
            odd = T.MultiplyAdd(Load(b3 + j), r3, odd);
            (even + odd).Store(gradient + j);
        }

        return new(T.Sums(a0, a1, a2, a3));
    }

    /// <summary>g += rᵀX from a column on.</summary>
    private static void AddToGradient<TValue>(in Residuals<TValue> tile, int from, int stride, float* gradient)
        where TValue : unmanaged
    {
        for (int k = from; k < stride; k += T.Count)
        {
            var even = T.MultiplyAdd(Load(tile.Row0 + k), tile.R0, T.Load(gradient + k));
            var odd = Load(tile.Row1 + k) * tile.R1;
            even = T.MultiplyAdd(Load(tile.Row2 + k), tile.R2, even);
            odd = T.MultiplyAdd(Load(tile.Row3 + k), tile.R3, odd);
            (even + odd).Store(gradient + k);
        }
    }

    /// <summary>Adds a tile's losses and residuals, and keeps s ∘ ∂ℓ/∂v.</summary>
    private static void AddLosses<TLoss>(
        SampleBlock block, int first, int rows, Simd128 logits, float* residuals, ref Simd128 losses, ref Simd128 residualSum)
        where TLoss : struct, IRowLoss
    {
        bool weighted = block.HasSampleWeights;
        Simd128 labels, sampleWeights;
        if (rows == Rows)
        {
            labels = FirstOf(block.Labels.Slice(first, Rows));
            sampleWeights = weighted ? FirstOf(block.SampleWeights.Slice(first, Rows)) : Simd128.Create(1f);
        }
        else
        {
            // A short tile's other rows are the last one again, with sample weight 0.
            float* last = stackalloc float[2 * Rows];
            new Span<float>(last, 2 * Rows).Clear();
            block.Labels.Slice(first, rows).CopyTo(new Span<float>(last, Rows));
            if (weighted)
                block.SampleWeights.Slice(first, rows).CopyTo(new Span<float>(last + Rows, Rows));
            else
                new Span<float>(last + Rows, rows).Fill(1f);
            labels = Simd128.Load(last);
            sampleWeights = Simd128.Load(last + Rows);
            weighted = true;
        }

        var (loss, residual) = TLoss.Evaluate(logits, labels);
        if (weighted)
        {
            loss = FusedRows<Simd128>.Weighted(sampleWeights, loss);
            residual = FusedRows<Simd128>.Weighted(sampleWeights, residual);
        }

        losses += loss;
        residualSum += residual;
        residual.Store(residuals);
    }

    private static Simd128 FirstOf(ReadOnlySpan<float> values) => new(Vector128.Create(values));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Load<TValue>(TValue* values)
        where TValue : unmanaged => FusedRows<T>.Load(values);

    /// <summary>A tile's rows and residuals: rows past the last are the last one again, with residual 0.</summary>
    private readonly struct Residuals<TValue>
        where TValue : unmanaged
    {
        public Residuals(TValue* x, int rows, int stride, float* residuals)
        {
            Row0 = x;
            Row1 = rows > 1 ? Row0 + stride : Row0;
            Row2 = rows > 2 ? Row1 + stride : Row1;
            Row3 = rows > 3 ? Row2 + stride : Row2;
            (R0, R1, R2, R3) = (T.Create(residuals[0]), T.Create(residuals[1]), T.Create(residuals[2]), T.Create(residuals[3]));
        }

        public readonly TValue* Row0, Row1, Row2, Row3;
        public readonly T R0, R1, R2, R3;
    }
}
