using System.Runtime.CompilerServices;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>
/// The fused pass over rows of up to four registers, in groups of as many rows as a register has lanes. In float16 two registers are taken pair by pair, as
/// <see cref="PairedHalves{T}"/> has it; in float32 as they are. The gradient stays in registers.
/// </summary>
/// <remarks>
/// In each step a group's logits, the first part of the last one's losses, the second of the one before, and the gradient of the one before that: while
/// memory is waited for, there is always something to compute. With one product after the other over a tile of rows a pass takes longer on Intel's: in
/// float16 a tenth with AVX-512 and a fifth to a half with AVX2; in float32 up to a sixth with AVX-512 and a fifth to two fifths with AVX2.
/// Halves are converted once, and kept for the gradient; on Zen 5, whose stores are dear beside its other operations, they are
/// converted again, which takes a tenth off the pass.
/// <para>
/// Floor: 32 to 64 bytes a row in float16, 48 to 128 in float32, and a byte of label; with AVX-512 some 14 operations a row of 16 lanes' width, of which conversion takes four,
/// and the loss two; with AVX2 some 24 of 8 lanes' width, of which conversion takes eight, and the loss six.
/// </para>
/// <para>
/// The compiler keeps track of some thousand variables in a method: where what is inlined here has more, all of it goes through memory, and takes twice
/// as long. Hence eight rows a turn of a loop, no tuples of their registers, and types compared in place of counts: what is not taken then leaves no variables.
/// </para>
/// </remarks>
internal static unsafe class RowGroups<T>
    where T : struct, ISimd<T>
{
    private const int LongestRow = 32; // values

    /// <summary>
    /// Bytes that memory is asked for in advance: of 1 to 13 KiB the best on Intel's, more or less by 2 to 10 % of the pass. On Zen 5 8 to 12 KiB take 2 to 6 % off, but to
    /// choose between them here costs a variable too many (see above: 9.6 ms over rows of 28 halves in place of 5.8).
    /// </summary>
    private const int Ahead = 11 << 9;

    private static int Pair => PairedHalves<T>.Values;

    /// <summary>Rows that float32 sums are taken over.</summary>
    private static int FlushRows => T.Count == FusedRows.MaximumLanes ? FusedRows.LongestShortFlush : FusedRows.ShortFlushRows;

    /// <summary>Whether such rows are faster through here than otherwise: in float32 measured on Intel's only.</summary>
    /// <param name="block">The rows' block.</param>
    /// <param name="kind"><see cref="Processor.Kind"/>.</param>
    public static bool Takes(SampleBlock block, ProcessorKind kind)
    {
        if (T.Count == Simd128.Count || block.Stride <= EightColumns512.Stride || block.Stride > LongestRow) return false;
        return block.Storage == FeatureStorage.Float16 || kind == ProcessorKind.Intel;
    }

    /// <summary>Adds the losses and gradient of rows to <paramref name="sums"/>.</summary>
    /// <param name="block">The rows' block.</param>
    /// <param name="first">First row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="weights">w, and zeros up to <see cref="FusedRows.PaddedStride"/>; of rows in float16 times <see cref="ScaledHalves.Factor"/>.</param>
    /// <param name="bias">b.</param>
    /// <param name="scratch">The thread's own memory.</param>
    /// <param name="sums">The sums so far.</param>
    /// <param name="kind"><see cref="Processor.Kind"/>.</param>
    /// <returns>The rows that are done, a multiple of the lanes.</returns>
    public static int Pass<TLoss>(
        SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums, ProcessorKind kind)
        where TLoss : struct, IRowLoss =>
        kind == ProcessorKind.LargeCache
            ? Pass<TLoss, Again>(block, first, count, weights, bias, scratch, sums)
            : Pass<TLoss, Kept>(block, first, count, weights, bias, scratch, sums);

    private static int Pass<TLoss, THalves>(
        SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums)
        where TLoss : struct, IRowLoss
        where THalves : struct
    {
        bool halves = block.Storage == FeatureStorage.Float16;
        int stride = block.Stride, registers = (stride + T.Count - 1) / T.Count;
        float* w = stackalloc float[LongestRow]; // a copy: the rows after the last group want them as they are
        var copy = new Span<float>(w, LongestRow);
        copy.Clear();
        new ReadOnlySpan<float>(weights, FusedRows.PaddedStride(stride)).CopyTo(copy);
        if (halves && registers > 1) PairedHalves<T>.Part(w, LongestRow);
        float* sampleWeights = block.SampleWeightPointer;
        count -= count % T.Count;
        for (int done = 0, rows; done < count; done += rows)
        {
            rows = Math.Min(FlushRows, count - done);
            int row = first + done;
            float* s = sampleWeights == null ? null : sampleWeights + row;
            var labelled = new Labelled(rows, stride, block.LabelPointer + row, s);
            nint place = (nint)row * stride;
            var (losses, residuals) = (halves, registers) switch
            {
                (true, 1) => Pass<Half, TLoss, THalves, Count1>(block.HalfPointer + place, labelled, w, bias, scratch.Gradient),
                (true, 2) => Pass<Half, TLoss, THalves, Count2>(block.HalfPointer + place, labelled, w, bias, scratch.Gradient),
                (true, _) => Pass<Half, TLoss, THalves, Count4>(block.HalfPointer + place, labelled, w, bias, scratch.Gradient),
                (_, 1) => Pass<float, TLoss, Again, Count1>(block.FeaturePointer + place, labelled, w, bias, scratch.Gradient),
                (_, 2) => Pass<float, TLoss, Again, Count2>(block.FeaturePointer + place, labelled, w, bias, scratch.Gradient),
                (_, 3) => Pass<float, TLoss, Again, Count3>(block.FeaturePointer + place, labelled, w, bias, scratch.Gradient),
                _ => Pass<float, TLoss, Again, Count4>(block.FeaturePointer + place, labelled, w, bias, scratch.Gradient),
            };
            sums.Take<T, T>(ref losses, ref residuals, scratch.Gradient, halves ? ScaledHalves.Factor : 1f);
        }

        return count;
    }

    [MethodImpl(FusedRows.Hot)]
    [SkipLocalsInit]
    private static (LossSums<T> Losses, T Residuals) Pass<TValue, TLoss, THalves, TRegisters>(
        TValue* x, Labelled labelled, float* weights, float bias, float* gradient)
        where TValue : unmanaged
        where TLoss : struct, IRowLoss
        where THalves : struct
        where TRegisters : struct, ICount
    {
        int group = T.Count, keptRow = TRegisters.Value * T.Count, rows = labelled.Rows;
        nint stride = labelled.Stride;
        byte* labels = labelled.Labels;
        float* sampleWeights = labelled.SampleWeights;
        float scale = StoredValues<T>.Scale<TValue>();
        T w0 = T.Load(weights), w1 = T.Load(weights + T.Count), w2 = default, w3 = default;
        if (TRegisters.Value > 2) w2 = T.Load(weights + 2 * T.Count);
        if (TRegisters.Value > 3) w3 = T.Load(weights + 3 * T.Count);
        var b = T.Create(bias / scale);
        // The gradient: four chains where a row has one register or two, else two.
        T g0 = default, g1 = default, g2 = default, g3 = default, g4 = default, g5 = default, g6 = default, g7 = default;
        var residuals = T.Create(0f);
        var losses = default(LossSums<T>);
        (T Sign, T Margins, T Odds) begun = default;
        float* memory = stackalloc float[3 * FusedRows.MaximumLanes * LongestRow + 4 * FusedRows.MaximumLanes];
        float* r = (float*)(((nint)memory + Prefetch.LineBytes - 1) & -Prefetch.LineBytes);
        float* sums = r + FusedRows.MaximumLanes;
        float* oldest = sums + 2 * FusedRows.MaximumLanes, older = oldest + group * keptRow, newest = older + group * keptRow;
        for (int row = 0; row < rows + 3 * group; row += group, x += group * stride)
        {
            if (row >= 3 * group)
            {
                if (typeof(THalves) == typeof(Kept))
                    AddToGradient<float, TRegisters>(oldest, keptRow, r, ref g0, ref g1, ref g2, ref g3, ref g4, ref g5, ref g6, ref g7);
                else
                    AddToGradient<TValue, TRegisters>(x - 3 * group * stride, stride, r, ref g0, ref g1, ref g2, ref g3, ref g4, ref g5, ref g6, ref g7);
            }

            if (row >= 2 * group && row < rows + 2 * group)
            {
                var s = sampleWeights == null ? default : T.Load(sampleWeights + row - 2 * group);
                var residual = TileLosses.Residuals<TLoss, T>(begun, sampleWeights != null, s, ref losses);
                residual.Store(r);
                residuals += residual;
            }

            if (row >= group && row < rows + group)
            {
                var logits = T.Load(sums);
                if (T.Count > 8)
                    logits = T.SumsOfParts(logits, T.Load(sums + group));
                begun = TLoss.Begin(logits + b, T.LoadBytes(labels + row - group), scale);
            }

            if (row < rows)
            {
                Prefetch.PageAfterNext((byte*)x);
                Prefetch.LabelsAfterNextPage(labels, row);
                TValue* y = x;
                float* kept = oldest;
                for (float* sum = sums, end = sums + group / 8 * group; sum < end; sum += group, y += 8 * stride, kept += 8 * keptRow)
                {
                    var p = SumsInFours<TValue, THalves, TRegisters>(y, stride, w0, w1, w2, w3, kept);
                    var q = SumsInFours<TValue, THalves, TRegisters>(y + 4 * stride, stride, w0, w1, w2, w3, kept + 4 * keptRow);
                    T.SumsOfParts(p, q).Store(sum);
                }
            }

            float* free = oldest;
            oldest = older;
            older = newest;
            newest = free;
        }

        if (typeof(TRegisters) == typeof(Count1))
        {
            (g0 + g1 + (g2 + g3)).Store(gradient);
        }
        else if (typeof(TRegisters) == typeof(Count2))
        {
            (g0 + g2 + (g4 + g6)).Store(gradient);
            (g1 + g3 + (g5 + g7)).Store(gradient + T.Count);
        }
        else
        {
            (g0 + g4).Store(gradient);
            (g1 + g5).Store(gradient + T.Count);
            (g2 + g6).Store(gradient + 2 * T.Count);
            (g3 + g7).Store(gradient + 3 * T.Count);
        }

        if (typeof(TValue) == typeof(Half) && TRegisters.Value > 1) PairedHalves<T>.Join(gradient, keptRow);
        return (losses, residuals * T.Create(1 / scale));
    }

    /// <summary>Of four rows' products with w the sums that <see cref="ISimd{TSelf}.SumsInFours"/> gives.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T SumsInFours<TValue, THalves, TRegisters>(TValue* x, nint stride, T w0, T w1, T w2, T w3, float* kept)
        where TValue : unmanaged
        where THalves : struct
        where TRegisters : struct, ICount
    {
        int keptRow = TRegisters.Value * T.Count;
        return T.SumsInFours(
            Products<TValue, THalves, TRegisters>(x, w0, w1, w2, w3, kept),
            Products<TValue, THalves, TRegisters>(x + stride, w0, w1, w2, w3, kept + keptRow),
            Products<TValue, THalves, TRegisters>(x + 2 * stride, w0, w1, w2, w3, kept + 2 * keptRow),
            Products<TValue, THalves, TRegisters>(x + 3 * stride, w0, w1, w2, w3, kept + 3 * keptRow));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Products<TValue, THalves, TRegisters>(TValue* row, T w0, T w1, T w2, T w3, float* kept)
        where TValue : unmanaged
        where THalves : struct
        where TRegisters : struct, ICount
    {
        Prefetch.Bytes((byte*)row + Ahead, Prefetch.LineBytes); // row by row, so that the requests come evenly
        if (typeof(TValue) == typeof(float))
        {
            float* values = (float*)row;
            if (typeof(TRegisters) == typeof(Count4)) Prefetch.Bytes((byte*)row + Ahead + Prefetch.LineBytes, Prefetch.LineBytes);
            if (typeof(TRegisters) == typeof(Count1)) return T.Load(values) * w0;
            var sums = T.MultiplyAdd(values, w0, T.Load(values + T.Count) * w1);
            if (typeof(TRegisters) != typeof(Count2)) sums = T.MultiplyAdd(values + 2 * T.Count, w2, sums);
            return typeof(TRegisters) == typeof(Count4) ? T.MultiplyAdd(values + 3 * T.Count, w3, sums) : sums;
        }

        if (typeof(TRegisters) == typeof(Count1))
        {
            var values = T.LoadScaled((Half*)row);
            if (typeof(THalves) == typeof(Kept)) values.Store(kept);
            return values * w0;
        }

        var pairs = T.Load((float*)row);
        T lower = T.LowerHalves(pairs), upper = T.UpperHalves(pairs);
        Keep<THalves>(lower, upper, kept);
        var products = T.MultiplyAdd(lower, w0, upper * w1);
        if (typeof(TRegisters) == typeof(Count2)) return products;
        pairs = T.Load((float*)row + T.Count);
        lower = T.LowerHalves(pairs);
        upper = T.UpperHalves(pairs);
        Keep<THalves>(lower, upper, kept + Pair);
        return T.MultiplyAdd(lower, w2, T.MultiplyAdd(upper, w3, products));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep<THalves>(T lower, T upper, float* kept)
        where THalves : struct
    {
        if (typeof(THalves) != typeof(Kept)) return;
        lower.Store(kept);
        upper.Store(kept + T.Count);
    }

    /// <summary>g += rᵀX of a group, whose rows' registers are added up in two chains, in four where a row has one or two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddToGradient<TValue, TRegisters>(
        TValue* x, nint stride, float* r, ref T g0, ref T g1, ref T g2, ref T g3, ref T g4, ref T g5, ref T g6, ref T g7)
        where TValue : unmanaged
        where TRegisters : struct, ICount
    {
        for (float* end = r + T.Count; r < end; r += 4, x += 4 * stride)
        {
            T r0 = T.Create(r[0]), r1 = T.Create(r[1]), r2 = T.Create(r[2]), r3 = T.Create(r[3]);
            if (typeof(TRegisters) == typeof(Count1))
            {
                g0 = StoredValues<T>.MultiplyAdd(x, r0, g0);
                g1 = StoredValues<T>.MultiplyAdd(x + stride, r1, g1);
                g2 = StoredValues<T>.MultiplyAdd(x + 2 * stride, r2, g2);
                g3 = StoredValues<T>.MultiplyAdd(x + 3 * stride, r3, g3);
                continue;
            }

            AddScaled<TValue, TRegisters>(x, r0, ref g0, ref g1, ref g2, ref g3);
            AddScaled<TValue, TRegisters>(x + stride, r1, ref g4, ref g5, ref g6, ref g7);
            if (typeof(TRegisters) == typeof(Count2))
            {
                AddScaled<TValue, TRegisters>(x + 2 * stride, r2, ref g2, ref g3, ref g0, ref g1);
                AddScaled<TValue, TRegisters>(x + 3 * stride, r3, ref g6, ref g7, ref g4, ref g5);
                continue;
            }

            AddScaled<TValue, TRegisters>(x + 2 * stride, r2, ref g0, ref g1, ref g2, ref g3);
            AddScaled<TValue, TRegisters>(x + 3 * stride, r3, ref g4, ref g5, ref g6, ref g7);
        }
    }

    /// <summary>g += r x of a row, of whose four registers it may have fewer; of halves those of pairs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddScaled<TValue, TRegisters>(TValue* x, T residual, ref T g0, ref T g1, ref T g2, ref T g3)
        where TValue : unmanaged
        where TRegisters : struct, ICount
    {
        if (typeof(TValue) == typeof(Half))
        {
            var pairs = T.Load((float*)x);
            g0 = T.MultiplyAdd(T.LowerHalves(pairs), residual, g0);
            g1 = T.MultiplyAdd(T.UpperHalves(pairs), residual, g1);
            if (typeof(TRegisters) == typeof(Count2)) return;
            pairs = T.Load((float*)x + T.Count);
            g2 = T.MultiplyAdd(T.LowerHalves(pairs), residual, g2);
            g3 = T.MultiplyAdd(T.UpperHalves(pairs), residual, g3);
            return;
        }

        float* values = (float*)x;
        g0 = T.MultiplyAdd(values, residual, g0);
        g1 = T.MultiplyAdd(values + T.Count, residual, g1);
        if (typeof(TRegisters) != typeof(Count2)) g2 = T.MultiplyAdd(values + 2 * T.Count, residual, g2);
        if (typeof(TRegisters) == typeof(Count4)) g3 = T.MultiplyAdd(values + 3 * T.Count, residual, g3);
    }

    /// <summary>Converted halves are kept for the gradient.</summary>
    private readonly struct Kept;

    /// <summary>Halves are converted again.</summary>
    private readonly struct Again;

    /// <summary>Rows, their labels, and their weights; null where each is 1.</summary>
    private readonly struct Labelled(int rows, nint stride, byte* labels, float* sampleWeights)
    {
        public readonly int Rows = rows;
        public readonly nint Stride = stride; // values from one row to the next
        public readonly byte* Labels = labels;
        public readonly float* SampleWeights = sampleWeights;
    }
}
