using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>
/// The fused pass over rows of two to eight registers of AVX-512, whose weights and gradient stay in others: sixteen rows, of more than four registers eight,
/// are read one after the other for their logits, and then, from the nearest cache, added to the gradient, four at once.
/// </summary>
/// <remarks>
/// Memory is asked for some KiB ahead, and for each page after the next. Measured on Zen 5, one thread, times a plain read of X: 1.01 to 1.10 over 24 to 128 values; through
/// <see cref="RowTiles{T}"/>, sixteen rows a tile, eight at once, 1.10 to 1.25 over 24 to 36 values and 1.35 to 1.45 over 116 to 128. With eight rows a tile 28 values take
/// 1.26, as the eight rows' losses are waited for; with sixteen 100 values take 1.11. Halves, whose rows take half of memory's time, are slower through here by a third.
/// </remarks>
internal static unsafe class KeptTiles
{
    private const int Group = 4;
    private const int LossesALane = 16; // that are added up in float32, as of wider tiles
    private const int Ahead = 8 << 10; // bytes: of 4 to 10 KiB none was better
    private const int ShortestRow = 20, LongestRow = 128; // values

    /// <summary>Whether such rows are faster through here than otherwise, as measured on Zen 5.</summary>
    /// <param name="stride">Values a row.</param>
    /// <param name="kind"><see cref="Processor.Kind"/>.</param>
    public static bool Takes<T, TValue>(int stride, ProcessorKind kind)
        where T : struct, ISimd<T> =>
        kind == ProcessorKind.LargeCache && T.Count == FusedRows.MaximumLanes && typeof(TValue) == typeof(float) && stride is > ShortestRow and <= LongestRow;

    /// <inheritdoc cref="FusedRows.Pass"/>
    /// <returns>The rows of whole tiles, which are done.</returns>
    public static int Pass<T, TLoss>(
        float* features, SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums)
        where T : struct, ISimd<T>
        where TLoss : struct, IRowLoss => ((block.Stride + T.Count - 1) / T.Count) switch
        {
            2 => Pass<T, TLoss, T, Count2>(features, block, first, count, weights, bias, scratch, sums),
            3 => Pass<T, TLoss, T, Count3>(features, block, first, count, weights, bias, scratch, sums),
            4 => Pass<T, TLoss, T, Count4>(features, block, first, count, weights, bias, scratch, sums),
            5 => Pass<T, TLoss, Simd256, Count5>(features, block, first, count, weights, bias, scratch, sums),
            6 => Pass<T, TLoss, Simd256, Count6>(features, block, first, count, weights, bias, scratch, sums),
            7 => Pass<T, TLoss, Simd256, Count7>(features, block, first, count, weights, bias, scratch, sums),
            8 => Pass<T, TLoss, Simd256, Count8>(features, block, first, count, weights, bias, scratch, sums),
            _ => throw new UnreachableException(),
        };

    private static int Pass<T, TLoss, TLanes, TRegisters>(
        float* features, SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums)
        where T : struct, ISimd<T>
        where TLoss : struct, IRowLoss
        where TLanes : struct, ILanes<TLanes>
        where TRegisters : struct, ICount
    {
        int stride = block.Stride, flushRows = FusedRows.FlushRows(block.RowBytes);
        float* sampleWeights = block.SampleWeightPointer;
        count -= count % TLanes.Count;
        var losses = default(LossSums<TLanes>);
        var residuals = TLanes.Create(0f);
        for (int done = 0, rows; done < count; done += rows)
        {
            rows = Math.Min(LossesALane * TLanes.Count, count - done);
            int row = first + done;
            Add<T, TLoss, TLanes, TRegisters>(
                features + (nint)row * stride, block.LabelPointer + row, sampleWeights == null ? null : sampleWeights + row, rows, stride, weights, bias,
                scratch.Logits, scratch.Gradient, ref losses, ref residuals);
            if ((done + rows) % flushRows == 0 || done + rows == count) sums.Take<T, TLanes>(ref losses, ref residuals, scratch.Gradient);
            else sums.Take(ref losses, ref residuals);
        }

        return count;
    }

    [MethodImpl(FusedRows.Hot)]
    private static void Add<T, TLoss, TLanes, TRegisters>(
        float* x, byte* labels, float* sampleWeights, int rows, nint stride, float* weights, float bias, float* logits, float* gradient,
        ref LossSums<TLanes> lossSums, ref TLanes residualSum)
        where T : struct, ISimd<T>
        where TLoss : struct, IRowLoss
        where TLanes : struct, ILanes<TLanes>
        where TRegisters : struct, ICount
    {
        int last = (TRegisters.Value - 1) * T.Count; // what would come after it is the last again, and is not used
        int at2 = Math.Min(2 * T.Count, last), at3 = Math.Min(3 * T.Count, last), at4 = Math.Min(4 * T.Count, last);
        int at5 = Math.Min(5 * T.Count, last), at6 = Math.Min(6 * T.Count, last), at7 = Math.Min(7 * T.Count, last);
        T w0 = T.Load(weights), w1 = T.Load(weights + T.Count), w2 = T.Load(weights + at2), w3 = T.Load(weights + at3);
        T w4 = T.Load(weights + at4), w5 = T.Load(weights + at5), w6 = T.Load(weights + at6), w7 = T.Load(weights + at7);
        T g0 = T.Load(gradient), g1 = T.Load(gradient + T.Count), g2 = T.Load(gradient + at2), g3 = T.Load(gradient + at3);
        T g4 = T.Load(gradient + at4), g5 = T.Load(gradient + at5), g6 = T.Load(gradient + at6), g7 = T.Load(gradient + at7);
        var losses = lossSums;
        var residuals = residualSum;
        nint twice = 2 * stride, thrice = 3 * stride;
        for (int row = 0; row < rows; row += TLanes.Count)
        {
            float* tile = x;
            for (float* group = logits; group < logits + TLanes.Count; group += Group, x += Group * stride)
            {
                Prefetch.PageAfterNext((byte*)x);
                byte* ahead = (byte*)x + Ahead;
                for (byte* end = ahead + Group * stride * sizeof(float); ahead < end; ahead += Prefetch.LineBytes)
                    Prefetch.Bytes(ahead, Prefetch.LineBytes);
                T.Sums(
                    FewRegisters.Product<T, float, TRegisters>(x, w0, w1, w2, w3, w4, w5, w6, w7),
                    FewRegisters.Product<T, float, TRegisters>(x + stride, w0, w1, w2, w3, w4, w5, w6, w7),
                    FewRegisters.Product<T, float, TRegisters>(x + twice, w0, w1, w2, w3, w4, w5, w6, w7),
                    FewRegisters.Product<T, float, TRegisters>(x + thrice, w0, w1, w2, w3, w4, w5, w6, w7)).Store(group);
            }

            TileLosses.AddRegister<TLoss, TLanes>(
                labels + row, sampleWeights == null ? null : sampleWeights + row, bias, 1f, logits, null, ref losses, ref residuals);
            for (float* r = logits; r < logits + TLanes.Count; r += Group, tile += Group * stride)
                FewRegisters.AddFourRows<T, float, TRegisters>(tile, stride, r, ref g0, ref g1, ref g2, ref g3, ref g4, ref g5, ref g6, ref g7);
        }

        FewRegisters.Store<T, TRegisters>(gradient, g0, g1, g2, g3, g4, g5, g6, g7);
        lossSums = losses;
        residualSum = residuals;
    }
}
