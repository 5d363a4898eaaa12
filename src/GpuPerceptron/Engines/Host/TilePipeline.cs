using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>
/// The fused pass over short rows, of which eight fill but a few lines of memory, through a pipeline of tiles: eight rows of a tile are
/// read for their logits, then eight rows of the tile before, which is in the nearest cache, are added to the gradient, and so on.
/// Why in turns: see <see cref="RowPipeline"/>.
/// </summary>
internal static unsafe class TilePipeline
{
    private const int Rows = 8; // at once
    private const int TileBytes = 2 << 10;
    private const int PrefetchDistance = 2 << 10;

    /// <inheritdoc cref="FusedRows.Pass"/>
    /// <returns>The rows of whole tiles, which are done.</returns>
    [SkipLocalsInit]
    public static int Pass<T, TValue, TLoss, TLanes>(
        TValue* features, SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums)
        where T : struct, ISimd<T>
        where TValue : unmanaged
        where TLoss : struct, IRowLoss
        where TLanes : struct, ILanes<TLanes>
    {
        int stride = block.Stride;
        int tileRows = Math.Clamp(TileBytes / block.RowBytes / TLanes.Count * TLanes.Count, TLanes.Count, FusedRows.MaximumTileRows);
        count -= count % tileRows;
        float scale = FusedRows<T>.Scale<TValue>();
        float* logits = scratch.Logits;
        float* residuals = stackalloc float[FusedRows.MaximumTileRows]; // of the tile before: 0 where there is none
        new Span<float>(residuals, tileRows).Clear();
        TLanes losses = TLanes.Create(0f), residualSum = losses;
        int unflushed = 0;
        TValue* before = features + (nint)first * stride;
        for (int done = 0; done < count; done += tileRows)
        {
            int row = first + done;
            TValue* tile = features + (nint)row * stride;
            LogitsWhileAdding<T, TValue>(tile, before, tileRows, stride, weights, logits, residuals, scratch.Gradient);
            FusedRows<T>.AddLosses<TLoss, TLanes>(
                block.Labels.Slice(row, tileRows), block.HasSampleWeights ? block.SampleWeights.Slice(row, tileRows) : default, bias, scale,
                logits, null, ref losses, ref residualSum);
            float* free = residuals;
            residuals = logits;
            logits = free;
            before = tile;
            unflushed += tileRows;
            if (unflushed < FusedRows.FlushRows && done + tileRows < count) continue;
            unflushed = 0;
            AddToGradient<T, TValue>(tile, tileRows, stride, residuals, scratch.Gradient);
            sums.Take<T, TLanes>(losses, residualSum, scratch.Gradient, scale);
            losses = residualSum = TLanes.Create(0f);
            new Span<float>(residuals, tileRows).Clear();
        }

        return count;
    }

    /// <summary>A tile's v without the bias, and g += rᵀX of the tile before.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void LogitsWhileAdding<T, TValue>(
        TValue* x, TValue* before, int rows, nint stride, float* weights, float* logits, float* residuals, float* gradient)
        where T : struct, ISimd<T>
        where TValue : unmanaged
    {
        nint twice = 2 * stride, thrice = 3 * stride;
        for (int row = 0; row < rows; row += Rows, x += Rows * stride, before += Rows * stride)
        {
            T a0 = T.Create(0f), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
            byte* ahead = (byte*)x + PrefetchDistance;
            TValue* y = x, z = x + 4 * stride, end = x + stride;
            for (float* column = weights; y < end; y += T.Count, z += T.Count, column += T.Count)
            {
                Prefetch.Bytes(ahead, T.Count * Rows / 2 * sizeof(TValue));
                ahead += T.Count * Rows / 2 * sizeof(TValue);
                var w = T.Load(column);
                a0 = FusedRows<T>.MultiplyAdd(y, w, a0);
                a1 = FusedRows<T>.MultiplyAdd(y + stride, w, a1);
                a2 = FusedRows<T>.MultiplyAdd(y + twice, w, a2);
                a3 = FusedRows<T>.MultiplyAdd(y + thrice, w, a3);
                a4 = FusedRows<T>.MultiplyAdd(z, w, a4);
                a5 = FusedRows<T>.MultiplyAdd(z + stride, w, a5);
                a6 = FusedRows<T>.MultiplyAdd(z + twice, w, a6);
                a7 = FusedRows<T>.MultiplyAdd(z + thrice, w, a7);
            }

            var low = T.Sums(a0, a1, a2, a3);
            var high = T.Sums(a4, a5, a6, a7);
            if (typeof(TValue) == typeof(Half))
            {
                low *= ScaledHalves.Factor;
                high *= ScaledHalves.Factor;
            }

            AddEight<T, TValue>(before, stride, residuals + row, gradient, ahead);
            low.Store(logits + row);
            high.Store(logits + row + 4);
        }
    }

    [MethodImpl(FusedRows.Hot)]
    private static void AddToGradient<T, TValue>(TValue* x, int rows, nint stride, float* residuals, float* gradient)
        where T : struct, ISimd<T>
        where TValue : unmanaged
    {
        for (int row = 0; row < rows; row += Rows)
            AddEight<T, TValue>(x + row * stride, stride, residuals + row, gradient, (byte*)(x + row * stride) + PrefetchDistance);
    }

    /// <summary>g += rᵀX of eight rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddEight<T, TValue>(TValue* x, nint stride, float* residuals, float* gradient, byte* ahead)
        where T : struct, ISimd<T>
        where TValue : unmanaged
    {
        T r0 = T.Create(residuals[0]), r1 = T.Create(residuals[1]), r2 = T.Create(residuals[2]), r3 = T.Create(residuals[3]);
        T r4 = T.Create(residuals[4]), r5 = T.Create(residuals[5]), r6 = T.Create(residuals[6]), r7 = T.Create(residuals[7]);
        nint twice = 2 * stride, thrice = 3 * stride;
        TValue* y = x, z = x + 4 * stride, end = x + stride;
        for (float* g = gradient; y < end; y += T.Count, z += T.Count, g += T.Count)
        {
            Prefetch.Bytes(ahead, T.Count * Rows / 2 * sizeof(TValue));
            ahead += T.Count * Rows / 2 * sizeof(TValue);
            var even = FusedRows<T>.LoadScaled(y) * r0;
            var odd = FusedRows<T>.LoadScaled(y + stride) * r1;
            even = FusedRows<T>.MultiplyAdd(y + twice, r2, even);
            odd = FusedRows<T>.MultiplyAdd(y + thrice, r3, odd);
            even = FusedRows<T>.MultiplyAdd(z, r4, even);
            odd = FusedRows<T>.MultiplyAdd(z + stride, r5, odd);
            even = FusedRows<T>.MultiplyAdd(z + twice, r6, even);
            odd = FusedRows<T>.MultiplyAdd(z + thrice, r7, odd);
            (T.Load(g) + (even + odd)).Store(g);
        }
    }
}
