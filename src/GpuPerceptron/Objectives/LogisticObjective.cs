using GpuPerceptron.Engines;

namespace GpuPerceptron.Objectives;

/// <summary>
/// F(w, b) = (1/Σs) Σ sᵢ ℓ(yᵢ, w·xᵢ + b) + λ₂/2 ‖w‖², with ℓ the binary cross-entropy. The bias is not penalised.
/// </summary>
/// <remarks>
/// ∇F = (1/Σs) X̃ᵀ (s ∘ (Z − Y)) + λ₂ (w, 0). An engine's sum is divided by Σs here, so that learning rate, penalty and
/// tolerance mean the same at any number of samples.
/// </remarks>
/// <param name="engine">Where the samples are.</param>
/// <param name="totalWeight">Σs, greater than 0.</param>
/// <param name="l2">λ₂, at least 0.</param>
public sealed class LogisticObjective(IEngine engine, double totalWeight, double l2) : IMiniBatchObjective
{
    /// <inheritdoc/>
    public int Dimension => engine.Features + 1;

    /// <summary>The mean of the losses at the last evaluation: F without the penalty.</summary>
    public double MeanLoss { get; private set; }

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        MeanLoss = engine.Pass(PassLoss.Logistic, parameters, gradient) / totalWeight;
        double squares = 0;
        for (int j = 0; j < gradient.Length - 1; j++)
        {
            gradient[j] = gradient[j] / totalWeight + l2 * parameters[j];
            squares += parameters[j] * parameters[j];
        }

        gradient[^1] /= totalWeight;
        return MeanLoss + 0.5 * l2 * squares;
    }

    /// <inheritdoc/>
    public IMiniBatches MiniBatches(MiniBatchOptions options, ReadOnlySpan<double> start) =>
        engine.MiniBatches(options, totalWeight, l2, start);
}
