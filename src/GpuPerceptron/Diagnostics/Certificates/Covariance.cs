using GpuPerceptron.LinearAlgebra;
using GpuPerceptron.Models;

namespace GpuPerceptron.Diagnostics.Certificates;

/// <summary>
/// The covariance of the parameters of maximum likelihood: C = (Σs ∇²F)⁻¹ at the optimum, the inverse of the observed
/// information (McCullagh and Nelder, Generalized Linear Models, 1989, 4.4).
/// </summary>
internal static class Covariance
{
    /// <summary>The square roots of the diagonal, in the units of the table.</summary>
    /// <remarks>
    /// The raw weights are ŵ/sd, and the raw bias is b̂ − Σ ŵⱼ meanⱼ/sdⱼ = c·θ̂, whose variance is cᵀCc (the delta method, exact
    /// here as the map is linear).
    /// </remarks>
    /// <param name="objective">F, without a penalty.</param>
    /// <param name="hessian">∇²F at the optimum, standardised.</param>
    public static StandardErrors? StandardErrorsOf(PreciseObjective objective, double[] hessian)
    {
        int size = objective.Dimension;
        double[] factor = [.. hessian];
        if (!Cholesky.TryFactor(factor, size, double.Epsilon, out _)) return null;
        double total = objective.Dataset.TotalWeight;
        double[] mean = objective.Units.Mean, deviation = objective.Units.Deviation;

        double[] errors = new double[size];
        for (int j = 0; j < size; j++)
        {
            double[] unit = new double[size];
            unit[j] = 1;
            errors[j] = Error(unit);
        }

        double[] c = [.. mean.Zip(deviation, (m, sd) => -m / sd), 1];
        return new StandardErrors([.. errors.Take(size - 1).Zip(deviation, (error, sd) => error / sd)], Error(c), errors[^1]);

        double Error(double[] direction)
        {
            double[] solved = [.. direction];
            Cholesky.Solve(factor, size, solved);
            return Math.Sqrt(Vectors.Dot(direction, solved) / total);
        }
    }
}
