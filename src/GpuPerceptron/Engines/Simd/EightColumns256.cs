using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Host;

namespace GpuPerceptron.Engines.Simd;

/// <summary>
/// The fused pass over rows of eight values in float32 as <see cref="EightColumns512"/> has it, in registers of AVX2: eight rows at a time,
/// from the row to the gradient.
/// </summary>
/// <remarks>
/// Four rows fill four registers. A transposition inside the halves brings to a register column j of the four, and column j + 4.
/// <para>Floor: 32 bytes a row; some 10 operations a row of 8 lanes' width, of which the loss takes half.</para>
/// </remarks>
internal static unsafe class EightColumns256
{
    /// <summary>Rows at once.</summary>
    public const int Group = 8;

    private const int Stride = EightColumns512.Stride;
    private const int Ahead = 8 << 10; // that memory is asked for in advance, where that was found to pay

    /// <summary>Adds the losses and gradient of rows, a multiple of <see cref="Group"/>, to <paramref name="sums"/>.</summary>
    /// <param name="block">The rows' block.</param>
    /// <param name="first">First row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="weights">w.</param>
    /// <param name="bias">b.</param>
    /// <param name="scratch">The thread's own memory.</param>
    /// <param name="sums">The sums so far.</param>
    public static void Pass<TLoss>(
        SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums)
        where TLoss : struct, IRowLoss
    {
        float* sampleWeights = block.SampleWeightPointer;
        for (int end = first + count, rows; first < end; first += rows)
        {
            rows = Math.Min(FusedRows.ShortFlushRows, end - first);
            var (losses, residuals) = PassRows<TLoss>(
                block.FeaturePointer + (nint)first * Stride, rows, block.LabelPointer + first, sampleWeights == null ? null : sampleWeights + first,
                weights, bias, scratch.Gradient);
            sums.Take<Simd256, Simd256>(ref losses, ref residuals, scratch.Gradient);
        }
    }

    [MethodImpl(FusedRows.Hot)]
    private static (LossSums<Simd256> Losses, Simd256 Residuals) PassRows<TLoss>(
        float* x, int rows, float* labels, float* sampleWeights, float* weights, float bias, float* gradient)
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
                Prefetch.PageAfterNext((byte*)(labels + row));
            }

            var (a0, a1, a2, a3) = Transposed(x);
            var (b0, b1, b2, b3) = Transposed(x + 4 * Stride);
            var a = Vector256.MultiplyAddEstimate(a1, w1, a0 * w0) + Vector256.MultiplyAddEstimate(a3, w3, a2 * w2);
            var b = Vector256.MultiplyAddEstimate(b1, w1, b0 * w0) + Vector256.MultiplyAddEstimate(b3, w3, b2 * w2);
            var logits = Avx.Permute2x128(a, b, 0x20) + Avx.Permute2x128(a, b, 0x31) + Vector256.Create(bias);
            var residual = TileLosses.Residuals<TLoss, Simd256>(
                new(logits), Simd256.Load(labels + row), sampleWeights != null, sampleWeights == null ? default : Simd256.Load(sampleWeights + row),
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

    /// <summary>Of four rows, in the halves of a register columns 0 and 4, then 1 and 5, 2 and 6, 3 and 7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> First, Vector256<float> Second, Vector256<float> Third, Vector256<float> Fourth) Transposed(float* x)
    {
        Vector256<float> r0 = Vector256.Load(x), r1 = Vector256.Load(x + Stride);
        Vector256<float> r2 = Vector256.Load(x + 2 * Stride), r3 = Vector256.Load(x + 3 * Stride);
        Vector256<double> low01 = Avx.UnpackLow(r0, r1).AsDouble(), high01 = Avx.UnpackHigh(r0, r1).AsDouble();
        Vector256<double> low23 = Avx.UnpackLow(r2, r3).AsDouble(), high23 = Avx.UnpackHigh(r2, r3).AsDouble();
        return (
            Avx.UnpackLow(low01, low23).AsSingle(), Avx.UnpackHigh(low01, low23).AsSingle(),
            Avx.UnpackLow(high01, high23).AsSingle(), Avx.UnpackHigh(high01, high23).AsSingle());
    }
}
