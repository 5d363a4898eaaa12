using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Host;

namespace GpuPerceptron.Engines.Simd;

/// <summary>
/// The fused pass over rows of eight values, in float32 or float16, sixteen rows at a time, in registers of AVX-512 from
/// the row to the gradient: each value is loaded once, and converted once.
/// </summary>
/// <remarks>
/// Four registers hold, quarter by quarter, four values each: a transposition inside the quarters brings to a register one
/// column of sixteen rows (float16, in pairs of columns), or two columns of eight (float32). Then v is a sum of registers, without
/// sums across one, and so is g until the float64 sums take it.
/// <para>Floor: 32 or 16 bytes a row; some 5 operations a row of 16 lanes' width, of which the loss takes two fifths.</para>
/// </remarks>
internal static unsafe class EightColumns512
{
    /// <summary>Values a row.</summary>
    public const int Stride = 8;

    /// <summary>Rows at once.</summary>
    public const int Group = 16;

    /// <summary>Rows that float32 sums are taken over; a lane has a sixteenth of them, of g of float32 rows an eighth.</summary>
    private const int FlushRows = FusedRows.LongestShortFlush;

    /// <summary>Bytes that memory is asked for in advance: on Intel's of 4 to 16 KiB the best by a tenth of the pass.</summary>
    private static int Ahead
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Processor.Kind == ProcessorKind.Intel ? 11 << 9 : 8 << 10;
    }

    /// <summary>Adds the losses and gradient of rows, a multiple of <see cref="Group"/>, to <paramref name="sums"/>.</summary>
    /// <param name="block">The rows' block.</param>
    /// <param name="first">First row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="weights">w; of rows in float16 times <see cref="ScaledHalves.Factor"/>.</param>
    /// <param name="bias">b.</param>
    /// <param name="scratch">The thread's own memory.</param>
    /// <param name="sums">The sums so far.</param>
    public static void Pass<TLoss>(
        SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums)
        where TLoss : struct, IRowLoss
    {
        bool halves = block.Storage == FeatureStorage.Float16;
        float* sampleWeights = block.SampleWeightPointer;
        for (int end = first + count, rows; first < end; first += rows)
        {
            rows = Math.Min(FlushRows, end - first);
            byte* y = block.LabelPointer + first;
            float* s = sampleWeights == null ? null : sampleWeights + first;
            var (losses, residuals) = halves
                ? PassHalves<TLoss>(block.HalfPointer + (nint)first * Stride, rows, y, s, weights, bias, scratch.Gradient)
                : PassFloats<TLoss>(block.FeaturePointer + (nint)first * Stride, rows, y, s, weights, bias, scratch.Gradient);
            sums.Take<Simd512, Simd512>(ref losses, ref residuals, scratch.Gradient, halves ? ScaledHalves.Factor : 1f);
        }
    }

    [MethodImpl(FusedRows.Hot)]
    private static (LossSums<Simd512> Losses, Simd512 Residuals) PassFloats<TLoss>(
        float* x, int rows, byte* labels, float* sampleWeights, float* weights, float bias, float* gradient)
        where TLoss : struct, IRowLoss
    {
        // Quarters of a register of X: two rows' columns 0 to 3 and 4 to 7. Of column j of its four: rows 0 2 4 6 (column j),
        // 0 2 4 6 (j + 4), 1 3 5 7 (j), 1 3 5 7 (j + 4).
        var order = Vector512.Create(0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15);
        var w0 = ColumnAndFourth(weights);
        var w1 = ColumnAndFourth(weights + 1);
        var w2 = ColumnAndFourth(weights + 2);
        var w3 = ColumnAndFourth(weights + 3);
        Vector512<float> g0 = default, g1 = default, g2 = default, g3 = default, residuals = default;
        var losses = default(LossSums<Simd512>);
        for (int row = 0; row < rows; row += Group, x += Group * Stride)
        {
            Prefetch.Bytes((byte*)x + Ahead, Group * Stride * sizeof(float));
            Prefetch.PageAfterNext((byte*)x);
            Prefetch.LabelsAfterNextPage(labels, row);
            var (a0, a1, a2, a3) = Transposed(
                Vector512.Load(x), Vector512.Load(x + 16), Vector512.Load(x + 32), Vector512.Load(x + 48));
            var (b0, b1, b2, b3) = Transposed(
                Vector512.Load(x + 64), Vector512.Load(x + 80), Vector512.Load(x + 96), Vector512.Load(x + 112));
            var a = Vector512.MultiplyAddEstimate(a1, w1, a0 * w0) + Vector512.MultiplyAddEstimate(a3, w3, a2 * w2);
            var b = Vector512.MultiplyAddEstimate(b1, w1, b0 * w0) + Vector512.MultiplyAddEstimate(b3, w3, b2 * w2);
            var logits = Simd512.SumsOfQuarters(a, b) + Vector512.Create(bias);
            var r = Residuals<TLoss>(logits, labels + row, sampleWeights == null ? null : sampleWeights + row, order, ref losses);
            residuals += r;

            var ra = Avx512F.Shuffle4x128(r, r, 0b01_01_00_00);
            var rb = Avx512F.Shuffle4x128(r, r, 0b11_11_10_10);
            g0 = Vector512.MultiplyAddEstimate(b0, rb, Vector512.MultiplyAddEstimate(a0, ra, g0));
            g1 = Vector512.MultiplyAddEstimate(b1, rb, Vector512.MultiplyAddEstimate(a1, ra, g1));
            g2 = Vector512.MultiplyAddEstimate(b2, rb, Vector512.MultiplyAddEstimate(a2, ra, g2));
            g3 = Vector512.MultiplyAddEstimate(b3, rb, Vector512.MultiplyAddEstimate(a3, ra, g3));
        }

        var quarters = Simd512.QuarterSums(g0, g1, g2, g3); // in each, columns 0 to 3 or 4 to 7
        (quarters.GetLower() + quarters.GetUpper()).Store(gradient);
        return (losses, new(residuals));
    }

    /// <summary>
    /// In each step a group's logits, the first part of the last one's losses, the second of the one before, and the gradient of the one before that:
    /// none waits for another. In the order of one group they are a chain of some 100 cycles, of whose operations a processor holds few enough
    /// ready that it waits for them: on Intel's a tenth to a fifth of the pass. In float32, with half as many operations, memory is slower still.
    /// </summary>
    [MethodImpl(FusedRows.Hot)]
    [SkipLocalsInit]
    private static (LossSums<Simd512> Losses, Simd512 Residuals) PassHalves<TLoss>(
        Half* x, int rows, byte* labels, float* sampleWeights, float* weights, float bias, float* gradient)
        where TLoss : struct, IRowLoss
    {
        // Quarters of a register of X: four rows, of pairs of columns. Of a pair of its four: rows 0 4 8 12, 1 5 9 13, and so on.
        var order = Vector512.Create(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        Vector512<float> w0 = Vector512.Create(weights[0]), w1 = Vector512.Create(weights[1]);
        Vector512<float> w2 = Vector512.Create(weights[2]), w3 = Vector512.Create(weights[3]);
        Vector512<float> w4 = Vector512.Create(weights[4]), w5 = Vector512.Create(weights[5]);
        Vector512<float> w6 = Vector512.Create(weights[6]), w7 = Vector512.Create(weights[7]);
        var b = Vector512.Create(bias / ScaledHalves.Factor);
        Vector512<float> g0 = default, g1 = default, g2 = default, g3 = default;
        Vector512<float> g4 = default, g5 = default, g6 = default, g7 = default, residuals = default;
        var losses = default(LossSums<Simd512>);
        Vector512<float> logits = default, r = default;
        (Simd512 Sign, Simd512 Margins, Simd512 Odds) begun = default;
        float* memory = stackalloc float[3 * Group * Stride + Group];
        float* oldest = (float*)(((nint)memory + Prefetch.LineBytes - 1) & -Prefetch.LineBytes);
        float* older = oldest + Group * Stride, newest = older + Group * Stride;
        for (int row = 0; row < rows + 3 * Group; row += Group, x += Group * Stride)
        {
            if (row >= 3 * Group)
            {
                g0 = Vector512.MultiplyAddEstimate(Vector512.Load(oldest), r, g0);
                g1 = Vector512.MultiplyAddEstimate(Vector512.Load(oldest + 16), r, g1);
                g2 = Vector512.MultiplyAddEstimate(Vector512.Load(oldest + 32), r, g2);
                g3 = Vector512.MultiplyAddEstimate(Vector512.Load(oldest + 48), r, g3);
                g4 = Vector512.MultiplyAddEstimate(Vector512.Load(oldest + 64), r, g4);
                g5 = Vector512.MultiplyAddEstimate(Vector512.Load(oldest + 80), r, g5);
                g6 = Vector512.MultiplyAddEstimate(Vector512.Load(oldest + 96), r, g6);
                g7 = Vector512.MultiplyAddEstimate(Vector512.Load(oldest + 112), r, g7);
            }

            if (row >= 2 * Group && row < rows + 2 * Group)
            {
                var s = sampleWeights == null ? default : Avx512F.PermuteVar16x32(Vector512.Load(sampleWeights + row - 2 * Group), order);
                r = TileLosses.Residuals<TLoss, Simd512>(begun, sampleWeights != null, new(s), ref losses).Value;
                residuals += r;
            }

            if (row >= Group && row < rows + Group)
            {
                var y = Avx512F.PermuteVar16x32(Simd512.LoadBytes(labels + row - Group).Value, order);
                begun = TLoss.Begin(new Simd512(logits), new Simd512(y), ScaledHalves.Factor);
            }

            if (row < rows)
            {
                Prefetch.Bytes((byte*)x + Ahead, Group * Stride * sizeof(ushort));
                Prefetch.PageAfterNext((byte*)x);
                Prefetch.LabelsAfterNextPage(labels, row);
                var pairs = (float*)x;
                var (p0, p1, p2, p3) = Transposed(
                    Vector512.Load(pairs), Vector512.Load(pairs + 16), Vector512.Load(pairs + 32), Vector512.Load(pairs + 48));
                Vector512<float> x0 = Simd512.LowerHalf(p0), x1 = Simd512.UpperHalf(p0), x2 = Simd512.LowerHalf(p1), x3 = Simd512.UpperHalf(p1);
                Vector512<float> x4 = Simd512.LowerHalf(p2), x5 = Simd512.UpperHalf(p2), x6 = Simd512.LowerHalf(p3), x7 = Simd512.UpperHalf(p3);
                x0.Store(oldest);
                x1.Store(oldest + 16);
                x2.Store(oldest + 32);
                x3.Store(oldest + 48);
                x4.Store(oldest + 64);
                x5.Store(oldest + 80);
                x6.Store(oldest + 96);
                x7.Store(oldest + 112);
                var even = Vector512.MultiplyAddEstimate(x2, w2, Vector512.MultiplyAddEstimate(x0, w0, b));
                var odd = Vector512.MultiplyAddEstimate(x3, w3, x1 * w1);
                even = Vector512.MultiplyAddEstimate(x4, w4, even);
                odd = Vector512.MultiplyAddEstimate(x5, w5, odd);
                even = Vector512.MultiplyAddEstimate(x6, w6, even);
                odd = Vector512.MultiplyAddEstimate(x7, w7, odd);
                logits = even + odd;
            }

            float* free = oldest;
            oldest = older;
            older = newest;
            newest = free;
        }

        Simd512.Sums(new(g0), new(g1), new(g2), new(g3)).Store(gradient);
        Simd512.Sums(new(g4), new(g5), new(g6), new(g7)).Store(gradient + 4);
        return (losses, new(residuals * Vector512.Create(1 / ScaledHalves.Factor)));
    }

    /// <summary>s ∘ ∂ℓ/∂v, and the losses added.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Residuals<TLoss>(
        Vector512<float> logits, byte* labels, float* sampleWeights, Vector512<int> order, ref LossSums<Simd512> losses)
        where TLoss : struct, IRowLoss
    {
        var y = Avx512F.PermuteVar16x32(Simd512.LoadBytes(labels).Value, order);
        var s = sampleWeights == null ? default : Avx512F.PermuteVar16x32(Vector512.Load(sampleWeights), order);
        return TileLosses.Residuals<TLoss, Simd512>(new(logits), new(y), sampleWeights != null, new(s), ref losses).Value;
    }

    /// <summary>w of a column, and of the fourth after it, as the quarters of a register hold them.</summary>
    private static Vector512<float> ColumnAndFourth(float* weight)
    {
        var half = Vector256.Create(Vector128.Create(weight[0]), Vector128.Create(weight[4]));
        return Vector512.Create(half, half);
    }

    /// <summary>In each quarter, the first values of four registers' quarters, the second, the third, the fourth.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> First, Vector512<float> Second, Vector512<float> Third, Vector512<float> Fourth) Transposed(
        Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        Vector512<double> abLow = Avx512F.UnpackLow(a, b).AsDouble(), abHigh = Avx512F.UnpackHigh(a, b).AsDouble();
        Vector512<double> cdLow = Avx512F.UnpackLow(c, d).AsDouble(), cdHigh = Avx512F.UnpackHigh(c, d).AsDouble();
        return (
            Avx512F.UnpackLow(abLow, cdLow).AsSingle(), Avx512F.UnpackHigh(abLow, cdLow).AsSingle(),
            Avx512F.UnpackLow(abHigh, cdHigh).AsSingle(), Avx512F.UnpackHigh(abHigh, cdHigh).AsSingle());
    }
}
