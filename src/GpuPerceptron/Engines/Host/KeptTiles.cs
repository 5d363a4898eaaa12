using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>
/// The fused pass over rows of three to seven registers of AVX-512, whose weights and gradient stay in others: eight rows are read one after the other for
/// their logits, and then, from the nearest cache, added to the gradient, four at once.
/// </summary>
/// <remarks>
/// Memory is asked for some KiB ahead, and for each page after the next. Measured on Zen 5, over 100 values: 0.83 to 0.9 times a plain read of X, in tiles of
/// sixteen rows, eight at once, as <see cref="RowTiles{T}"/> has them, 1.03 to 1.14; this loop with tiles of 16 rows or more is no faster than that. Halves, whose rows take half of
/// memory's time, are slower through here by a third: the eight rows' losses are waited for.
/// </remarks>
internal static unsafe class KeptTiles
{
    private const int Rows = 8; // a tile, and as many losses at once
    private const int Group = 4;
    private const int LossesALane = 16; // that are added up in float32, as of wider tiles
    private const int Ahead = 8 << 10; // bytes: of 4 to 10 KiB none was better
    private const int ShortestRow = 36, LongestRow = 112; // values

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
            3 => Pass<T, TLoss, Count3>(features, block, first, count, weights, bias, scratch, sums),
            4 => Pass<T, TLoss, Count4>(features, block, first, count, weights, bias, scratch, sums),
            5 => Pass<T, TLoss, Count5>(features, block, first, count, weights, bias, scratch, sums),
            6 => Pass<T, TLoss, Count6>(features, block, first, count, weights, bias, scratch, sums),
            7 => Pass<T, TLoss, Count7>(features, block, first, count, weights, bias, scratch, sums),
            _ => throw new UnreachableException(),
        };

    private static int Pass<T, TLoss, TRegisters>(
        float* features, SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums)
        where T : struct, ISimd<T>
        where TLoss : struct, IRowLoss
        where TRegisters : struct, ICount
    {
        int stride = block.Stride, flushRows = FusedRows.FlushRows(block.RowBytes);
        float* sampleWeights = block.SampleWeightPointer;
        count -= count % Rows;
        var losses = default(LossSums<Simd256>);
        var residuals = Simd256.Create(0f);
        for (int done = 0, rows; done < count; done += rows)
        {
            rows = Math.Min(LossesALane * Rows, count - done);
            int row = first + done;
            Add<T, TLoss, TRegisters>(
                features + (nint)row * stride, block.LabelPointer + row, sampleWeights == null ? null : sampleWeights + row, rows, stride, weights, bias,
                scratch.Logits, scratch.Gradient, ref losses, ref residuals);
            if ((done + rows) % flushRows == 0 || done + rows == count) sums.Take<T, Simd256>(ref losses, ref residuals, scratch.Gradient);
            else sums.Take(ref losses, ref residuals);
        }

        return count;
    }

    [MethodImpl(FusedRows.Hot)]
    private static void Add<T, TLoss, TRegisters>(
        float* x, byte* labels, float* sampleWeights, int rows, nint stride, float* weights, float bias, float* logits, float* gradient,
        ref LossSums<Simd256> lossSums, ref Simd256 residualSum)
        where T : struct, ISimd<T>
        where TLoss : struct, IRowLoss
        where TRegisters : struct, ICount
    {
        int last = (TRegisters.Value - 1) * T.Count; // what would come after it is the last again, and is not used
        int at3 = Math.Min(3 * T.Count, last), at4 = Math.Min(4 * T.Count, last), at5 = Math.Min(5 * T.Count, last), at6 = Math.Min(6 * T.Count, last);
        T w0 = T.Load(weights), w1 = T.Load(weights + T.Count), w2 = T.Load(weights + 2 * T.Count), w3 = T.Load(weights + at3);
        T w4 = T.Load(weights + at4), w5 = T.Load(weights + at5), w6 = T.Load(weights + at6);
        T g0 = T.Load(gradient), g1 = T.Load(gradient + T.Count), g2 = T.Load(gradient + 2 * T.Count), g3 = T.Load(gradient + at3);
        T g4 = T.Load(gradient + at4), g5 = T.Load(gradient + at5), g6 = T.Load(gradient + at6);
        var losses = lossSums;
        var residuals = residualSum;
        nint twice = 2 * stride, thrice = 3 * stride;
        for (int row = 0; row < rows; row += Rows)
        {
            float* tile = x;
            for (float* group = logits; group < logits + Rows; group += Group, x += Group * stride)
            {
                Prefetch.PageAfterNext((byte*)x);
                byte* ahead = (byte*)x + Ahead;
                for (byte* end = ahead + Group * stride * sizeof(float); ahead < end; ahead += Prefetch.LineBytes)
                    Prefetch.Bytes(ahead, Prefetch.LineBytes);
                T.Sums(
                    FewRegisters.Product<T, float, TRegisters>(x, w0, w1, w2, w3, w4, w5, w6),
                    FewRegisters.Product<T, float, TRegisters>(x + stride, w0, w1, w2, w3, w4, w5, w6),
                    FewRegisters.Product<T, float, TRegisters>(x + twice, w0, w1, w2, w3, w4, w5, w6),
                    FewRegisters.Product<T, float, TRegisters>(x + thrice, w0, w1, w2, w3, w4, w5, w6)).Store(group);
            }

            TileLosses.AddRegister<TLoss, Simd256>(
                labels + row, sampleWeights == null ? null : sampleWeights + row, bias, 1f, logits, null, ref losses, ref residuals);
            for (float* r = logits; r < logits + Rows; r += Group, tile += Group * stride)
                FewRegisters.AddFourRows<T, float, TRegisters>(tile, stride, r, ref g0, ref g1, ref g2, ref g3, ref g4, ref g5, ref g6);
        }

        FewRegisters.Store<T, TRegisters>(gradient, g0, g1, g2, g3, g4, g5, g6);
        lossSums = losses;
        residualSum = residuals;
    }
}
