using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GpuPerceptron.Engines.Host;

namespace GpuPerceptron.Engines.Simd;

/// <summary>
/// The two products of a tile of rows in float16 that each fill one register of AVX-512, or more than half of it, pair by pair: a lane holds two
/// values, of which the lower and the upper become a register each. Weights and gradient, in the same order, stay in registers.
/// </summary>
/// <remarks>Conversion is what these rows' pass takes its time for: four operations for 32 values, in place of six by halves of a register.</remarks>
internal static unsafe class PairedHalves512
{
    /// <summary>Rows at once, whose logits fill a register.</summary>
    private const int Group = 16;

    /// <summary>Whether so many rows of that length can be taken.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="stride">Values a row.</param>
    public static bool Takes(int rows, int stride) => rows % Group == 0 && stride is > 16 and <= 32;

    /// <summary>v without the bias.</summary>
    /// <param name="x">The first row.</param>
    /// <param name="rows">How many, a multiple of 16.</param>
    /// <param name="stride">Values a row.</param>
    /// <param name="weights">w, times <see cref="ScaledHalves.Factor"/>, and zeros.</param>
    /// <param name="logits">Where v goes.</param>
    /// <param name="ahead">Memory to ask for in the meantime, half a row's length for each row.</param>
    [MethodImpl(FusedRows.Hot)]
    public static void Logits(Half* x, int rows, nint stride, float* weights, float* logits, byte* ahead)
    {
        Vector512<float> first = Vector512.Load(weights), second = Vector512.Load(weights + 16);
        var lower = Avx512F.PermuteVar16x32x2(first, Even, second);
        var upper = Avx512F.PermuteVar16x32x2(first, Odd, second);
        for (int row = 0; row < rows; row += Group, x += Group * stride, ahead += Group * stride)
        {
            Prefetch.Bytes(ahead, 512);
            Prefetch.PageAfterNext(ahead);
            var a = QuarterSums(x, stride, lower, upper);
            var b = QuarterSums(x + 4 * stride, stride, lower, upper);
            var c = QuarterSums(x + 8 * stride, stride, lower, upper);
            var d = QuarterSums(x + 12 * stride, stride, lower, upper);
            var v = Simd512.SumsOfQuarters(Simd512.SumsOfQuarters(a, b), Simd512.SumsOfQuarters(c, d));
            (v * Vector512.Create(ScaledHalves.Factor)).Store(logits + row);
        }
    }

    /// <summary>g += rᵀX.</summary>
    /// <param name="x">The first row.</param>
    /// <param name="residuals">r, times <see cref="ScaledHalves.Factor"/>.</param>
    /// <param name="rows">How many, a multiple of 16.</param>
    /// <param name="stride">Values a row.</param>
    /// <param name="gradient">g, divided by the same.</param>
    /// <param name="ahead">Memory to ask for in the meantime, half a row's length for each row.</param>
    [MethodImpl(FusedRows.Hot)]
    public static void AddToGradient(Half* x, float* residuals, int rows, nint stride, float* gradient, byte* ahead)
    {
        const int Rows = 4; // in two chains of additions each
        Vector512<float> lower = default, upper = default, lower2 = default, upper2 = default;
        for (int row = 0; row < rows; row += Rows, x += Rows * stride, ahead += Rows * stride)
        {
            Prefetch.Bytes(ahead, 128);
            Prefetch.PageAfterNext(ahead);
            Add(x, residuals[row], ref lower, ref upper);
            Add(x + stride, residuals[row + 1], ref lower2, ref upper2);
            Add(x + 2 * stride, residuals[row + 2], ref lower, ref upper);
            Add(x + 3 * stride, residuals[row + 3], ref lower2, ref upper2);
        }

        lower += lower2;
        upper += upper2;
        (Vector512.Load(gradient) + Avx512F.PermuteVar16x32x2(lower, FirstPairs, upper)).Store(gradient);
        (Vector512.Load(gradient + 16) + Avx512F.PermuteVar16x32x2(lower, SecondPairs, upper)).Store(gradient + 16);
    }

    private static Vector512<int> Even => Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);

    private static Vector512<int> Odd => Vector512.Create(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);

    private static Vector512<int> FirstPairs => Vector512.Create(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);

    private static Vector512<int> SecondPairs => Vector512.Create(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);

    /// <summary>Of four rows' products with w four sums each, in each quarter of a register one of every row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> QuarterSums(Half* x, nint stride, Vector512<float> lower, Vector512<float> upper) => Simd512.QuarterSums(
        Products(x, lower, upper), Products(x + stride, lower, upper), Products(x + 2 * stride, lower, upper), Products(x + 3 * stride, lower, upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Products(Half* row, Vector512<float> lower, Vector512<float> upper)
    {
        var pairs = Vector512.Load((float*)row);
        return Vector512.MultiplyAddEstimate(Simd512.LowerHalf(pairs), lower, Simd512.UpperHalf(pairs) * upper);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Half* row, float residual, ref Vector512<float> lower, ref Vector512<float> upper)
    {
        var pairs = Vector512.Load((float*)row);
        var r = Vector512.Create(residual);
        lower = Vector512.MultiplyAddEstimate(Simd512.LowerHalf(pairs), r, lower);
        upper = Vector512.MultiplyAddEstimate(Simd512.UpperHalf(pairs), r, upper);
    }
}
