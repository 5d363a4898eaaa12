using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>
/// The fused pass over the shortest rows, of which eight fill few lines of memory, through a pipeline of tiles: eight rows of a tile are
/// read for their logits, then eight rows of the tile before, which is in the nearest cache, are added to the gradient, and so on.
/// Why in turns: see <see cref="RowPipeline"/>.
/// </summary>
internal static unsafe class TilePipeline
{
    /// <summary>Values: longer rows are faster through <see cref="RowPipeline"/>.</summary>
    public static int LongestRow<T>()
        where T : struct, ISimd<T> => T.Count == Simd128.Count ? 28 : 16;

    private const int Rows = 8; // at once
    private const int TileBytes = 2 << 10;

    /// <summary>Whether such rows are faster through here than otherwise.</summary>
    /// <param name="stride">Values a row.</param>
    /// <param name="kind"><see cref="Processor.Kind"/>.</param>
    public static bool Takes<T, TValue>(int stride, ProcessorKind kind)
        where T : struct, ISimd<T> =>
        T.Count < FusedRows.MaximumLanes && kind == ProcessorKind.SmallCache && typeof(TValue) == typeof(float) && stride <= LongestRow<T>();

    /// <inheritdoc cref="FusedRows.Pass"/>
    /// <returns>The rows of whole tiles, which are done.</returns>
    [SkipLocalsInit]
    public static int Pass<T, TLoss, TLanes>(
        float* features, SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums)
        where T : struct, ISimd<T>
        where TLoss : struct, IRowLoss
        where TLanes : struct, ILanes<TLanes>
    {
        int stride = block.Stride;
        // A power of two, so that sums end every flushRows.
        int tileRows = 1 << BitOperations.Log2((uint)Math.Clamp(TileBytes / block.RowBytes, FusedRows.MaximumLanes, FusedRows.MaximumTileRows));
        int flushRows = FusedRows.FlushRows(block.RowBytes);
        count -= count % tileRows;
        byte* labels = block.LabelPointer;
        float* sampleWeights = block.SampleWeightPointer;
        float* logits = scratch.Logits;
        float* residuals = stackalloc float[FusedRows.MaximumTileRows]; // of the tile before: 0 where there is none
        new Span<float>(residuals, tileRows).Clear();
        var losses = default(LossSums<TLanes>);
        var residualSum = TLanes.Create(0f);
        int unflushed = 0;
        float* before = features + (nint)first * stride;
        for (int done = 0; done < count; done += tileRows)
        {
            int row = first + done;
            float* tile = features + (nint)row * stride;
            LogitsWhileAdding<T>(tile, before, tileRows, stride, weights, logits, residuals, scratch.Gradient);
            if (unflushed >= flushRows)
            {
                sums.Take<T, TLanes>(ref losses, ref residualSum, scratch.Gradient);
                unflushed = 0;
            }

            TileLosses.Add<TLoss, TLanes>(
                labels + row, sampleWeights == null ? null : sampleWeights + row, tileRows, bias, 1f, logits, null, ref losses, ref residualSum);
            float* free = residuals;
            residuals = logits;
            logits = free;
            before = tile;
            unflushed += tileRows;
        }

        if (count == 0) return 0;
        RowTiles<T>.AddToGradient(before, residuals, tileRows, stride, scratch.Gradient, (byte*)(before + tileRows * stride));
        sums.Take<T, TLanes>(ref losses, ref residualSum, scratch.Gradient);
        return count;
    }

    /// <summary>A tile's v without the bias, and g += rᵀX of the tile before.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void LogitsWhileAdding<T>(
        float* x, float* before, int rows, nint stride, float* weights, float* logits, float* residuals, float* gradient)
        where T : struct, ISimd<T>
    {
        nint twice = 2 * stride, thrice = 3 * stride;
        for (int row = 0; row < rows; row += Rows, x += Rows * stride, before += Rows * stride)
        {
            T a0 = T.Create(0f), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
            float* y = x, z = x + 4 * stride, end = x + stride;
            for (float* column = weights; y < end; y += T.Count, z += T.Count, column += T.Count)
            {
                var w = T.Load(column);
                a0 = T.MultiplyAdd(y, w, a0);
                a1 = T.MultiplyAdd(y + stride, w, a1);
                a2 = T.MultiplyAdd(y + twice, w, a2);
                a3 = T.MultiplyAdd(y + thrice, w, a3);
                a4 = T.MultiplyAdd(z, w, a4);
                a5 = T.MultiplyAdd(z + stride, w, a5);
                a6 = T.MultiplyAdd(z + twice, w, a6);
                a7 = T.MultiplyAdd(z + thrice, w, a7);
            }

            var low = T.Sums(a0, a1, a2, a3);
            var high = T.Sums(a4, a5, a6, a7);
            AddEight<T>(before, stride, residuals + row, gradient);
            low.Store(logits + row);
            high.Store(logits + row + 4);
        }
    }

    /// <summary>g += rᵀX of eight rows.</summary>
    /// <param name="x">The first row.</param>
    /// <param name="stride">Values a row.</param>
    /// <param name="residuals">r.</param>
    /// <param name="gradient">g.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddEight<T>(float* x, nint stride, float* residuals, float* gradient)
        where T : struct, ISimd<T>
    {
        T r0 = T.Create(residuals[0]), r1 = T.Create(residuals[1]), r2 = T.Create(residuals[2]), r3 = T.Create(residuals[3]);
        T r4 = T.Create(residuals[4]), r5 = T.Create(residuals[5]), r6 = T.Create(residuals[6]), r7 = T.Create(residuals[7]);
        nint twice = 2 * stride, thrice = 3 * stride;
        float* y = x, z = x + 4 * stride, end = x + stride;
        for (float* g = gradient; y < end; y += T.Count, z += T.Count, g += T.Count)
        {
            var even = T.Load(y) * r0;
            var odd = T.Load(y + stride) * r1;
            even = T.MultiplyAdd(y + twice, r2, even);
            odd = T.MultiplyAdd(y + thrice, r3, odd);
            even = T.MultiplyAdd(z, r4, even);
            odd = T.MultiplyAdd(z + stride, r5, odd);
            even = T.MultiplyAdd(z + twice, r6, even);
            odd = T.MultiplyAdd(z + thrice, r7, odd);
            (T.Load(g) + (even + odd)).Store(g);
        }
    }
}
