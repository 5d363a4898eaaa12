using System.Runtime.CompilerServices;

namespace GpuPerceptron.Engines.Simd;

/// <summary>A loss ℓ(v, y) of many rows at once: see <see cref="PassLoss"/>.</summary>
internal interface IRowLoss
{
    /// <summary>ℓ and ∂ℓ/∂v, the residual.</summary>
    /// <param name="logits">v.</param>
    /// <param name="labels">y, each 0 or 1.</param>
    static abstract (T Losses, T Residuals) Evaluate<T>(T logits, T labels)
        where T : struct, ISimd<T>;
}

/// <summary>
/// Binary cross-entropy from the margin m = v for y = 1, −v for y = 0: ℓ = log(1 + e⁻ᵐ) and z − y = ∓σ(−m). With
/// e = exp(−|m|), which never overflows, σ(−m) = (m ≥ 0 ? e : 1) / (1 + e) and log(1 + e⁻ᵐ) = max(−m, 0) + log(1 + e).
/// </summary>
/// <remarks>Taken literally, z − y and log(1 + eᵛ) − y·v cancel for samples that are right by a large margin.</remarks>
internal readonly struct LogisticRowLoss : IRowLoss
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (T Losses, T Residuals) Evaluate<T>(T logits, T labels)
        where T : struct, ISimd<T>
    {
        var one = T.Create(1f);
        var zero = T.Create(0f);
        var sign = labels + labels - one; // +1 or −1
        var margins = sign * logits;
        var e = VectorMath.ExpOfNonPositive(-T.Abs(margins));
        var wrong = T.SelectIfAtLeast(margins, zero, e, one) / (one + e);
        return (T.Max(zero, -margins) + VectorMath.LogOnePlus(e), -sign * wrong);
    }
}

/// <summary>v²/2, whose residual is v.</summary>
internal readonly struct HalfSquareRowLoss : IRowLoss
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (T Losses, T Residuals) Evaluate<T>(T logits, T labels)
        where T : struct, ISimd<T> => (T.Create(0.5f) * logits * logits, logits);
}
