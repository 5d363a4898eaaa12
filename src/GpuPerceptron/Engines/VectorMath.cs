using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GpuPerceptron.Engines;

/// <summary>ℓ(v, y) and ∂ℓ/∂v for eight logits at a time, in float32.</summary>
internal static class VectorMath
{
    /// <summary>
    /// Binary cross-entropy from the margin m = v for y = 1, −v for y = 0: ℓ = log(1 + e⁻ᵐ) and z − y = ∓σ(−m). With
    /// e = exp(−|m|), which never overflows, σ(−m) = (m ≥ 0 ? e : 1) / (1 + e) and log(1 + e⁻ᵐ) = max(−m, 0) + log(1 + e).
    /// </summary>
    /// <remarks>Taken literally, z − y and log(1 + eᵛ) − y·v cancel for samples that are right by a large margin.</remarks>
    /// <param name="logits">v.</param>
    /// <param name="labels">y, each 0 or 1.</param>
    /// <returns>ℓ and the residual z − y.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<float> Loss, Vector256<float> Residual) Logistic(Vector256<float> logits, Vector256<float> labels)
    {
        var one = Vector256<float>.One;
        var zero = Vector256<float>.Zero;
        var sign = labels + labels - one; // +1 or −1
        var margins = sign * logits;
        var e = Vector256.Exp(-Vector256.Abs(margins));
        var wrong = Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(margins, zero), e, one) / (one + e);
        return (Vector256.Max(-margins, zero) + LogOnePlus(e), -sign * wrong);
    }

    /// <summary>
    /// log(1 + e) for e in [0, 1], right to a few ulp also where 1 + e rounds: 2 artanh(q) with q = e/(2 + e). There
    /// q² ≤ 1/9, and the first term left out of artanh(q)/q = 1 + q²/3 + q⁴/5 + … is q¹⁴/15 &lt; 2⁻²⁵.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LogOnePlus(Vector256<float> e)
    {
        var q = e / (Vector256.Create(2f) + e);
        var z = q * q;
        var series = Vector256.MultiplyAddEstimate(z, Vector256.Create(1f / 13), Vector256.Create(1f / 11));
        series = Vector256.MultiplyAddEstimate(z, series, Vector256.Create(1f / 9));
        series = Vector256.MultiplyAddEstimate(z, series, Vector256.Create(1f / 7));
        series = Vector256.MultiplyAddEstimate(z, series, Vector256.Create(1f / 5));
        series = Vector256.MultiplyAddEstimate(z, series, Vector256.Create(1f / 3));
        series = Vector256.MultiplyAddEstimate(z, series, Vector256<float>.One);
        return (q + q) * series;
    }
}
