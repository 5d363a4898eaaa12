using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Host;

namespace GpuPerceptron.Engines.Simd;

/// <summary>
/// The fused pass over rows of eight values, in float32 or float16, as <see cref="EightColumns512"/> has it, in registers of AVX2: eight rows at a
/// time, from the row to the gradient.
/// </summary>
/// <remarks>
/// A transposition inside the halves of four registers brings to a register column j of four rows, and column j + 4 (float32), or one column of eight
/// rows (float16, in pairs of columns).
/// <para>Floor: 32 or 16 bytes a row; some 10 operations a row of 8 lanes' width, of which the loss takes half.</para>
/// </remarks>
internal static unsafe class EightColumns256
{
    /// <summary>Rows at once.</summary>
    public const int Group = 8;

    private const int Stride = EightColumns512.Stride;
    private const int Ahead = 8 << 10; // bytes that memory is asked for in advance, where that was found to pay
    private const int AheadOfHalves = 11 << 9;

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
            rows = Math.Min(FusedRows.ShortFlushRows, end - first);
            byte* y = block.LabelPointer + first;
            float* s = sampleWeights == null ? null : sampleWeights + first;
            var (losses, residuals) = halves
                ? PassHalves<TLoss>(block.HalfPointer + (nint)first * Stride, rows, y, s, weights, bias, scratch.Gradient)
                : PassFloats<TLoss>(block.FeaturePointer + (nint)first * Stride, rows, y, s, weights, bias, scratch.Gradient);
            sums.Take<Simd256, Simd256>(ref losses, ref residuals, scratch.Gradient, halves ? ScaledHalves.Factor : 1f);
        }
    }

    [MethodImpl(FusedRows.Hot)]
    private static (LossSums<Simd256> Losses, Simd256 Residuals) PassFloats<TLoss>(
        float* x, int rows, byte* labels, float* sampleWeights, float* weights, float bias, float* gradient)
        where TLoss : struct, IRowLoss
    {
        Vector256<float> w0 = ColumnAndFourth(weights), w1 = ColumnAndFourth(weights + 1);
        Vector256<float> w2 = ColumnAndFourth(weights + 2), w3 = ColumnAndFourth(weights + 3);
        Vector256<float> g0 = default, g1 = default, g2 = default, g3 = default;
        var residuals = default(Simd256);
        var losses = default(LossSums<Simd256>);
        for (int row = 0; row < rows; row += Group, x += Group * Stride)
        {
            if (Processor.HasLargeCache)
            {
                Prefetch.Bytes((byte*)x + Ahead, Group * Stride * sizeof(float));
                Prefetch.PageAfterNext((byte*)x);
                Prefetch.LabelsAfterNextPage(labels, row);
            }

            var (a0, a1, a2, a3) = Transposed(
                Vector256.Load(x), Vector256.Load(x + Stride), Vector256.Load(x + 2 * Stride), Vector256.Load(x + 3 * Stride));
            var (b0, b1, b2, b3) = Transposed(
                Vector256.Load(x + 4 * Stride), Vector256.Load(x + 5 * Stride), Vector256.Load(x + 6 * Stride), Vector256.Load(x + 7 * Stride));
            var a = Vector256.MultiplyAddEstimate(a1, w1, a0 * w0) + Vector256.MultiplyAddEstimate(a3, w3, a2 * w2);
            var b = Vector256.MultiplyAddEstimate(b1, w1, b0 * w0) + Vector256.MultiplyAddEstimate(b3, w3, b2 * w2);
            var logits = Simd256.SumsOfParts(new(a), new(b)).Value + Vector256.Create(bias);
            var residual = TileLosses.Residuals<TLoss, Simd256>(
                new(logits), Simd256.LoadBytes(labels + row), sampleWeights != null, sampleWeights == null ? default : Simd256.Load(sampleWeights + row),
                ref losses);
            residuals += residual;
            var ra = Avx.Permute2x128(residual.Value, residual.Value, 0x00);
            var rb = Avx.Permute2x128(residual.Value, residual.Value, 0x11);
            g0 = Vector256.MultiplyAddEstimate(b0, rb, Vector256.MultiplyAddEstimate(a0, ra, g0));
            g1 = Vector256.MultiplyAddEstimate(b1, rb, Vector256.MultiplyAddEstimate(a1, ra, g1));
            g2 = Vector256.MultiplyAddEstimate(b2, rb, Vector256.MultiplyAddEstimate(a2, ra, g2));
            g3 = Vector256.MultiplyAddEstimate(b3, rb, Vector256.MultiplyAddEstimate(a3, ra, g3));
        }

        // In the halves, sums over rows of columns 0 to 3 and 4 to 7.
        var g01 = Avx.UnpackLow(g0, g1) + Avx.UnpackHigh(g0, g1);
        var g23 = Avx.UnpackLow(g2, g3) + Avx.UnpackHigh(g2, g3);
        (Avx.Shuffle(g01, g23, 0b01_00_01_00) + Avx.Shuffle(g01, g23, 0b11_10_11_10)).Store(gradient);
        return (losses, residuals);
    }

    /// <summary>w of a column, and of the fourth after it, as the halves of a register hold them.</summary>
    private static Vector256<float> ColumnAndFourth(float* weight) => Vector256.Create(Vector128.Create(weight[0]), Vector128.Create(weight[4]));

    /// <summary>A pipeline of four steps, as <see cref="EightColumns512"/> has it.</summary>
    [MethodImpl(FusedRows.Hot)]
    [SkipLocalsInit]
    private static (LossSums<Simd256> Losses, Simd256 Residuals) PassHalves<TLoss>(
        Half* x, int rows, byte* labels, float* sampleWeights, float* weights, float bias, float* gradient)
        where TLoss : struct, IRowLoss
    {
        const int Lanes = 8;
        float* memory = stackalloc float[(3 * Group + Lanes) * Stride + 2 * Lanes];
        float* w = (float*)(((nint)memory + Prefetch.LineBytes - 1) & -Prefetch.LineBytes);
        for (int j = 0; j < Stride; j++)
            Vector256.Create(weights[j]).Store(w + j * Lanes);
        var b = Vector256.Create(bias / ScaledHalves.Factor);
        Vector256<float> g0 = default, g1 = default, g2 = default, g3 = default;
        Vector256<float> g4 = default, g5 = default, g6 = default, g7 = default, residuals = default;
        var losses = default(LossSums<Simd256>);
        Vector256<float> logits = default, r = default;
        (Simd256 Sign, Simd256 Margins, Simd256 Odds) begun = default;
        float* oldest = w + Lanes * Stride, older = oldest + Group * Stride, newest = older + Group * Stride;
        for (int row = 0; row < rows + 3 * Group; row += Group, x += Group * Stride)
        {
            if (row >= 3 * Group)
            {
                g0 = Vector256.MultiplyAddEstimate(Vector256.Load(oldest), r, g0);
                g1 = Vector256.MultiplyAddEstimate(Vector256.Load(oldest + Lanes), r, g1);
                g2 = Vector256.MultiplyAddEstimate(Vector256.Load(oldest + 2 * Lanes), r, g2);
                g3 = Vector256.MultiplyAddEstimate(Vector256.Load(oldest + 3 * Lanes), r, g3);
                g4 = Vector256.MultiplyAddEstimate(Vector256.Load(oldest + 4 * Lanes), r, g4);
                g5 = Vector256.MultiplyAddEstimate(Vector256.Load(oldest + 5 * Lanes), r, g5);
                g6 = Vector256.MultiplyAddEstimate(Vector256.Load(oldest + 6 * Lanes), r, g6);
                g7 = Vector256.MultiplyAddEstimate(Vector256.Load(oldest + 7 * Lanes), r, g7);
            }

            if (row >= 2 * Group && row < rows + 2 * Group)
            {
                var s = sampleWeights == null ? default : Simd256.Load(sampleWeights + row - 2 * Group);
                r = TileLosses.Residuals<TLoss, Simd256>(begun, sampleWeights != null, s, ref losses).Value;
                residuals += r;
            }

            if (row >= Group && row < rows + Group)
                begun = TLoss.Begin(new Simd256(logits), Simd256.LoadBytes(labels + row - Group), ScaledHalves.Factor);

            if (row < rows)
            {
                Prefetch.Bytes((byte*)x + AheadOfHalves, Group * Stride * sizeof(ushort));
                Prefetch.PageAfterNext((byte*)x);
                Prefetch.LabelsAfterNextPage(labels, row);
                // Of rows 0 to 3 the pairs of columns are in the lower halves, of rows 4 to 7 in the upper.
                var (p0, p1, p2, p3) = Transposed(Rows(x, 0, 4), Rows(x, 1, 5), Rows(x, 2, 6), Rows(x, 3, 7));
                Vector256<float> even = b, odd = default;
                AddColumns(p0, w, oldest, ref even, ref odd);
                AddColumns(p1, w + 2 * Lanes, oldest + 2 * Lanes, ref even, ref odd);
                AddColumns(p2, w + 4 * Lanes, oldest + 4 * Lanes, ref even, ref odd);
                AddColumns(p3, w + 6 * Lanes, oldest + 6 * Lanes, ref even, ref odd);
                logits = even + odd;
            }

            float* free = oldest;
            oldest = older;
            older = newest;
            newest = free;
        }

        Simd256.Sums(new(g0), new(g1), new(g2), new(g3)).Store(gradient);
        Simd256.Sums(new(g4), new(g5), new(g6), new(g7)).Store(gradient + 4);
        return (losses, new(residuals * Vector256.Create(1 / ScaledHalves.Factor)));
    }

    /// <summary>Two rows in float16, in the halves of a register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Rows(Half* x, int lower, int upper) =>
        Avx.InsertVector128(Vector256.Load((float*)(x + lower * Stride)), Vector128.Load((float*)(x + upper * Stride)), 1);

    /// <summary>Converts two columns of eight rows, writes them, and adds their products with w.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddColumns(Vector256<float> pairs, float* w, float* values, ref Vector256<float> even, ref Vector256<float> odd)
    {
        Vector256<float> lower = Simd256.LowerHalf(pairs), upper = Simd256.UpperHalf(pairs);
        lower.Store(values);
        upper.Store(values + Vector256<float>.Count);
        even = Vector256.MultiplyAddEstimate(Vector256.Load(w), lower, even);
        odd = Vector256.MultiplyAddEstimate(Vector256.Load(w + Vector256<float>.Count), upper, odd);
    }

    /// <summary>In each half, the first values of four registers' halves, the second, the third, the fourth.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> First, Vector256<float> Second, Vector256<float> Third, Vector256<float> Fourth) Transposed(
        Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
    {
        Vector256<double> abLow = Avx.UnpackLow(a, b).AsDouble(), abHigh = Avx.UnpackHigh(a, b).AsDouble();
        Vector256<double> cdLow = Avx.UnpackLow(c, d).AsDouble(), cdHigh = Avx.UnpackHigh(c, d).AsDouble();
        return (
            Avx.UnpackLow(abLow, cdLow).AsSingle(), Avx.UnpackHigh(abLow, cdLow).AsSingle(),
            Avx.UnpackLow(abHigh, cdHigh).AsSingle(), Avx.UnpackHigh(abHigh, cdHigh).AsSingle());
    }
}
