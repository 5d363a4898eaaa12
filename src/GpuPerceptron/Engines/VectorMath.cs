using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GpuPerceptron.Engines;

/// <summary>ℓ(v, y) and ∂ℓ/∂v for eight logits at a time, in float32.</summary>
internal static class VectorMath
{
    /// <summary>
    /// Binary cross-entropy from the logit: with e = exp(−|v|), which never overflows,
    /// σ(v) = (v ≥ 0 ? 1 : e) / (1 + e) and log(1 + eᵛ) = max(v, 0) + log(1 + e).
    /// </summary>
    /// <param name="logits">v.</param>
    /// <param name="labels">y, each 0 or 1.</param>
    /// <returns>ℓ = log(1 + eᵛ) − y·v and the residual z − y.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<float> Loss, Vector256<float> Residual) Logistic(Vector256<float> logits, Vector256<float> labels)
    {
        var one = Vector256<float>.One;
        var zero = Vector256<float>.Zero;
        var e = Vector256.Exp(-Vector256.Abs(logits));
        var inverse = one / (one + e);
        var probability = Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(logits, zero), inverse, e * inverse);
        // With y in {0, 1}: max(v, 0) − y·v is exact, where log(1 + eᵛ) − y·v cancels for a large v of the right sign.
        var loss = Vector256.Max(logits, zero) - labels * logits + LogOnePlus(e);
        return (loss, probability - labels);
    }

    /// <summary>
    /// log(1 + e) for e in [0, 1], right to a few ulp also where 1 + e rounds: with u = 1 + e, log(u) · e / (u − 1)
    /// (Kahan's correction; Goldberg 1991, theorem 4), and e itself where u is 1.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LogOnePlus(Vector256<float> e)
    {
        var one = Vector256<float>.One;
        var u = one + e;
        var corrected = Vector256.Log(u) * e / (u - one);
        return Vector256.ConditionalSelect(Vector256.Equals(u, one), e, corrected);
    }
}
