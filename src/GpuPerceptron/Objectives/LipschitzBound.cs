using GpuPerceptron.Engines;

namespace GpuPerceptron.Objectives;

/// <summary>
/// L, the largest curvature that the objective has anywhere: L = λmax(X̃ᵀSX̃) / (4 Σs) + λ₂, since σ′ ≤ 1/4. Gradient
/// descent is sure to descend at every step below 2/L; 1/L is the safe default.
/// </summary>
public static class LipschitzBound
{
    private const int MaximumIterations = 1000;

    /// <summary>
    /// Power iteration on the engine, one pass an iteration: u ← X̃ᵀSX̃u / ‖X̃ᵀSX̃u‖ from a random start. It nears L from
    /// below.
    /// </summary>
    /// <param name="engine">Where the samples are.</param>
    /// <param name="totalWeight">Σs, greater than 0.</param>
    /// <param name="l2">λ₂.</param>
    /// <param name="seed">Of the random start.</param>
    /// <param name="relativeChange">Stops when an iteration raises the estimate by less than this part of it.</param>
    /// <param name="cancellation">Stops early, with the estimate so far.</param>
    /// <returns>L, from below. 0 samples give λ₂.</returns>
    public static double Estimate(
        IEngine engine, double totalWeight, double l2, ulong seed, double relativeChange = 1e-4,
        CancellationToken cancellation = default)
    {
        var random = new Random(unchecked((int)(seed ^ (seed >> 32))));
        double[] u = new double[engine.Features + 1];
        double[] product = new double[u.Length];
        for (int j = 0; j < u.Length; j++)
            u[j] = random.NextDouble() - 0.5;
        Normalize(u);

        double estimate = 0;
        for (int iteration = 0; iteration < MaximumIterations && !cancellation.IsCancellationRequested; iteration++)
        {
            engine.Pass(PassLoss.HalfSquare, u, product);
            // ‖Au‖ ≥ uᵀAu, and both are at most λmax: the larger one is the better bound from below.
            double norm = Normalize(product);
            (u, product) = (product, u);
            if (norm == 0) break;
            bool settled = norm <= estimate * (1 + relativeChange);
            estimate = Math.Max(estimate, norm);
            if (settled) break;
        }

        return estimate / (4 * totalWeight) + l2;
    }

    private static double Normalize(double[] vector)
    {
        double norm = Math.Sqrt(vector.Sum(value => value * value));
        if (norm > 0)
        {
            for (int j = 0; j < vector.Length; j++)
                vector[j] /= norm;
        }

        return norm;
    }
}
