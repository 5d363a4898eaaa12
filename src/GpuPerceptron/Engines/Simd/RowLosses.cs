using System.Runtime.CompilerServices;

namespace GpuPerceptron.Engines.Simd;

/// <summary>
/// A loss ℓ(v, y) of many rows at once: see <see cref="PassLoss"/>. It comes in two parts, each a chain of operations that wait for one another, so
/// that a loop can take the one of some rows while the other of earlier rows is under way.
/// </summary>
internal interface IRowLoss
{
    /// <summary>The first part: what <see cref="Complete"/> takes, of which e from 0 to 1 is the last, with ℓ = a + log(1 + e).</summary>
    /// <param name="logits">v, divided by <paramref name="scale"/>.</param>
    /// <param name="labels">y, each 0 or 1.</param>
    /// <param name="scale">Which the residual alone is multiplied by: a power of two, a constant.</param>
    static abstract (T Sign, T Margins, T Odds) Begin<T>(T logits, T labels, float scale = 1f)
        where T : struct, ILanes<T>;

    /// <summary>a ≥ 0; ∂ℓ/∂v, the residual; and ∂²ℓ/∂v², the curvature, if asked for.</summary>
    /// <param name="sign">As <see cref="Begin"/> gave it, as the others.</param>
    /// <param name="margins">Likewise.</param>
    /// <param name="odds">e.</param>
    /// <param name="withCurvatures">Whether the curvature is wanted; else what is in its place means nothing.</param>
    static abstract (T Linear, T Residuals, T Curvatures) Complete<T>(T sign, T margins, T odds, bool withCurvatures = false)
        where T : struct, ILanes<T>;
}

/// <summary>Losses in one go.</summary>
internal static class RowLosses
{
    /// <summary>a and e, with ℓ = a + log(1 + e); the residual; and the curvature, if asked for: see <see cref="IRowLoss"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (T Linear, T Odds, T Residuals, T Curvatures) Evaluate<TLoss, T>(T logits, T labels, bool withCurvatures = false, float scale = 1f)
        where TLoss : struct, IRowLoss
        where T : struct, ILanes<T>
    {
        var (sign, margins, odds) = TLoss.Begin(logits, labels, scale);
        var (linear, residuals, curvatures) = TLoss.Complete(sign, margins, odds, withCurvatures);
        return (linear, odds, residuals, curvatures);
    }
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
    /// <returns>The sign of z − y, times the scale; −m; e.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (T Sign, T Margins, T Odds) Begin<T>(T logits, T labels, float scale)
        where T : struct, ILanes<T>
    {
        var sign = T.MultiplyAdd(labels, T.Create(-2f * scale), T.Create(scale)); // −scale for y = 1, +scale for y = 0
        var minusMargins = sign * logits;
        return (sign, minusMargins, T.ExpOfMinusAbsolute(scale == 1f ? logits : minusMargins));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (T Linear, T Residuals, T Curvatures) Complete<T>(T sign, T minusMargins, T e, bool withCurvatures)
        where T : struct, ILanes<T>
    {
        var one = T.Create(1f);
        var zero = T.Create(0f);
        // The sign is on the numerator already when the denominator is there.
        var residuals = T.SelectIfAtLeast(zero, minusMargins, sign * e, sign) / (one + e);
        return (T.Max(zero, minusMargins), residuals, withCurvatures ? e / ((one + e) * (one + e)) : one);
    }
}

/// <summary>v²/2, whose residual is v.</summary>
internal readonly struct HalfSquareRowLoss : IRowLoss
{
    /// <returns>The residual; v, divided by the scale; 0.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (T Sign, T Margins, T Odds) Begin<T>(T logits, T labels, float scale)
        where T : struct, ILanes<T> => (T.Create(scale * scale) * logits, logits, T.Create(0f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (T Linear, T Residuals, T Curvatures) Complete<T>(T residuals, T logits, T odds, bool withCurvatures)
        where T : struct, ILanes<T> => (T.Create(0.5f) * residuals * logits, residuals, T.Create(1f));
}
