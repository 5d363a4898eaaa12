using GpuPerceptron.Engines;
using GpuPerceptron.Objectives;

namespace GpuPerceptron.Solvers;

/// <summary>
/// Stochastic gradient descent by mini-batches, with momentum: u ← μu + g; θ ← θ − ηu, with g the gradient over the next few
/// samples (Robbins and Monro 1951; Polyak 1964).
/// </summary>
/// <param name="settings">Batches, momentum and schedule.</param>
public sealed class StochasticGradient(MiniBatchSettings settings) : ISolver
{
    /// <inheritdoc/>
    public string Name => "sgd";

    /// <inheritdoc/>
    public bool TakesLearningRate => true;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The objective is no mean over samples.</exception>
    public SolverResult Minimize(IObjective objective, ReadOnlySpan<double> start, SolverOptions options, EpochObserver? onEpoch = null) =>
        new MiniBatchDescent(MiniBatchMethod.Momentum, settings).Minimize(objective, start, options, onEpoch);

    /// <summary>A rate that is sure to be stable on average, and near the largest such.</summary>
    /// <remarks>
    /// Two things bound η. Along the curvature, as in plain gradient descent, 1/L; momentum only widens that. And across the
    /// noise: a gradient over n of N rows has a mean square of up to (L + λ(N − n)/(n(N − 1)))·2(F − F*), λ the largest
    /// curvature of a single row's loss (the "expected smoothness" of Gower et al., "SGD: general analysis and improved rates",
    /// 2019, proposition 3.8; theorem 3.1 asks for half its inverse). A mean row's is tr(X̃ᵀSX̃)/4Σs, at most (M + 1) L, which
    /// stands for λ here. Momentum multiplies the steps' length by 1/(1 − μ) in the long run, and the noise with it:
    /// <code>
    ///     1/η = L (1 + 2(M + 1)(N − n) / (n(N − 1)(1 − μ)))
    /// </code>
    /// </remarks>
    /// <param name="lipschitz">L.</param>
    /// <param name="dimension">M + 1.</param>
    /// <param name="samples">N; n is the batch's.</param>
    public double AutomaticRate(double lipschitz, int dimension, long samples)
    {
        double n = Math.Min(settings.BatchRows, samples);
        double noise = samples > 1 ? 2 * dimension * (samples - n) / (n * (samples - 1.0) * (1 - settings.Momentum)) : 0;
        return 1 / (lipschitz * (1 + noise));
    }

    /// <inheritdoc/>
    public int DefaultEpochs(long samples) => settings.DefaultEpochs(samples);
}
