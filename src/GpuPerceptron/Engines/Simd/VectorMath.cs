using System.Runtime.CompilerServices;

namespace GpuPerceptron.Engines.Simd;

/// <summary>Elementary functions in float32, on the ranges that the losses need, right to 3 ulp.</summary>
internal static class VectorMath
{
    private const float LeastExponent = -87.33654f; // log of the smallest normal number, 2⁻¹²⁶

    /// <summary>
    /// eˣ for x ≤ 0; 0 where it is below the normal numbers. With n = round(x / log 2) and r = x − n log 2, |r| ≤ log(2)/2,
    /// it is 2ⁿ eʳ; log 2 is taken in two parts, the first of so few bits that n times it is exact (Cody and Waite, 1980).
    /// eʳ = 1 + r + r² P(r), P the minimax polynomial of Moshier's Cephes library (expf).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T ExpOfNonPositive<T>(T x)
        where T : struct, ISimd<T>
    {
        var clamped = T.Max(x, T.Create(LeastExponent));
        var n = T.Round(clamped * T.Create(1.44269504f));
        var r = T.MultiplyAdd(n, T.Create(-0.693359375f), clamped);
        r = T.MultiplyAdd(n, T.Create(2.12194440e-4f), r);
        var p = T.MultiplyAdd(r, T.Create(1.9875691500e-4f), T.Create(1.3981999507e-3f));
        p = T.MultiplyAdd(r, p, T.Create(8.3334519073e-3f));
        p = T.MultiplyAdd(r, p, T.Create(4.1665795894e-2f));
        p = T.MultiplyAdd(r, p, T.Create(1.6666665459e-1f));
        p = T.MultiplyAdd(r, p, T.Create(5.0000001201e-1f));
        p = T.MultiplyAdd(r * r, p, r) + T.Create(1f);
        return T.SelectIfAtLeast(x, T.Create(LeastExponent), T.ScaleByPowerOfTwo(p, n), T.Create(0f));
    }

    /// <summary>
    /// log(1 + e) for e in [0, 1], right also where 1 + e rounds: 2 artanh(q) with q = e/(2 + e). There q² ≤ 1/9, and the
    /// first term left out of artanh(q)/q = 1 + q²/3 + q⁴/5 + … is q¹⁴/15 &lt; 2⁻²⁵.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T LogOnePlus<T>(T e)
        where T : struct, ISimd<T>
    {
        var q = e / (T.Create(2f) + e);
        var z = q * q;
        var series = T.MultiplyAdd(z, T.Create(1f / 13), T.Create(1f / 11));
        series = T.MultiplyAdd(z, series, T.Create(1f / 9));
        series = T.MultiplyAdd(z, series, T.Create(1f / 7));
        series = T.MultiplyAdd(z, series, T.Create(1f / 5));
        series = T.MultiplyAdd(z, series, T.Create(1f / 3));
        series = T.MultiplyAdd(z, series, T.Create(1f));
        return (q + q) * series;
    }
}
