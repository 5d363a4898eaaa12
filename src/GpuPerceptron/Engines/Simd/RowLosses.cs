using System.Runtime.CompilerServices;

namespace GpuPerceptron.Engines.Simd;

/// <summary>A loss ℓ(v, y) of many rows at once: see <see cref="PassLoss"/>.</summary>
internal interface IRowLoss
{
    /// <summary>a ≥ 0 and e from 0 to 1, with ℓ = a + log(1 + e); ∂ℓ/∂v, the residual; and ∂²ℓ/∂v², the curvature, if asked for.</summary>
    /// <param name="logits">v, divided by <paramref name="scale"/>.</param>
    /// <param name="labels">y, each 0 or 1.</param>
    /// <param name="withCurvatures">Whether the curvature is wanted; else what is in its place means nothing.</param>
    /// <param name="scale">Which the residual alone is multiplied by: a power of two, a constant.</param>
    static abstract (T Linear, T Odds, T Residuals, T Curvatures) Evaluate<T>(T logits, T labels, bool withCurvatures = false, float scale = 1f)
        where T : struct, ILanes<T>;
}

/// <summary>
/// Binary cross-entropy from the margin m = v for y = 1, −v for y = 0: ℓ = log(1 + e⁻ᵐ) and z − y = ∓σ(−m). With
/// e = exp(−|m|), which never overflows, σ(−m) = (m ≥ 0 ? e : 1) / (1 + e), log(1 + e⁻ᵐ) = max(−m, 0) + log(1 + e), and
/// d = z(1 − z) = e/(1 + e)².
/// </summary>
/// <remarks>
/// Taken literally, z − y and log(1 + eᵛ) − y·v cancel for samples that are right by a large margin, and z(1 − z) loses its
/// digits where z is near 1.
/// </remarks>
internal readonly struct LogisticRowLoss : IRowLoss
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (T Linear, T Odds, T Residuals, T Curvatures) Evaluate<T>(T logits, T labels, bool withCurvatures, float scale)
        where T : struct, ILanes<T>
    {
        var one = T.Create(1f);
        var zero = T.Create(0f);
        var minusSign = T.MultiplyAdd(labels, T.Create(-2f * scale), T.Create(scale)); // −scale for y = 1, +scale for y = 0
        var minusMargins = minusSign * logits;
        var e = T.ExpOfMinusAbsolute(scale == 1f ? logits : minusMargins);
        // The sign is on the numerator already when the denominator is there.
        var residuals = T.SelectIfAtLeast(zero, minusMargins, minusSign * e, minusSign) / (one + e);
        return (T.Max(zero, minusMargins), e, residuals, withCurvatures ? e / ((one + e) * (one + e)) : one);
    }
}

/// <summary>v²/2, whose residual is v.</summary>
internal readonly struct HalfSquareRowLoss : IRowLoss
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (T Linear, T Odds, T Residuals, T Curvatures) Evaluate<T>(T logits, T labels, bool withCurvatures, float scale)
        where T : struct, ILanes<T> => (T.Create(0.5f * scale * scale) * logits * logits, T.Create(0f), T.Create(scale * scale) * logits, T.Create(1f));
}
