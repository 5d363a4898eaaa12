using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>
/// The fused pass over long rows, four a tile: the logits of all four at once, then the gradient from the last values, which are in the nearest cache still,
/// to the first; all along the next tile is asked for.
/// </summary>
/// <remarks>
/// Floor: while a core of Intel's reads its second-level cache, less comes from memory, so that time is added to memory's. Of 4,096 values every second use is
/// from there but the last's: at 115 GB/s, measured, a tenth of a plain read of X, which makes 1.08 to 1.16 of it in all. Two rows a tile take 2 to 8 % more, as weights
/// and gradient are loaded more often; of eight, all from first to last, less stays near: 3 to 6 % more. Requests in other shares, sooner or later, or for the nearest cache, are no faster.
/// </remarks>
internal static unsafe class QuadTiles
{
    private const int Rows = 4; // a tile, and as many losses at once
    private const int LossesALane = 16; // that are added up in float32
    private const int ShortestRow = 256; // values
    private const int LongestAsked = 32 << 10; // values: of longer ones the second-level cache does not hold two tiles
    private const int PartRegisters = 128; // long sums lose digits: a lane adds up so many values, and what they make is added up

    /// <summary>Whether such rows are faster through here than otherwise, as measured on Intel's.</summary>
    /// <param name="stride">Values a row.</param>
    /// <param name="kind"><see cref="Processor.Kind"/>.</param>
    public static bool Takes<TValue>(int stride, ProcessorKind kind) =>
        kind == ProcessorKind.Intel && typeof(TValue) == typeof(float) && stride >= ShortestRow;

    /// <inheritdoc cref="FusedRows.Pass"/>
    /// <returns>The rows of whole tiles, which are done.</returns>
    public static int Pass<T, TLoss>(
        float* features, SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums)
        where T : struct, ISimd<T>
        where TLoss : struct, IRowLoss
    {
        int stride = block.Stride, flushRows = FusedRows.FlushRows(block.RowBytes);
        byte* labels = block.LabelPointer;
        float* sampleWeights = block.SampleWeightPointer;
        count -= count % Rows;
        var losses = default(LossSums<Simd128>);
        var residuals = Simd128.Create(0f);
        for (int done = 0; done < count;)
        {
            int row = first + done;
            float* x = features + (nint)row * stride;
            byte* ahead = stride <= LongestAsked ? (byte*)(x + Rows * (nint)stride) : null;
            ahead = Logits<T, Count1>(x, stride, weights, scratch.Logits, ahead);
            TileLosses.Add<TLoss, Simd128>(
                labels + row, sampleWeights == null ? null : sampleWeights + row, Rows, bias, 1f, scratch.Logits, null, ref losses, ref residuals);
            AddToGradient<T, Count1>(x, stride, scratch.Logits, scratch.Gradient, ahead);
            done += Rows;
            if (done % flushRows == 0 || done == count) sums.Take<T, Simd128>(ref losses, ref residuals, scratch.Gradient);
            else if (done % (LossesALane * Rows) == 0) sums.Take(ref losses, ref residuals);
        }

        return count;
    }

    /// <summary>v of four rows without the bias; asks for half of the next tile, unless the count, of those half tiles, is 0.</summary>
    /// <returns>What to ask for next.</returns>
    [MethodImpl(FusedRows.Hot)]
    public static byte* Logits<T, THalves>(float* x, nint stride, float* weights, float* logits, byte* ahead)
        where T : struct, ISimd<T>
        where THalves : struct, ICount
    {
        var sums = Vector128<float>.Zero;
        for (nint j = 0; j < stride;)
        {
            nint end = Math.Min(stride, j + PartRegisters * T.Count);
            T a0 = T.Create(0f), a1 = a0, a2 = a0, a3 = a0;
            for (; j < end; j += T.Count)
            {
                ahead = AskForHalf<T, THalves>(ahead);
                var w = T.Load(weights + j);
                a0 = T.MultiplyAdd(x + j, w, a0);
                a1 = T.MultiplyAdd(x + j + stride, w, a1);
                a2 = T.MultiplyAdd(x + j + 2 * stride, w, a2);
                a3 = T.MultiplyAdd(x + j + 3 * stride, w, a3);
            }

            sums += T.Sums(a0, a1, a2, a3);
        }

        sums.Store(logits);
        return ahead;
    }

    /// <summary>g += rᵀX of four rows, the last values first; asks for the other half.</summary>
    [MethodImpl(FusedRows.Hot)]
    public static void AddToGradient<T, THalves>(float* x, nint stride, float* residuals, float* gradient, byte* ahead)
        where T : struct, ISimd<T>
        where THalves : struct, ICount
    {
        T r0 = T.Create(residuals[0]), r1 = T.Create(residuals[1]), r2 = T.Create(residuals[2]), r3 = T.Create(residuals[3]);
        for (nint j = (stride - 1) / T.Count * T.Count; j >= 0; j -= T.Count)
        {
            ahead = AskForHalf<T, THalves>(ahead);
            (T.Load(gradient + j) + FewRegisters.FourRows(x + j, stride, r0, r1, r2, r3)).Store(gradient + j);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* AskForHalf<T, THalves>(byte* ahead)
        where T : struct, ISimd<T>
        where THalves : struct, ICount
    {
        if (THalves.Value == 0 || ahead == null) return null;
        int bytes = Rows / 2 * T.Count * sizeof(float);
        Prefetch.OfNextTile(ahead, bytes);
        return ahead + bytes;
    }
}
