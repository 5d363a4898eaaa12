using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GpuPerceptron.Engines.Simd;

/// <summary>
/// The two products of the fused pass with rows of eight values, in float32 or float16, two of which fill a register of
/// AVX-512: half the loads, and a third of the shuffles, that one row a register would take.
/// </summary>
internal static unsafe class PairedRows512
{
    /// <summary>Values a row.</summary>
    public const int Stride = 8;

    /// <summary>Rows at once: as many logits fill a register.</summary>
    public const int Group = 16;

    private const int PairsAtOnce = Group / 2;

    /// <summary>v without the bias.</summary>
    /// <param name="x">The rows.</param>
    /// <param name="rows">How many, a multiple of <see cref="Group"/>.</param>
    /// <param name="weights">w, <see cref="Stride"/> values.</param>
    /// <param name="logits">Takes v.</param>
    /// <param name="ahead">The memory to ask for meanwhile, half as much as the rows.</param>
    [MethodImpl(FusedRows.Hot)]
    public static void Logits<TValue>(TValue* x, int rows, float* weights, float* logits, byte* ahead)
        where TValue : unmanaged
    {
        var w = Vector512.Create(Vector256.Load(weights), Vector256.Load(weights));
        var inOrder = Vector512.Create(0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
        for (int row = 0; row < rows; row += Group, x += Group * Stride, ahead += Group * Stride / 2 * sizeof(TValue))
        {
            Prefetch.Bytes(ahead, Group * Stride / 2 * sizeof(TValue));
            Prefetch.PageAfterNext(ahead);
            // In each quarter of a register, a row's four columns: of the first row in two quarters, then of the second.
            var low = QuarterSums(
                Load(x) * w, Load(x + 16) * w, Load(x + 32) * w, Load(x + 48) * w);
            var high = QuarterSums(
                Load(x + 64) * w, Load(x + 80) * w, Load(x + 96) * w, Load(x + 112) * w);
            var sums = Avx512F.Shuffle4x128(low, high, 0b10_00_10_00) + Avx512F.Shuffle4x128(low, high, 0b11_01_11_01);
            Avx512F.PermuteVar16x32(sums, inOrder).Store(logits + row); // were rows 0 2 4 6, 1 3 5 7, 8 10 12 14, 9 11 13 15
        }
    }

    /// <summary>g += rᵀX.</summary>
    /// <param name="x">The rows.</param>
    /// <param name="residuals">r.</param>
    /// <param name="rows">How many, a multiple of <see cref="Group"/>.</param>
    /// <param name="gradient">g, <see cref="Stride"/> values.</param>
    /// <param name="ahead">The memory to ask for meanwhile, half as much as the rows.</param>
    [MethodImpl(FusedRows.Hot)]
    public static void AddToGradient<TValue>(TValue* x, float* residuals, int rows, float* gradient, byte* ahead)
        where TValue : unmanaged
    {
        var firstPair = Vector512.Create(Vector256<int>.Zero, Vector256<int>.One);
        var next = Vector512.Create(2);
        Vector512<float> even = default, odd = default;
        for (int row = 0; row < rows; row += Group, x += Group * Stride, ahead += Group * Stride / 2 * sizeof(TValue))
        {
            Prefetch.Bytes(ahead, Group * Stride / 2 * sizeof(TValue));
            Prefetch.PageAfterNext(ahead);
            var r = Vector512.Load(residuals + row);
            var pair = firstPair;
            for (int k = 0; k < PairsAtOnce; k += 2)
            {
                even = Vector512.MultiplyAddEstimate(Load(x + 16 * k), Avx512F.PermuteVar16x32(r, pair), even);
                pair += next;
                odd = Vector512.MultiplyAddEstimate(Load(x + 16 * k + 16), Avx512F.PermuteVar16x32(r, pair), odd);
                pair += next;
            }
        }

        var sums = even + odd;
        (Vector256.Load(gradient) + (sums.GetLower() + sums.GetUpper())).Store(gradient);
    }

    /// <summary>A pair of rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Load<TValue>(TValue* pair)
        where TValue : unmanaged => FusedRows<Simd512>.Load(pair).Value;

    /// <summary>Quarter by quarter, the sums of four registers' four values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> QuarterSums(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        var ab = Avx512F.UnpackLow(a, b) + Avx512F.UnpackHigh(a, b);
        var cd = Avx512F.UnpackLow(c, d) + Avx512F.UnpackHigh(c, d);
        return Avx512F.Shuffle(ab, cd, 0x44) + Avx512F.Shuffle(ab, cd, 0xEE);
    }
}
