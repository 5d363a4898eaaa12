using ILGPU.Algorithms;

namespace GpuPerceptron.Kernels;

/// <summary>A sample's loss and its derivative by the logit.</summary>
/// <param name="loss">ℓ(v, y).</param>
/// <param name="residual">∂ℓ/∂v.</param>
public readonly struct LossTerm(float loss, float residual)
{
    /// <summary>ℓ(v, y).</summary>
    public float Loss { get; } = loss;

    /// <summary>∂ℓ/∂v.</summary>
    public float Residual { get; } = residual;
}

/// <summary>What a pass sums, as a function of the logit. An empty struct, so that each kernel is compiled with it inlined.</summary>
public interface ILoss
{
    /// <summary>ℓ and ∂ℓ/∂v of one sample.</summary>
    /// <param name="logit">v.</param>
    /// <param name="label">y.</param>
    LossTerm Evaluate(float logit, float label);
}

/// <summary>Binary cross-entropy of σ(v) against a label y that is 0 or 1.</summary>
/// <remarks>
/// With t = (1 − 2y)v, the logit of the wrong answer:
/// <code>
///     ℓ     = log(1 + eᵛ) − y·v = log(1 + eᵗ) = max(t, 0) + log(1 + e),  e = exp(−|t|)
///     ∂ℓ/∂v = σ(v) − y = (1 − 2y)·σ(t)
/// </code>
/// e is at most 1, so nothing overflows, and nothing cancels: both keep float32's relative accuracy however sure the
/// model is of its answer.
/// </remarks>
public readonly struct LogisticLoss : ILoss
{
    /// <inheritdoc/>
    public LossTerm Evaluate(float logit, float label)
    {
        float sign = 1f - 2f * label;
        float t = sign * logit;
        float e = XMath.Exp(-XMath.Abs(t));
        float larger = 1f / (1f + e); // σ(|t|)
        return new LossTerm(
            XMath.Max(t, 0f) + LogOnePlus(e),
            sign * (t >= 0f ? larger : e * larger));
    }

    // log(1 + e) = 2 artanh(q), q = e/(2 + e), for 0 ≤ e ≤ 1. There q² ≤ 1/9, and the first term left out of
    // artanh(q)/q = 1 + q²/3 + q⁴/5 + … is q¹⁴/15 < 2⁻²⁵. A device's own log has absolute accuracy near 1, where a
    // well-fitted sample needs it relative.
    private static float LogOnePlus(float e)
    {
        float q = e / (2f + e);
        float z = q * q;
        float series = z * (1f / 13f) + 1f / 11f;
        series = z * series + 1f / 9f;
        series = z * series + 1f / 7f;
        series = z * series + 1f / 5f;
        series = z * series + 1f / 3f;
        series = z * series + 1f;
        return 2f * q * series;
    }
}

/// <summary>ℓ = v²/2, ∂ℓ/∂v = v; the label plays no part.</summary>
public readonly struct HalfSquareLoss : ILoss
{
    /// <inheritdoc/>
    public LossTerm Evaluate(float logit, float label) => new(0.5f * logit * logit, logit);
}
