using GpuPerceptron.LinearAlgebra;

namespace GpuPerceptron.Diagnostics.Certificates;

/// <summary>λmin of a symmetric matrix that should be positive definite.</summary>
internal static class SmallestEigenvalue
{
    private const int MaximumIterations = 300;

    /// <summary>
    /// Inverse iteration: v ← A⁻¹v/‖A⁻¹v‖, which nears λmin from above.
    /// </summary>
    /// <param name="matrix">A, row-major, its lower triangle.</param>
    /// <param name="size">Its rows.</param>
    /// <returns>vᵀAv and v; 0 and nothing where A is not positive definite.</returns>
    public static (double Value, double[] Vector) Estimate(double[] matrix, int size)
    {
        double[] factor = [.. matrix];
        return Cholesky.TryFactor(factor, size, double.Epsilon, out _) ? EstimateFromFactor(factor, size, relativeChange: 1e-7) : (0, []);
    }

    private static (double Value, double[] Vector) EstimateFromFactor(double[] factor, int size, double relativeChange)
    {
        var random = new Random(1);
        double[] v = new double[size];
        for (int j = 0; j < size; j++)
            v[j] = random.NextDouble() - 0.5;
        double value = double.PositiveInfinity;
        for (int iteration = 0; iteration < MaximumIterations; iteration++)
        {
            double length = Math.Sqrt(Vectors.Dot(v, v));
            for (int j = 0; j < size; j++)
                v[j] /= length;
            double[] next = [.. v];
            Cholesky.Solve(factor, size, next);
            // vᵀA⁻¹v ≤ 1/λmin, so that its inverse is an estimate from above.
            double estimate = 1 / Vectors.Dot(v, next);
            if (iteration > 3 && estimate > value * (1 - relativeChange)) return (estimate, v);
            value = estimate;
            v = next;
        }

        return (value, v);
    }

    /// <summary>
    /// A lower bound on λmin(A): a µ for which A − µ1 has a Cholesky factor in float64, less what rounding may have feigned
    /// (Rump, "Verification of positive definiteness", 2006).
    /// </summary>
    /// <param name="matrix">A, row-major, its lower triangle.</param>
    /// <param name="factor">Its Cholesky factor; overwritten.</param>
    /// <param name="size">Its rows.</param>
    /// <returns>0 or less where there is none above 0.</returns>
    public static double LowerBound(double[] matrix, double[] factor, int size)
    {
        var (estimate, _) = EstimateFromFactor(factor, size, relativeChange: 1e-2); // half of it does as well
        double trace = 0;
        for (int j = 0; j < size; j++)
            trace += matrix[j * size + j];
        double rounding = (size + 500) * PrecisePass.Epsilon * trace; // in the factor, and in the sums of A
        for (double part = 0.9; part > 0.05; part /= 2)
        {
            matrix.CopyTo(factor, 0);
            for (int j = 0; j < size; j++)
                factor[j * size + j] -= part * estimate;
            if (Cholesky.TryFactor(factor, size, 0, out _)) return part * estimate - rounding;
        }

        return 0;
    }
}
