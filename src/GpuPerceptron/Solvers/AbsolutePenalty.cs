namespace GpuPerceptron.Solvers;

/// <summary>The penalty λ₁ Σⱼ |θⱼ| over all parameters but the last.</summary>
internal static class AbsolutePenalty
{
    /// <summary>Σⱼ |θⱼ|, without the last.</summary>
    public static double Norm(ReadOnlySpan<double> parameters)
    {
        double sum = 0;
        foreach (double value in parameters[..^1])
            sum += Math.Abs(value);
        return sum;
    }

    /// <summary>
    /// The subgradient of F = f + λ₁‖w‖₁ of least norm: ∂ⱼf + λ₁ sign(θⱼ) where θⱼ ≠ 0, else what of ∂ⱼf exceeds λ₁ (Andrew and
    /// Gao, "Scalable training of L1-regularized log-linear models", 2007, eq. 4). It is 0 at the optimum.
    /// </summary>
    public static double[] LeastSubgradient(ReadOnlySpan<double> parameters, ReadOnlySpan<double> gradient, double l1)
    {
        double[] result = gradient.ToArray();
        for (int j = 0; j < result.Length - 1; j++)
            result[j] = parameters[j] != 0 ? gradient[j] + (parameters[j] > 0 ? l1 : -l1) : Shrink(gradient[j], l1);
        return result;
    }

    /// <summary>sign(x) max(|x| − by, 0): argmin over u of (u − x)²/2 + by·|u|.</summary>
    public static double Shrink(double x, double by) => Math.Abs(x) <= by ? 0 : x > 0 ? x - by : x + by;
}
