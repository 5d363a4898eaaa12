using System.Runtime.CompilerServices;

namespace GpuPerceptron.Engines.Simd;

/// <summary>Elementary functions in float32, on the ranges that the losses need, right to 2 ulp.</summary>
internal static class VectorMath
{
    public const float GreatestExponent = 87.33654f; // −log of the smallest normal number, 2⁻¹²⁶

    /// <summary>
    /// e⁻ˣ for x ≥ 0; 2⁻¹²⁶ where it is below that. With n = −round(x / log 2) and r = x + n log 2, |r| ≤ log(2)/2,
    /// it is 2ⁿ e⁻ʳ; log 2 is taken in two parts, the first of so few bits that n times it is exact (Cody and Waite, 1980).
    /// e⁻ʳ = 1 − r + r² P(r), P of degree 4, whose greatest relative error in e⁻ʳ, 3.7e-9 in coefficients of float32, is the least (Remez).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T ExpOfMinus<T>(T x)
        where T : struct, ILanes<T>
    {
        const float Shift = 3 << 22; // from here on float32 holds whole numbers only, the lowest bits first
        x = T.Min(x, T.Create(GreatestExponent));
        var shifted = T.MultiplyAdd(x, T.Create(-1.44269504f), T.Create(Shift));
        var n = shifted - T.Create(Shift);
        var r = T.MultiplyAdd(n, T.Create(0.693359375f), x);
        r = T.MultiplyAdd(n, T.Create(-2.12194440e-4f), r);
        // Pairs of terms, then pairs of pairs (Estrin): a pass waits for the longest chain, not for the number of operations.
        var rr = r * r;
        var p01 = T.MultiplyAdd(r, T.Create(-0.16666520511f), T.Create(0.4999999344f));
        var p23 = T.MultiplyAdd(r, T.Create(-0.0083687314893f), T.Create(0.041668389462f));
        var low = T.MultiplyAdd(rr, p01, T.Create(1f) - r);
        var high = T.MultiplyAdd(rr, T.Create(0.0013814568386f), p23);
        return T.ScaleByPowerOfTwo(T.MultiplyAdd(rr * rr, high, low), shifted);
    }

    /// <summary>
    /// log(1 + e) for e in [0, 1], right also where 1 + e rounds: e + e² Q(e), Q the polynomial of degree 7 whose greatest
    /// relative error in log(1 + e), 3.3e-8, is the least (fitted by Lawson's iteration).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T LogOnePlus<T>(T e)
        where T : struct, ILanes<T>
    {
        var ee = e * e;
        var q01 = T.MultiplyAdd(e, T.Create(0.33321324f), T.Create(-0.49999648f));
        var q23 = T.MultiplyAdd(e, T.Create(0.19153655f), T.Create(-0.24857163f));
        var q45 = T.MultiplyAdd(e, T.Create(0.079204522f), T.Create(-0.13753802f));
        var q67 = T.MultiplyAdd(e, T.Create(0.0053648227f), T.Create(-0.030065786f));
        var low = T.MultiplyAdd(ee, q23, q01);
        var high = T.MultiplyAdd(ee, q67, q45);
        return T.MultiplyAdd(ee, T.MultiplyAdd(ee * ee, high, low), e);
    }

    /// <summary>s · value, and 0 where s is 0: a sample without weight must not bring in an infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Weighted<T>(T s, T value)
        where T : struct, ILanes<T> => T.SelectIfAtLeast(T.Create(0f), s, T.Create(0f), s * value);
}
