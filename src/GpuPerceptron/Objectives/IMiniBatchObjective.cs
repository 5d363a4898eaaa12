using GpuPerceptron.Engines;

namespace GpuPerceptron.Objectives;

/// <summary>A mean over samples (and a penalty) that can be descended by gradients that a few samples estimate.</summary>
public interface IMiniBatchObjective : IObjective
{
    /// <summary>Begins a descent.</summary>
    /// <param name="options">How batches are taken.</param>
    /// <param name="start">θ to start from.</param>
    /// <returns>The batches, to be disposed by the caller; between their steps the objective can be evaluated.</returns>
    IMiniBatches MiniBatches(MiniBatchOptions options, ReadOnlySpan<double> start);
}
