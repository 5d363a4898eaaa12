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
        Vector512<float> lower = Lower(first, second), upper = Upper(first, second);
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
            AddTo(x, Vector512.Create(residuals[row]), ref lower, ref upper);
            AddTo(x + stride, Vector512.Create(residuals[row + 1]), ref lower2, ref upper2);
            AddTo(x + 2 * stride, Vector512.Create(residuals[row + 2]), ref lower, ref upper);
            AddTo(x + 3 * stride, Vector512.Create(residuals[row + 3]), ref lower2, ref upper2);
        }

        lower += lower2;
        upper += upper2;
        (Vector512.Load(gradient) + First(lower, upper)).Store(gradient);
        (Vector512.Load(gradient + 16) + Second(lower, upper)).Store(gradient + 16);
    }

    /// <summary>Of 32 values those that the lower halves of pairs go with.</summary>
    public static Vector512<float> Lower(Vector512<float> first, Vector512<float> second) => Avx512F.PermuteVar16x32x2(
        first, Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30), second);

    /// <summary>Of 32 values those that the upper halves of pairs go with.</summary>
    public static Vector512<float> Upper(Vector512<float> first, Vector512<float> second) => Avx512F.PermuteVar16x32x2(
        first, Vector512.Create(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31), second);

    /// <summary>The first sixteen of 32 values, of those of the lower and of the upper halves.</summary>
    public static Vector512<float> First(Vector512<float> lower, Vector512<float> upper) => Avx512F.PermuteVar16x32x2(
        lower, Vector512.Create(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23), upper);

    /// <summary>The last sixteen, likewise.</summary>
    public static Vector512<float> Second(Vector512<float> lower, Vector512<float> upper) => Avx512F.PermuteVar16x32x2(
        lower, Vector512.Create(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), upper);

    /// <summary>sums + x w of 32 values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Half* x, Vector512<float> lower, Vector512<float> upper, Vector512<float> sums)
    {
        var pairs = Vector512.Load((float*)x);
        return Vector512.MultiplyAddEstimate(
            Simd512.UpperHalf(pairs), upper, Vector512.MultiplyAddEstimate(Simd512.LowerHalf(pairs), lower, sums));
    }

    /// <summary>Adds r x of 32 values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddTo(Half* x, Vector512<float> residual, ref Vector512<float> lower, ref Vector512<float> upper)
    {
        var pairs = Vector512.Load((float*)x);
        lower = Vector512.MultiplyAddEstimate(Simd512.LowerHalf(pairs), residual, lower);
        upper = Vector512.MultiplyAddEstimate(Simd512.UpperHalf(pairs), residual, upper);
    }

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
}
