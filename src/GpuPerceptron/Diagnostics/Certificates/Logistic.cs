namespace GpuPerceptron.Diagnostics.Certificates;

/// <summary>The binary cross-entropy in float64.</summary>
internal static class Logistic
{
    /// <summary>
    /// ℓ, ∂ℓ/∂v = z − y and ∂²ℓ/∂v² = z(1 − z), from the logit: with the margin m, ℓ = log(1 + e⁻ᵐ) and |z − y| = σ(−m).
    /// </summary>
    /// <param name="label">y, 0 or 1.</param>
    /// <param name="logit">v.</param>
    public static (double Loss, double Residual, double Curvature) Of(double label, double logit)
    {
        double margin = label > 0.5 ? logit : -logit;
        var (residual, curvature) = DerivativesOf(label, logit);
        return (Math.Max(-margin, 0) + LogOnePlus(Math.Exp(-Math.Abs(margin))), residual, curvature);
    }

    /// <summary>∂ℓ/∂v = z − y and ∂²ℓ/∂v² = z(1 − z) alone.</summary>
    /// <param name="label">y, 0 or 1.</param>
    /// <param name="logit">v.</param>
    public static (double Residual, double Curvature) DerivativesOf(double label, double logit)
    {
        double margin = label > 0.5 ? logit : -logit;
        double e = Math.Exp(-Math.Abs(margin));
        double wrong = (margin >= 0 ? e : 1) / (1 + e);
        return (label > 0.5 ? -wrong : wrong, e / ((1 + e) * (1 + e)));
    }

    /// <summary>−z log z − (1 − z) log(1 − z), the entropy of a probability: 0 at 0 and at 1.</summary>
    /// <param name="probability">z.</param>
    public static double Entropy(double probability)
    {
        double rest = 1 - probability;
        return -(probability > 0 ? probability * Math.Log(probability) : 0) - (rest > 0 ? rest * LogOnePlus(-probability) : 0);
    }

    /// <summary>log(1 + e), right also where 1 + e rounds (Kahan: the rounding of 1 + e divides out).</summary>
    private static double LogOnePlus(double e)
    {
        double sum = 1 + e;
        return sum == 1 ? e : Math.Log(sum) * e / (sum - 1);
    }
}
