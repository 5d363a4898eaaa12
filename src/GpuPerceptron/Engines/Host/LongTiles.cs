using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>
/// The fused pass over rows so long that their second use is from the second-level cache whatever is done: tiles that fill a part of
/// it, read row after row for their logits, then added to the gradient four rows at once, the last first: those are in the nearest cache still.
/// </summary>
/// <remarks>
/// Floor: the first use at memory's speed and the second at the cache's (some 150 GB/s a core on Zen 5, measured), for memory all but rests
/// meanwhile. It was asked in many ways, which gained 1 to 3 % at most: a core waits for few lines at a time. Begun with the first rows, eight at once, in tiles of
/// 256 KiB, a pass takes a tenth longer. To use both at once, as <see cref="RowPipeline"/> does, is slower, because the processor then no longer follows the
/// one run of lines by itself: 1.28 to 1.37 reads of 4,096 values, where the first use alone takes 0.85 and both, one after the other, 1.0
/// to 1.1.
/// </remarks>
internal static unsafe class LongTiles
{
    private const int ShortestRow = 1696;     // values
    private const int TileBytes = 128 << 10;  // an eighth of Zen 5's second-level cache
    private const int PartRegisters = 4 * 128; // long sums lose digits: a lane adds up to 128 values, and what they make is added up
    private const int Rows = 4;               // at once

    /// <summary>Whether such rows are faster through here than otherwise, as measured on Zen 5.</summary>
    /// <param name="stride">Values a row.</param>
    /// <param name="kind"><see cref="Processor.Kind"/>.</param>
    public static bool Takes<TValue>(int stride, ProcessorKind kind) =>
        kind == ProcessorKind.LargeCache && typeof(TValue) == typeof(float) && stride > ShortestRow;

    /// <inheritdoc cref="FusedRows.Pass"/>
    /// <returns>The rows of whole groups, which are done.</returns>
    public static int Pass<T, TLoss, TLanes>(
        float* features, SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums)
        where T : struct, ISimd<T>
        where TLoss : struct, IRowLoss
        where TLanes : struct, ILanes<TLanes>
    {
        int stride = block.Stride;
        // A power of two, so that sums end every flushRows.
        int tileRows = 1 << BitOperations.Log2((uint)Math.Clamp(TileBytes / block.RowBytes, Rows, FusedRows.MaximumTileRows));
        int flushRows = FusedRows.FlushRows(block.RowBytes);
        count -= count % Rows;
        byte* labels = block.LabelPointer;
        float* sampleWeights = block.SampleWeightPointer;
        var losses = default(LossSums<TLanes>);
        var residuals = TLanes.Create(0f);
        int unflushed = 0;
        for (int done = 0, rows; done < count; done += rows)
        {
            int row = first + done;
            rows = Math.Min(tileRows, count - done);
            float* x = features + (nint)row * stride;
            Logits<T>(x, rows, stride, weights, scratch.Logits);
            TileLosses.Add<TLoss, TLanes>(
                labels + row, sampleWeights == null ? null : sampleWeights + row, rows, bias, 1f, scratch.Logits, null, ref losses, ref residuals);
            AddToGradient<T>(x, rows, stride, scratch.Logits, scratch.Gradient);
            unflushed += rows;
            if (unflushed < flushRows && done + rows < count) continue;
            unflushed = 0;
            sums.Take<T, TLanes>(ref losses, ref residuals, scratch.Gradient);
        }

        return count;
    }

    /// <summary>v without the bias, row after row.</summary>
    [MethodImpl(FusedRows.Hot)]
    [SkipLocalsInit]
    private static void Logits<T>(float* x, int rows, nint stride, float* weights, float* logits)
        where T : struct, ISimd<T>
    {
        const int Group = 4; // whose sums are taken at once
        float* lanes = stackalloc float[Group * FusedRows.MaximumLanes];
        nint step = 4 * T.Count, part = PartRegisters * T.Count;
        for (int row = 0; row < rows; row++, x += stride)
        {
            var total = T.Create(0f);
            for (nint j = 0; j < stride;)
            {
                nint end = Math.Min(stride, j + part);
                T a0 = T.Create(0f), a1 = a0, a2 = a0, a3 = a0;
                for (; j <= end - step; j += step)
                {
                    Prefetch.PageAfterNext((byte*)(x + j));
                    a0 = T.MultiplyAdd(x + j, T.Load(weights + j), a0);
                    a1 = T.MultiplyAdd(x + j + T.Count, T.Load(weights + j + T.Count), a1);
                    a2 = T.MultiplyAdd(x + j + 2 * T.Count, T.Load(weights + j + 2 * T.Count), a2);
                    a3 = T.MultiplyAdd(x + j + 3 * T.Count, T.Load(weights + j + 3 * T.Count), a3);
                }

                for (; j < end; j += T.Count)
                    a0 = T.MultiplyAdd(x + j, T.Load(weights + j), a0);
                total += a0 + a1 + (a2 + a3);
            }

            int last = row % Group;
            total.Store(lanes + last * T.Count);
            if (last == Group - 1)
            {
                T.Sums(T.Load(lanes), T.Load(lanes + T.Count), T.Load(lanes + 2 * T.Count), T.Load(lanes + 3 * T.Count))
                    .Store(logits + row - last);
            }
        }
    }

    /// <summary>g += rᵀX, the last rows first: they are in the nearest cache still.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddToGradient<T>(float* x, int rows, nint stride, float* residuals, float* gradient)
        where T : struct, ISimd<T>
    {
        for (int row = rows - Rows; row >= 0; row -= Rows)
            AddFour<T>(x + row * stride, stride, residuals + row, gradient);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddFour<T>(float* x, nint stride, float* residuals, float* gradient)
        where T : struct, ISimd<T>
    {
        T r0 = T.Create(residuals[0]), r1 = T.Create(residuals[1]), r2 = T.Create(residuals[2]), r3 = T.Create(residuals[3]);
        for (nint j = 0; j < stride; j += T.Count)
            (T.Load(gradient + j) + FewRegisters.FourRows(x + j, stride, r0, r1, r2, r3)).Store(gradient + j);
    }
}
