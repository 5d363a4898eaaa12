using GpuPerceptron.Engines;
using GpuPerceptron.Objectives;

namespace GpuPerceptron.Solvers;

/// <summary>
/// Adam by mini-batches: steps along the mean of the last gradients, each coordinate divided by its own root mean square
/// (Kingma and Ba, "Adam: a method for stochastic optimization", 2015), with β₁ = 0.9, β₂ = 0.999 and ε = 1e-8.
/// </summary>
/// <param name="settings">Batches and schedule.</param>
public sealed class Adam(MiniBatchSettings settings) : ISolver
{
    /// <summary>How far the logits may move at a step, in root mean square.</summary>
    private const double LogitsPerStep = 0.1;

    /// <inheritdoc/>
    public string Name => "adam";

    /// <inheritdoc/>
    public bool TakesLearningRate => true;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The objective is no mean over samples.</exception>
    public SolverResult Minimize(IObjective objective, ReadOnlySpan<double> start, SolverOptions options, EpochObserver? onEpoch = null) =>
        new MiniBatchDescent(MiniBatchMethod.Adam, settings).Minimize(objective, start, options, onEpoch);

    /// <summary>A rate that moves the logits by so much a step, whatever the features' scale.</summary>
    /// <remarks>
    /// A step d has |dⱼ| ≤ η or not much more, however large the gradients are. It moves the logits by X̃d, whose mean square
    /// is dᵀ(X̃ᵀSX̃/Σs)d ≤ 4L‖d‖² ≤ 4L(M + 1)η², since L ≥ λmax(X̃ᵀSX̃)/4Σs. Small batches, of no more rows than there
    /// are parameters, give mostly noise; adaptive methods want the root of the batch's size there (Malladi et al., "On the
    /// SDEs and scaling rules for adaptive gradient algorithms", 2022):
    /// <code>
    ///     η = 0.1 / (2 √(L(M + 1)) √(1 + (M + 1)/n))
    /// </code>
    /// </remarks>
    /// <param name="lipschitz">L.</param>
    /// <param name="dimension">M + 1.</param>
    /// <param name="samples">N; n is the batch's.</param>
    public double AutomaticRate(double lipschitz, int dimension, long samples) =>
        LogitsPerStep / (2 * Math.Sqrt(lipschitz * dimension * (1 + (double)dimension / settings.BatchRows)));

    /// <inheritdoc/>
    public int DefaultEpochs(long samples) => settings.DefaultEpochs(samples);
}
