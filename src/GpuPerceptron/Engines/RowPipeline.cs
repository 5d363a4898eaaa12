using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines;

/// <summary>
/// The fused pass over long rows: tiles of a few rows go through a pipeline, in which one loop reads a tile, for its
/// logits, and adds the tile before it, which is in a near cache, to the gradient. So there is always something to ask of
/// memory, where a loop for each would leave it idle during the second; and computing hides behind waiting.
/// </summary>
/// <remarks>
/// Tiles are as short as can be. Between the two uses of a value there are up to 2.5 tiles of others (1.5 newer ones, and
/// one that was itself used again meanwhile), the weights and the gradient: with pairs of rows of 1,000 values
/// 20 + 8 KB, of a first-level cache of 32 or 48 KB; with fours it would be 52 KB.
/// <para>
/// Measured as a loop in C at 50 to 60 GB/s for two threads, pass over plain read: fours 0.9 and 1.12, pairs 0.9 and 1.03
/// at 784 and 1,008 features. What this code takes is in bench/results.
/// </para>
/// </remarks>
internal static unsafe class RowPipeline<T>
    where T : struct, ISimd<T>
{
    private const int MostRows = 4; // a tile: what Simd128 computes the losses of
    private const int FlushRows = 256;
    private const int WideBytes = 6 << 10; // with longer rows, weights and gradient leave the nearest cache anyhow
    private const int PrefetchDistance = 4 << 10;
    private const int PartRegisters = 64; // of a wide row are summed at a time: long sums lose digits
    private const int WidePrefetchDistance = 1 << 10; // in each of four rows

    /// <inheritdoc cref="FusedRows.Pass"/>
    public static void Pass<TValue, TLoss>(
        TValue* features, SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums)
        where TValue : unmanaged
        where TLoss : struct, IRowLoss
    {
        int stride = block.Stride;
        bool wide = block.RowBytes > WideBytes;
        int tileRows = wide ? MostRows : 2;
        float* gradient = scratch.Gradient;
        float* residuals = stackalloc float[MostRows]; // of the tile before: 0 where there is none
        var losses = Simd128.Create(0f);
        var residualSum = Simd128.Create(0f);
        losses.Store(residuals);
        int unflushed = 0;
        var before = new Tile<TValue>(features + (nint)first * stride, Math.Min(tileRows, count), stride);
        for (int done = 0; done < count; done += tileRows)
        {
            int rows = Math.Min(tileRows, count - done);
            var tile = new Tile<TValue>(features + (nint)(first + done) * stride, rows, stride);
            var logits = wide
                ? FourAtOnce(tile, before, stride, weights, residuals, gradient)
                : PairRowByRow(tile, before, stride, weights, residuals, gradient);
            AddLosses<TLoss>(block, first + done, rows, logits + Simd128.Create(bias), residuals, ref losses, ref residualSum);
            before = tile;
            unflushed += tileRows;
            bool last = done + tileRows >= count;
            if (unflushed < FlushRows && !last) continue;
            unflushed = 0;
            if (last)
                AddToGradient(tile, residuals, stride, gradient);
            sums.Take(losses, residualSum, gradient);
            losses = residualSum = Simd128.Create(0f);
        }
    }

    /// <summary>
    /// A pair's v without the bias: row after row, which the processor's own prefetching follows, four registers a step;
    /// and in each step two registers' width of the gradient of the pair before.
    /// </summary>
    [MethodImpl(FusedRows.Hot)]
    private static Simd128 PairRowByRow<TValue>(
        in Tile<TValue> tile, in Tile<TValue> before, int stride, float* weights, float* residuals, float* gradient)
        where TValue : unmanaged
    {
        TValue* b0 = before.Row0, b1 = before.Row1;
        T r0 = T.Create(residuals[0]), r1 = T.Create(residuals[1]);
        T first = T.Create(0f), second = first;
        int k = 0;
        for (TValue* x = tile.Row0; ; x = tile.Row1)
        {
            T a0 = T.Create(0f), a1 = T.Create(0f), a2 = T.Create(0f), a3 = T.Create(0f);
            int j = 0;
            for (; j <= stride - 4 * T.Count; j += 4 * T.Count, k += 2 * T.Count)
            {
                Prefetch.Bytes((byte*)(x + j) + PrefetchDistance, 4 * T.Count * sizeof(TValue));
                a0 = T.MultiplyAdd(Load(x + j), T.Load(weights + j), a0);
                a1 = T.MultiplyAdd(Load(x + j + T.Count), T.Load(weights + j + T.Count), a1);
                a2 = T.MultiplyAdd(Load(x + j + 2 * T.Count), T.Load(weights + j + 2 * T.Count), a2);
                a3 = T.MultiplyAdd(Load(x + j + 3 * T.Count), T.Load(weights + j + 3 * T.Count), a3);
                AddColumns(b0 + k, b1 + k, r0, r1, gradient + k);
                AddColumns(b0 + k + T.Count, b1 + k + T.Count, r0, r1, gradient + k + T.Count);
            }

            for (; j < stride; j += T.Count)
                a0 = T.MultiplyAdd(Load(x + j), T.Load(weights + j), a0);
            second = a0 + a1 + (a2 + a3);
            if (x == tile.Row1) break; // which is the first again, where there is but one
            first = second;
        }

        for (; k < stride; k += T.Count)
            AddColumns(b0 + k, b1 + k, r0, r1, gradient + k);
        var none = T.Create(0f);
        return new(T.Sums(tile.Row0 == tile.Row1 ? second : first, second, none, none));
    }

    /// <summary>The same of four rows at once: weights and gradient, which come from the second cache, are asked for less often.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static Simd128 FourAtOnce<TValue>(
        in Tile<TValue> tile, in Tile<TValue> before, int stride, float* weights, float* residuals, float* gradient)
        where TValue : unmanaged
    {
        TValue* x0 = tile.Row0, x1 = tile.Row1, x2 = tile.Row2, x3 = tile.Row3;
        TValue* b0 = before.Row0, b1 = before.Row1, b2 = before.Row2, b3 = before.Row3;
        T r0 = T.Create(residuals[0]), r1 = T.Create(residuals[1]), r2 = T.Create(residuals[2]), r3 = T.Create(residuals[3]);
        T v0 = T.Create(0f), v1 = v0, v2 = v0, v3 = v0;
        T a0 = v0, a1 = v0, a2 = v0, a3 = v0;
        for (int j = 0, left = PartRegisters; j < stride; j += T.Count)
        {
            Prefetch.Bytes((byte*)(x0 + j) + WidePrefetchDistance, T.Count * sizeof(TValue));
            Prefetch.Bytes((byte*)(x1 + j) + WidePrefetchDistance, T.Count * sizeof(TValue));
            Prefetch.Bytes((byte*)(x2 + j) + WidePrefetchDistance, T.Count * sizeof(TValue));
            Prefetch.Bytes((byte*)(x3 + j) + WidePrefetchDistance, T.Count * sizeof(TValue));
            var w = T.Load(weights + j);
            a0 = T.MultiplyAdd(Load(x0 + j), w, a0);
            a1 = T.MultiplyAdd(Load(x1 + j), w, a1);
            a2 = T.MultiplyAdd(Load(x2 + j), w, a2);
            a3 = T.MultiplyAdd(Load(x3 + j), w, a3);
            AddColumns(b0 + j, b1 + j, b2 + j, b3 + j, r0, r1, r2, r3, gradient + j);
            if (--left > 0) continue;
            left = PartRegisters;
            v0 += a0;
            v1 += a1;
            v2 += a2;
            v3 += a3;
            a0 = a1 = a2 = a3 = T.Create(0f);
        }

        return new(T.Sums(v0 + a0, v1 + a1, v2 + a2, v3 + a3));
    }

    /// <summary>g += rᵀX.</summary>
    private static void AddToGradient<TValue>(in Tile<TValue> tile, float* residuals, int stride, float* gradient)
        where TValue : unmanaged
    {
        T r0 = T.Create(residuals[0]), r1 = T.Create(residuals[1]), r2 = T.Create(residuals[2]), r3 = T.Create(residuals[3]);
        for (int j = 0; j < stride; j += T.Count)
            AddColumns(tile.Row0 + j, tile.Row1 + j, tile.Row2 + j, tile.Row3 + j, r0, r1, r2, r3, gradient + j);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddColumns<TValue>(TValue* x0, TValue* x1, T r0, T r1, float* gradient)
        where TValue : unmanaged =>
        T.MultiplyAdd(Load(x1), r1, T.MultiplyAdd(Load(x0), r0, T.Load(gradient))).Store(gradient);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddColumns<TValue>(
        TValue* x0, TValue* x1, TValue* x2, TValue* x3, T r0, T r1, T r2, T r3, float* gradient)
        where TValue : unmanaged
    {
        var even = T.MultiplyAdd(Load(x0), r0, T.Load(gradient));
        var odd = Load(x1) * r1;
        even = T.MultiplyAdd(Load(x2), r2, even);
        odd = T.MultiplyAdd(Load(x3), r3, odd);
        (even + odd).Store(gradient);
    }

    /// <summary>Adds a tile's losses and residuals, and keeps s ∘ ∂ℓ/∂v; the rows that a tile lacks have sample weight 0.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddLosses<TLoss>(
        SampleBlock block, int first, int rows, Simd128 logits, float* residuals, ref Simd128 losses, ref Simd128 residualSum)
        where TLoss : struct, IRowLoss
    {
        var (loss, residual) = TLoss.Evaluate(logits, FirstOf(block.Labels.Slice(first, rows)));
        bool weighted = block.HasSampleWeights;
        if (weighted || rows < MostRows)
        {
            var s = weighted
                ? FirstOf(block.SampleWeights.Slice(first, rows))
                : new(Vector128.Create(1f, rows > 1 ? 1f : 0f, rows > 2 ? 1f : 0f, rows > 3 ? 1f : 0f));
            loss = FusedRows<Simd128>.Weighted(s, loss);
            residual = FusedRows<Simd128>.Weighted(s, residual);
        }

        losses += loss;
        residualSum += residual;
        residual.Store(residuals);
    }

    /// <summary>Up to four values, then zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Simd128 FirstOf(ReadOnlySpan<float> values) => new(
        values.Length >= MostRows ? Vector128.Create(values)
        : values.Length == 2 ? Vector128.Create(values[0], values[1], 0f, 0f)
        : Vector128.Create(values[0], values.Length > 1 ? values[1] : 0f, values.Length > 2 ? values[2] : 0f, 0f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Load<TValue>(TValue* values)
        where TValue : unmanaged => FusedRows<T>.Load(values);

    /// <summary>A tile's rows: those past the last are the last one again, with residual 0.</summary>
    private readonly struct Tile<TValue>
        where TValue : unmanaged
    {
        public readonly TValue* Row0, Row1, Row2, Row3;

        public Tile(TValue* x, int rows, int stride)
        {
            Row0 = x;
            Row1 = rows > 1 ? Row0 + stride : Row0;
            Row2 = rows > 2 ? Row1 + stride : Row1;
            Row3 = rows > 3 ? Row2 + stride : Row2;
        }
    }
}
