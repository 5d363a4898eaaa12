using GpuPerceptron.Data;
using GpuPerceptron.LinearAlgebra;

namespace GpuPerceptron.Diagnostics.Certificates;

/// <summary>
/// Bounds F(θ) − F* where the weights are penalised, by a feasible point of the dual problem (Fenchel).
/// </summary>
/// <remarks>
/// log(1 + eᵛ) = max over z in [0, 1] of zv + h(z), with the entropy h(z) = −z log z − (1 − z) log(1 − z). So for any z and all
/// (w, b), with the mean over the samples by their weights s:
/// <code>F(w, b) ≥ mean((zᵢ − yᵢ)(w·xᵢ + b) + h(zᵢ)) + Σⱼ λ₂ⱼ/2 wⱼ² + λ₁ⱼ |wⱼ|.</code>
/// The bias is free, so the right side has a least value only where mean(z − y) = 0. It is then, with g = mean((z − y) x) and
/// S(g, λ) = max(|g| − λ, 0),
/// <code>F* ≥ D(z) = mean(h(zᵢ)) − Σⱼ S(gⱼ, λ₁ⱼ)²/(2λ₂ⱼ), and where λ₂ⱼ = 0, |gⱼ| must not exceed λ₁ⱼ.</code>
/// The bias b* that is best for the given w makes mean(z − y) = 0 at z = σ(w·x + b*). There mean h(z) = mean ℓ − g·w, and
/// <code>F(w, b*) − D = Σⱼ gⱼwⱼ + λ₂ⱼ/2 wⱼ² + λ₁ⱼ|wⱼ| + S(gⱼ, λ₁ⱼ)²/(2λ₂ⱼ),</code>
/// each term at least 0; without λ₁ it is Σ (gⱼ + λ₂ⱼwⱼ)²/(2λ₂ⱼ), which strong convexity gives, too. Where λ₂ = 0, z is drawn
/// towards y, z′ = y + τ(z − y), until |gⱼ| ≤ λ₁ⱼ for all j: mean(z′ − y) stays 0.
/// </remarks>
internal static class DualityGap
{
    /// <summary>The bound, by one more read of X.</summary>
    /// <param name="objective">F; every weight must be penalised.</param>
    /// <param name="point">F at θ.</param>
    /// <param name="logits">The logits there.</param>
    /// <returns>Null where a weight is free, or no bias is best.</returns>
    public static double? Bound(PreciseObjective objective, PrecisePoint point, double[] logits)
    {
        double[] l1 = objective.L1, l2 = objective.L2;
        if (l1.Zip(l2).Any(pair => pair.First == 0 && pair.Second == 0)) return null;
        double shift = BestBias.ShiftOf(objective.Dataset, logits);
        if (!double.IsFinite(shift)) return null;

        var best = objective.Evaluate([.. point.Parameters[..^1], point.Parameters[^1] + shift]);
        double[] w = best.Parameters;
        double[] g = [.. best.Gradient.Take(w.Length - 1).Select((slope, j) => slope - l2[j] * w[j])];
        // What is left of mean(z − y) is rounding: a change of z by as much would take it away.
        double left = Math.Abs(best.Gradient[^1]);
        double rounding = best.GradientRounding + left * best.Radius;
        double gap = Math.Max(0, point.Objective - best.Objective) + left * best.Radius * Math.Sqrt(Vectors.Dot(w, w));

        double tau = Enumerable.Range(0, g.Length).Min(j => l2[j] > 0 || Math.Abs(g[j]) <= l1[j] ? 1 : l1[j] / Math.Abs(g[j]));
        if (tau < 1)
            return gap + MeanExcess(objective.Dataset, logits, shift, tau) + l1.Select((lambda, j) => lambda * Math.Abs(w[j])).Sum();
        for (int j = 0; j < g.Length; j++)
            gap += l1[j] == 0 ? Square(Math.Abs(best.Gradient[j]) + rounding) / (2 * l2[j]) : Term(g[j], w[j], l1[j], l2[j], rounding);
        return gap;
    }

    /// <summary>gw + λ₂/2 w² + λ₁|w| + S(g, λ₁)²/(2λ₂), and what a change of g by the rounding would add.</summary>
    private static double Term(double g, double w, double l1, double l2, double rounding)
    {
        double linear = g * w + l2 / 2 * w * w + l1 * Math.Abs(w);
        if (l2 == 0) return Math.Max(0, linear) + rounding * Math.Abs(w);
        double excess = Math.Max(0, Math.Abs(g) - l1);
        return Math.Max(0, linear + Square(excess) / (2 * l2)) + rounding * (Math.Abs(w) + (excess + rounding) / l2);
    }

    /// <summary>mean(ℓ − h(y + τ(z − y))), and what rounding may have taken from it.</summary>
    private static double MeanExcess(Dataset dataset, double[] logits, double shift, double tau)
    {
        double sum = 0, losses = 0;
        long row = 0;
        foreach (var block in dataset.ReadLabels())
        {
            for (int i = 0; i < block.Rows; i++, row++)
            {
                double s = block.HasSampleWeights ? block.SampleWeights[i] : 1;
                var (loss, residual, _) = Logistic.Of(block.Labels[i], logits[row] + shift);
                sum += s * (loss - Logistic.Entropy(tau * Math.Abs(residual))); // h(z) = h(1 − z)
                losses += s * loss;
            }
        }

        return (sum + 1e-13 * losses) / dataset.TotalWeight;
    }

    private static double Square(double value) => value * value;
}
