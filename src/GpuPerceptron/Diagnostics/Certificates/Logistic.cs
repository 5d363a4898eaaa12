using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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

    /// <summary>As <see cref="Of(double, double)"/>, of four samples.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<double> Loss, Vector256<double> Residual, Vector256<double> Curvature) Of(
        Vector256<double> label, Vector256<double> logit)
    {
        var (minusMargin, e, residual, curvature) = Derivatives(label, logit);
        var sum = Vector256<double>.One + e;
        var difference = sum - Vector256<double>.One;
        // As below; where the sum rounds to 1, what the quotient is does not matter.
        var logarithm = Vector256.ConditionalSelect(
            Vector256.Equals(difference, Vector256<double>.Zero), e, Vector256.Log(sum) * e / difference);
        return (Vector256.Max(minusMargin, Vector256<double>.Zero) + logarithm, residual, curvature);
    }

    /// <summary>As <see cref="DerivativesOf(double, double)"/>, of four samples.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<double> Residual, Vector256<double> Curvature) DerivativesOf(Vector256<double> label, Vector256<double> logit)
    {
        var (_, _, residual, curvature) = Derivatives(label, logit);
        return (residual, curvature);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<double> MinusMargin, Vector256<double> Exponential, Vector256<double> Residual, Vector256<double> Curvature)
        Derivatives(Vector256<double> label, Vector256<double> logit)
    {
        var isPositive = Vector256.GreaterThan(label, Vector256.Create(0.5));
        var minusMargin = Vector256.ConditionalSelect(isPositive, -logit, logit);
        var e = Vector256.Exp(-Vector256.Abs(logit));
        var sum = Vector256<double>.One + e;
        var wrong = Vector256.ConditionalSelect(Vector256.GreaterThan(minusMargin, Vector256<double>.Zero), Vector256<double>.One, e) / sum;
        return (minusMargin, e, Vector256.ConditionalSelect(isPositive, -wrong, wrong), e / (sum * sum));
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
    public static double LogOnePlus(double e)
    {
        double sum = 1 + e;
        return sum == 1 ? e : Math.Log(sum) * e / (sum - 1);
    }
}
