using GpuPerceptron.Models;

namespace GpuPerceptron.Diagnostics.Gradients;

/// <summary>A gradient that somebody computed with code of their own, and what they computed it of.</summary>
public sealed record GradientClaim
{
    /// <summary>∂F/∂w in the order of the schema's features, then ∂F/∂b; without the latter where the model has no bias.</summary>
    public required IReadOnlyList<double> Gradient { get; init; }

    /// <summary>Half a unit of the last digit that each value was written with; empty where they are whole.</summary>
    public IReadOnlyList<double> Rounding { get; init; } = [];

    /// <summary>
    /// w in the order of the schema's features, then b (0 where it is left out), in the units of the user's own features;
    /// empty for 0 throughout.
    /// </summary>
    public IReadOnlyList<double> Weights { get; init; } = [];

    /// <summary>A model in place of <see cref="Weights"/>: the same function whatever the units.</summary>
    public PerceptronModel? Model { get; init; }

    /// <summary>λ₂, as F is to have it.</summary>
    public double L2 { get; init; }

    /// <summary>
    /// Whether the features are to be standardised; null where that is not known: then the table's units are tried, then
    /// standardised ones.
    /// </summary>
    public bool? Standardized { get; init; }

    /// <summary>What messages call the gradient: a file.</summary>
    public string Name { get; init; } = "the gradient";
}
