namespace GpuPerceptron.Diagnostics.Certificates;

/// <summary>
/// Bounds F(θ) − F* with a penalty λ₁, from the gradient and the Hessian of what is smooth in F = f + Σⱼ λ₁ⱼ |wⱼ|.
/// </summary>
/// <remarks>
/// For any sⱼ from −1 to 1 |wⱼ| ≥ sⱼ wⱼ, so that F lies nowhere below G = f + Σⱼ λ₁ⱼ sⱼ wⱼ, which is as smooth as f and has its
/// Hessian: F(θ) − F* ≤ (F(θ) − G(θ)) + (G(θ) − min G), the last by <see cref="SelfConcordance"/>. With sⱼ = sign(wⱼ) the first part is 0 and ∇G
/// the subgradient of F, which is small near the optimum. A weight that is nearly 0 and would be 0 there may have a large one: then
/// sⱼ = −∂ⱼf/λ₁ⱼ, as far as that is within −1 and 1, costs no more than 2λ₁ⱼ|wⱼ|.
/// <para>
/// The duality gap asks more: a dual point is feasible only where no |∂ⱼf| exceeds λ₁ⱼ, so that beside a small penalty the gradient has to be
/// far smaller than a tolerance usually is.
/// </para>
/// </remarks>
internal static class LinearizedPenalty
{
    /// <summary>The bound.</summary>
    /// <param name="objective">F.</param>
    /// <param name="point">θ, with its Hessian.</param>
    /// <returns>Null where it proves nothing.</returns>
    public static double? Bound(PreciseObjective objective, PrecisePoint point)
    {
        double[] gradient = [.. point.Gradient];
        double below = 0; // F(θ) − G(θ)
        for (int j = 0; j < objective.L1.Length; j++)
        {
            double weight = point.Parameters[j], slope = point.Gradient[j], penalty = objective.L1[j];
            if (penalty == 0) continue;
            double curvature = point.Hessian![j * gradient.Length + j];
            double nearest = Math.Clamp(-slope / penalty, -1, 1), sign = weight == 0 ? nearest : Math.Sign(weight);
            double left = penalty * (Math.Abs(weight) - nearest * weight);
            bool isNearlyZero = CostOf(slope + penalty * nearest) + left < CostOf(slope + penalty * sign);
            gradient[j] = slope + penalty * (isNearlyZero ? nearest : sign);
            if (isNearlyZero) below += left;

            double CostOf(double slopeLeft) => curvature > 0 ? slopeLeft * slopeLeft / (2 * curvature) : double.PositiveInfinity;
        }

        return SelfConcordance.Bound(gradient, point.Hessian!, point.Radius, point.GradientRounding) + below;
    }
}
