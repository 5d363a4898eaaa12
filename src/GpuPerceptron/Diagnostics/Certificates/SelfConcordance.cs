using GpuPerceptron.LinearAlgebra;

namespace GpuPerceptron.Diagnostics.Certificates;

/// <summary>
/// Bounds F(θ) − F* from the gradient g and a matrix A ⪯ ∇²F(θ), and thereby proves that there is a finite optimum.
/// </summary>
/// <remarks>
/// σ″ = σ′(1 − 2σ), so |σ″| ≤ σ′, and along a line φ(t) = F(θ + td) the third derivative is bounded by the second:
/// |φ‴| ≤ maxᵢ |x̃ᵢ·d| φ″ (Bach, "Self-concordant analysis for logistic regression", 2010, section 2 and lemma 1; a quadratic
/// penalty only adds to φ″). Take ‖d‖² = dᵀAd = 1. Then maxᵢ |x̃ᵢ·d| ≤ ρ = R/√µ, with R = max ‖x̃ᵢ‖ and µ = λmin(A);
/// φ″(0) ≥ 1, hence φ″(t) ≥ e^(−ρt); and φ′(0) ≥ −ν, with ν² = gᵀA⁻¹g (the Newton decrement where A is the Hessian). Twice
/// integrated, for t ≥ 0:
/// <code>φ(t) ≥ φ(0) − νt + (e^(−ρt) + ρt − 1)/ρ².</code>
/// If u = ρν &lt; 1 the right side grows at last in every direction, so that F has its optimum at a finite point, and it is least
/// at t = −log(1 − u)/ρ:
/// <code>F(θ) − F* ≤ (u + (1 − u) log(1 − u))/ρ² = (ν²/2)(1 + u/3 + u²/6 + …).</code>
/// </remarks>
internal static class SelfConcordance
{
    /// <summary>The bound.</summary>
    /// <param name="gradient">g.</param>
    /// <param name="hessian">A, row-major.</param>
    /// <param name="radius">R.</param>
    /// <param name="gradientRounding">What rounding may have done to ‖g‖.</param>
    /// <returns>Null where it proves nothing.</returns>
    public static double? Bound(double[] gradient, double[] hessian, double radius, double gradientRounding)
    {
        double[] factor = [.. hessian];
        if (!Cholesky.TryFactor(factor, gradient.Length, double.Epsilon, out _)) return null;
        double[] step = [.. gradient];
        Cholesky.Solve(factor, gradient.Length, step);
        double smallest = SmallestEigenvalue.LowerBound(hessian, factor, gradient.Length);
        if (!(smallest > 0)) return null;

        double decrement = Math.Sqrt(Math.Max(0, Vectors.Dot(step, gradient))) + gradientRounding / Math.Sqrt(smallest);
        double rho = radius / Math.Sqrt(smallest);
        double u = rho * decrement;
        if (!(u < 1)) return null;
        return u < 1e-3
            ? decrement * decrement / 2 * (1 + u / 3 + u * u / 5) // the rest of the series is below u²/5
            : (u + (1 - u) * Math.Log(1 - u)) / (rho * rho);
    }
}
