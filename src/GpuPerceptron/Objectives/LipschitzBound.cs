using GpuPerceptron.Engines;
using GpuPerceptron.LinearAlgebra;
using GpuPerceptron.Models;

namespace GpuPerceptron.Objectives;

/// <summary>
/// L, the largest curvature that the objective has anywhere: L = λmax(X̃ᵀSX̃) / (4 Σs) + λ₂, since σ′ ≤ 1/4. Gradient
/// descent is sure to descend at every step below 2/L; 1/L is the safe default.
/// </summary>
public static class LipschitzBound
{
    /// <summary>
    /// The largest eigenvalue by conjugate gradients on the engine, one pass an iteration, from a random start. It nears L from below.
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
        CancellationToken cancellation = default) => Estimate(engine, totalWeight, l2, seed, units: null, relativeChange, cancellation);

    /// <inheritdoc cref="Estimate(IEngine, double, double, ulong, double, CancellationToken)"/>
    /// <param name="engine">Where the samples are.</param>
    /// <param name="totalWeight">Σs, greater than 0.</param>
    /// <param name="l2">λ₂.</param>
    /// <param name="seed">Of the random start.</param>
    /// <param name="units">How the table's units, in which L is wanted, become those of the engine's features; null where they are the same.</param>
    /// <param name="relativeChange">Stops when an iteration raises the estimate by less than this part of it.</param>
    /// <param name="cancellation">Stops early, with the estimate so far.</param>
    internal static double Estimate(
        IEngine engine, double totalWeight, double l2, ulong seed, AffineUnits? units, double relativeChange = 1e-4,
        CancellationToken cancellation = default)
    {
        var random = new Random(unchecked((int)(seed ^ (seed >> 32))));
        double[] start = new double[engine.Features + 1];
        for (int j = 0; j < start.Length; j++)
            start[j] = random.NextDouble() - 0.5;
        double largest = LargestEigenvalue.Estimate(
            start,
            (vector, product) =>
            {
                engine.Pass(PassLoss.HalfSquare, units is null ? vector : units.Encode(vector), product);
                units?.DecodeGradient(product).CopyTo(product, 0);
            },
            relativeChange,
            cancellation);
        return largest / (4 * totalWeight) + l2;
    }
}
