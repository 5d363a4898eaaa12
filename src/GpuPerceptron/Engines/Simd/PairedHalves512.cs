using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GpuPerceptron.Engines.Simd;

/// <summary>
/// Rows in float16, pair by pair, in registers of AVX-512: a lane holds two values, of which the lower and the upper become a register each, and
/// weights and gradient come in the same order.
/// </summary>
/// <remarks>
/// Conversion is what these rows' pass takes much of its time for: four operations for 32 values, in place of six by halves of a register.
/// </remarks>
internal static unsafe class PairedHalves512
{
    /// <summary>Values at once, whose weights and gradients fill two registers.</summary>
    public const int Values = 32;

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

    /// <summary>32 values, times 2⁻¹¹²: see <see cref="ScaledHalves"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> Lower, Vector512<float> Upper) Converted(Half* x)
    {
        var pairs = Vector512.Load((float*)x);
        return (Simd512.LowerHalf(pairs), Simd512.UpperHalf(pairs));
    }

    /// <summary>The same, and writes them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> Lower, Vector512<float> Upper) Converted(Half* x, float* target)
    {
        var (lower, upper) = Converted(x);
        lower.Store(target);
        upper.Store(target + Values / 2);
        return (lower, upper);
    }

    /// <summary>What was so written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> Lower, Vector512<float> Upper) Loaded(float* values) => (Vector512.Load(values), Vector512.Load(values + Values / 2));

    /// <summary>g += r x of 32 values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddScaled(
        (Vector512<float> Lower, Vector512<float> Upper) x, Vector512<float> residual, ref Vector512<float> lower, ref Vector512<float> upper)
    {
        lower = Vector512.MultiplyAddEstimate(x.Lower, residual, lower);
        upper = Vector512.MultiplyAddEstimate(x.Upper, residual, upper);
    }
}
