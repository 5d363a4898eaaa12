using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>
/// The fused pass through a pipeline of tiles, in which one loop reads a tile row after row, for its logits, and adds the tile before it,
/// which is in the nearest cache, to the gradient.
/// </summary>
/// <remarks>
/// <para>
/// So memory is read as one run, which the processor's own prefetching follows, and is asked evenly. With one product after the other
/// it rests during the second: what is asked for faster than it answers is dropped (Zen 3 takes a line in 3 ns and drops half of the
/// requests that come every 2), and a processor looks ahead a few hundred instructions: during the second product none of them reads
/// what memory has yet to bring.
/// </para>
/// <para>
/// Between the two uses of a value there are up to two tiles of others, the weights and the gradient. The more rows are added at once, the
/// less often the gradient is loaded and stored, but the sooner they leave the nearest cache: four, or of long rows two. Tiles of more
/// than one such group, as short rows have, are there for the losses, which are computed for as many rows at once as there are. Of rows of
/// two to seven registers of AVX-512 or AVX2 weights and gradient stay in others, as far as there are as many.
/// </para>
/// <para>
/// What pays was measured: with Zen 4 (nearest cache of 32 KiB), in registers of each width, such rows are fastest where nothing is
/// requested, and those of more than 1,024 values through tiles; with Zen 5 (48 KiB), in registers of either width, where lines are requested 6 KiB ahead
/// and nothing else (with the page after the next, 4 KiB ahead, rows of 784 to 1,500 values took a tenth longer; through tiles those of 144 to 320 a third).
/// Intel's (48 KiB) are as fast or faster through tiles of eight rows or four, whatever the rows. Zen 3 has AVX2 only, and was not measured with these loops; with tiles
/// it wanted requests.
/// </para>
/// </remarks>
internal static unsafe class RowPipeline
{
    private const int LongRowBytes = 1280; // from here on two rows at once were faster than four
    private const int MostBytesOfSixteen = 192; // of sixteen longer ones too much lies between the two uses of a value
    private const int MostKept = 7; // registers of weights, and as many of gradient
    private const int LossesALane = 8; // that fewer than sixteen lanes add up in float32; of two rows in four lanes twice as many

    /// <summary>Whether such rows are faster through here than otherwise.</summary>
    /// <param name="stride">Values a row. Of the shortest much of a register is empty; of the longest even weights and gradient leave the nearest cache.</param>
    /// <param name="kind"><see cref="Processor.Kind"/>.</param>
    public static bool Takes<T, TValue>(int stride, ProcessorKind kind)
        where T : struct, ISimd<T>
    {
        bool areHalves = typeof(TValue) == typeof(Half);
        if (kind == ProcessorKind.Intel) return false;
        if (kind == ProcessorKind.LargeCache)
        {
            if (areHalves) return T.Count == FusedRows.MaximumLanes && stride is > 832 and <= 4096;
            return stride > (T.Count == FusedRows.MaximumLanes ? 128 : 144); // up to where LongTiles begin
        }

        int least = T.Count == FusedRows.MaximumLanes ? 20 : TilePipeline.LongestRow<T>();
        return !areHalves && stride > least && stride <= 1024;
    }

    /// <inheritdoc cref="FusedRows.Pass"/>
    /// <returns>The rows of whole tiles, which are done.</returns>
    public static int Pass<T, TValue, TLoss>(
        TValue* features, SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums,
        ProcessorKind kind)
        where T : struct, ISimd<T>
        where TValue : unmanaged
        where TLoss : struct, IRowLoss
    {
        if (kind == ProcessorKind.LargeCache)
        {
            if (typeof(TValue) == typeof(Half))
                return Pass<T, TValue, TLoss, Simd128, Four>(features, block, first, count, 4, weights, bias, scratch, sums);
            return Pass<T, TValue, TLoss, Simd128, Two>(features, block, first, count, 2, weights, bias, scratch, sums);
        }

        if (block.RowBytes > LongRowBytes)
            return Pass<T, TValue, TLoss, Simd128, QuietTwo>(features, block, first, count, 2, weights, bias, scratch, sums);
        if (T.Count == Simd128.Count || Registers<T>(block.Stride) > MostKept)
            return Pass<T, TValue, TLoss, Simd128, QuietFour>(features, block, first, count, 4, weights, bias, scratch, sums);

        // Losses for as many rows at once as a tile has.
        if (block.RowBytes > MostBytesOfSixteen)
            return PassKept<T, TValue, TLoss, Simd256>(features, block, first, count, 8, weights, bias, scratch, sums);
        if (T.Count == FusedRows.MaximumLanes)
            return PassKept<T, TValue, TLoss, T>(features, block, first, count, 16, weights, bias, scratch, sums);
        return PassKept<T, TValue, TLoss, Twice<T>>(features, block, first, count, 16, weights, bias, scratch, sums);
    }

    private static int Registers<T>(int stride)
        where T : struct, ISimd<T> => (stride + T.Count - 1) / T.Count;

    /// <summary>Of rows whose weights and gradient stay in registers.</summary>
    private static int PassKept<T, TValue, TLoss, TLanes>(
        TValue* features, SampleBlock block, int first, int count, int tileRows, float* weights, float bias, PassScratch scratch,
        PassSums sums)
        where T : struct, ISimd<T>
        where TValue : unmanaged
        where TLoss : struct, IRowLoss
        where TLanes : struct, ILanes<TLanes> => Registers<T>(block.Stride) switch
        {
            2 => Pass<T, TValue, TLoss, TLanes, QuietFourOf<Count2>>(features, block, first, count, tileRows, weights, bias, scratch, sums),
            3 => Pass<T, TValue, TLoss, TLanes, QuietFourOf<Count3>>(features, block, first, count, tileRows, weights, bias, scratch, sums),
            4 => Pass<T, TValue, TLoss, TLanes, QuietFourOf<Count4>>(features, block, first, count, tileRows, weights, bias, scratch, sums),
            5 => Pass<T, TValue, TLoss, TLanes, QuietFourOf<Count5>>(features, block, first, count, tileRows, weights, bias, scratch, sums),
            6 => Pass<T, TValue, TLoss, TLanes, QuietFourOf<Count6>>(features, block, first, count, tileRows, weights, bias, scratch, sums),
            7 => Pass<T, TValue, TLoss, TLanes, QuietFourOf<Count7>>(features, block, first, count, tileRows, weights, bias, scratch, sums),
            _ => throw new UnreachableException(),
        };

    [SkipLocalsInit]
    private static int Pass<T, TValue, TLoss, TLanes, TGroup>(
        TValue* features, SampleBlock block, int first, int count, int tileRows, float* weights, float bias, PassScratch scratch,
        PassSums sums)
        where T : struct, ISimd<T>
        where TValue : unmanaged
        where TLoss : struct, IRowLoss
        where TLanes : struct, ILanes<TLanes>
        where TGroup : struct, IGroup
    {
        int stride = block.Stride;
        count -= count % tileRows;
        float scale = StoredValues<T>.Scale<TValue>();
        float* gradient = scratch.Gradient;
        byte* labels = block.LabelPointer;
        float* sampleWeights = block.SampleWeightPointer;
        float* logits = scratch.Logits;
        float* residuals = stackalloc float[FusedRows.MaximumLanes]; // of the tile before: 0 where there is none
        new Span<float>(residuals, FusedRows.MaximumLanes).Clear();
        var losses = default(LossSums<TLanes>);
        var residualSum = TLanes.Create(0f);
        int unflushed = 0, flushRows = FusedRows.FlushRows(block.RowBytes);
        TValue* before = features + (nint)first * stride;
        for (int done = 0; done < count; done += tileRows)
        {
            int row = first + done;
            TValue* tile = features + (nint)row * stride;
            if (TGroup.Value > 0)
                LogitsOfFewRegisters<T, TValue, TGroup>(tile, before, tileRows, stride, weights, logits, residuals, gradient);
            else
                LogitsWhileAdding<T, TValue, TGroup>(tile, before, tileRows, stride, weights, logits, residuals, gradient);
            if (unflushed >= flushRows)
            {
                sums.Take<T, TLanes>(ref losses, ref residualSum, gradient, scale);
                unflushed = 0;
            }

            byte* y = labels + row;
            float* s = sampleWeights == null ? null : sampleWeights + row;
            if (TGroup.Rows == 2)
                AddLossesOfTwo<TLoss, TLanes>(y, s, bias, scale, logits, ref losses, ref residualSum);
            else
                TileLosses.Add<TLoss, TLanes>(y, s, tileRows, bias, scale, logits, null, ref losses, ref residualSum);
            float* free = residuals;
            residuals = logits;
            logits = free;
            before = tile;
            unflushed += tileRows;
            if (TLanes.Count < FusedRows.MaximumLanes && unflushed % (LossesALane * TLanes.Count) == 0)
                sums.Take(ref losses, ref residualSum);
        }

        if (count == 0) return 0;
        AddToGradient<T, TValue, TGroup>(before, tileRows, stride, residuals, gradient);
        sums.Take<T, TLanes>(ref losses, ref residualSum, gradient, scale);
        return count;
    }

    /// <summary>
    /// A tile's v without the bias: row after row, four registers a step; and in each step its share of the gradient of the tile before.
    /// </summary>
    [MethodImpl(FusedRows.Hot)]
    [SkipLocalsInit]
    private static void LogitsWhileAdding<T, TValue, TGroup>(
        TValue* x, TValue* before, int rows, nint stride, float* weights, float* logits, float* residuals, float* gradient)
        where T : struct, ISimd<T>
        where TValue : unmanaged
        where TGroup : struct, IGroup
    {
        float* lanes = stackalloc float[Simd128.Count * FusedRows.MaximumLanes];
        nint step = 4 * T.Count, lastStep = stride - step;
        for (int group = 0; group < rows; group += TGroup.Rows, before += TGroup.Rows * stride)
        {
            T r0 = T.Create(residuals[group]), r1 = T.Create(residuals[group + 1]);
            T r2 = T.Create(residuals[group + 2]), r3 = T.Create(residuals[group + 3]);
            nint k = 0;
            for (int row = 0; row < TGroup.Rows; row++, x += stride)
            {
                T a0 = T.Create(0f), a1 = a0, a2 = a0, a3 = a0;
                nint j = 0;
                for (; j <= lastStep; j += step)
                {
                    if (TGroup.RequestDistance > 0)
                        Prefetch.Bytes((byte*)(x + j) + TGroup.RequestDistance, 4 * T.Count * sizeof(TValue));

                    a0 = StoredValues<T>.MultiplyAdd(x + j, T.Load(weights + j), a0);
                    a1 = StoredValues<T>.MultiplyAdd(x + j + T.Count, T.Load(weights + j + T.Count), a1);
                    a2 = StoredValues<T>.MultiplyAdd(x + j + 2 * T.Count, T.Load(weights + j + 2 * T.Count), a2);
                    a3 = StoredValues<T>.MultiplyAdd(x + j + 3 * T.Count, T.Load(weights + j + 3 * T.Count), a3);
                    AddColumns<T, TValue, TGroup>(before + k, stride, r0, r1, r2, r3, gradient + k);
                    k += T.Count;
                    if (TGroup.Rows == 4) continue;
                    AddColumns<T, TValue, TGroup>(before + k, stride, r0, r1, r2, r3, gradient + k);
                    k += T.Count;
                }

                for (; j < stride; j += T.Count)
                    a0 = StoredValues<T>.MultiplyAdd(x + j, T.Load(weights + j), a0);
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

            var sums = T.Sums(T.Load(lanes), T.Load(lanes + T.Count), third, fourth);
            (sums * StoredValues<T>.Scale<TValue>()).Store(logits + group);
        }
    }

    /// <summary>The same, of rows of two to seven registers.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void LogitsOfFewRegisters<T, TValue, TGroup>(
        TValue* x, TValue* before, int rows, nint stride, float* weights, float* logits, float* residuals, float* gradient)
        where T : struct, ISimd<T>
        where TValue : unmanaged
        where TGroup : struct, IGroup
    {
        int last = (TGroup.Value - 1) * T.Count; // what would come after it is the last again, and is not used
        int at3 = Math.Min(3 * T.Count, last), at4 = Math.Min(4 * T.Count, last), at5 = Math.Min(5 * T.Count, last);
        int at2 = Math.Min(2 * T.Count, last), at6 = Math.Min(6 * T.Count, last), at7 = Math.Min(7 * T.Count, last);
        T w0 = T.Load(weights), w1 = T.Load(weights + T.Count), w2 = T.Load(weights + at2), w3 = T.Load(weights + at3);
        T w4 = T.Load(weights + at4), w5 = T.Load(weights + at5), w6 = T.Load(weights + at6), w7 = T.Load(weights + at7);
        T g0 = T.Load(gradient), g1 = T.Load(gradient + T.Count), g2 = T.Load(gradient + at2), g3 = T.Load(gradient + at3);
        T g4 = T.Load(gradient + at4), g5 = T.Load(gradient + at5), g6 = T.Load(gradient + at6), g7 = T.Load(gradient + at7);
        nint twice = 2 * stride, thrice = 3 * stride;
        for (int row = 0; row < rows; row += 4, x += 4 * stride, before += 4 * stride)
        {
            // Row after row, as memory is asked for.
            T a = FewRegisters.Product<T, TValue, TGroup>(x, w0, w1, w2, w3, w4, w5, w6, w7);
            T b = FewRegisters.Product<T, TValue, TGroup>(x + stride, w0, w1, w2, w3, w4, w5, w6, w7);
            T c = FewRegisters.Product<T, TValue, TGroup>(x + twice, w0, w1, w2, w3, w4, w5, w6, w7);
            T d = FewRegisters.Product<T, TValue, TGroup>(x + thrice, w0, w1, w2, w3, w4, w5, w6, w7);
            (T.Sums(a, b, c, d) * StoredValues<T>.Scale<TValue>()).Store(logits + row);
            FewRegisters.AddFourRows<T, TValue, TGroup>(
                before, stride, residuals + row, ref g0, ref g1, ref g2, ref g3, ref g4, ref g5, ref g6, ref g7);
        }

        FewRegisters.Store<T, TGroup>(gradient, g0, g1, g2, g3, g4, g5, g6, g7);
    }

    /// <summary>g += rᵀX of a tile.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddToGradient<T, TValue, TGroup>(TValue* x, int rows, nint stride, float* residuals, float* gradient)
        where T : struct, ISimd<T>
        where TValue : unmanaged
        where TGroup : struct, IGroup
    {
        for (int group = 0; group < rows; group += TGroup.Rows, x += TGroup.Rows * stride)
        {
            T r0 = T.Create(residuals[group]), r1 = T.Create(residuals[group + 1]);
            T r2 = T.Create(residuals[group + 2]), r3 = T.Create(residuals[group + 3]);
            for (nint k = 0; k < stride; k += T.Count)
                AddColumns<T, TValue, TGroup>(x + k, stride, r0, r1, r2, r3, gradient + k);
        }
    }

    /// <summary><see cref="TileLosses.Add"/> of two rows in four lanes, of which the others have sample weight 0.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddLossesOfTwo<TLoss, TLanes>(
        byte* labels, float* sampleWeights, float bias, float scale, float* logits,
        ref LossSums<TLanes> losses, ref TLanes residuals)
        where TLoss : struct, IRowLoss
        where TLanes : struct, ILanes<TLanes>
    {
        Debug.Assert(TLanes.Count == Simd128.Count);
        // Each is loaded as wide as it was stored: a load of what several stores wrote waits for all stores before it, among them the gradient's.
        uint twoLabels = Unsafe.ReadUnaligned<ushort>(labels);
        var two = sampleWeights == null
            ? Vector128.Create(1f, 1f, 0f, 0f)
            : Vector128.CreateScalar(Unsafe.ReadUnaligned<double>(sampleWeights)).AsSingle();
        var s = TLanes.Load((float*)&two);
        var (linear, odds, residual, _) = RowLosses.Evaluate<TLoss, TLanes>(
            TLanes.Load(logits) + TLanes.Create(bias), TLanes.LoadBytes((byte*)&twoLabels));
        residual = VectorMath.Weighted(s, residual);
        if (sampleWeights == null) losses.AddSome(linear, odds, s);
        else losses.AddWeighted(linear, odds, s);
        residuals += residual;
        (residual * TLanes.Create(scale)).Store(logits);
    }

    /// <summary>g += rᵀX of a group, a register's width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddColumns<T, TValue, TGroup>(TValue* x, nint stride, T r0, T r1, T r2, T r3, float* gradient)
        where T : struct, ISimd<T>
        where TValue : unmanaged
        where TGroup : struct, IGroup
    {
        if (TGroup.Rows == 2)
        {
            var g = StoredValues<T>.MultiplyAdd(x, r0, T.Load(gradient));
            StoredValues<T>.MultiplyAdd(x + stride, r1, g).Store(gradient);
            return;
        }

        (T.Load(gradient) + FewRegisters.FourRows(x, stride, r0, r1, r2, r3)).Store(gradient);
    }

    /// <summary>
    /// What goes together, constants of the code compiled for it. It counts the registers that a row fills, two to seven, whose weights and gradient stay in others; 0 where
    /// it may be more.
    /// </summary>
    private interface IGroup : ICount
    {
        /// <summary>Rows that are added to the gradient at once: two or four.</summary>
        static abstract int Rows { get; }

        /// <summary>Bytes ahead that memory is asked for; 0 where the processor does by itself.</summary>
        static abstract int RequestDistance { get; }

    }

    private readonly struct Two : IGroup
    {
        static int ICount.Value => 0;

        static int IGroup.Rows => 2;

        static int IGroup.RequestDistance => 6 << 10;
    }

    private readonly struct Four : IGroup
    {
        static int ICount.Value => 0;

        static int IGroup.Rows => 4;

        static int IGroup.RequestDistance => 6 << 10;
    }

    private readonly struct QuietTwo : IGroup
    {
        static int ICount.Value => 0;

        static int IGroup.Rows => 2;

        static int IGroup.RequestDistance => 0;
    }

    private readonly struct QuietFour : IGroup
    {
        static int ICount.Value => 0;

        static int IGroup.Rows => 4;

        static int IGroup.RequestDistance => 0;
    }

    private readonly struct QuietFourOf<TRegisters> : IGroup
        where TRegisters : struct, ICount
    {
        static int IGroup.Rows => 4;

        static int IGroup.RequestDistance => 0;

        static int ICount.Value => TRegisters.Value;
    }
}
