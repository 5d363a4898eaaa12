namespace GpuPerceptron.Objectives;

/// <summary>A mean over samples (and a penalty), of which a part can be looked at alone.</summary>
public interface ISampledObjective : ICurvedObjective
{
    /// <summary>Samples in the mean.</summary>
    long Samples { get; }

    /// <summary>The part of the samples that is of the rarer label, above 0 and at most 1/2.</summary>
    double RarerPart { get; }

    /// <summary>The mean square of each feature over all samples, or about that; empty where it is not known.</summary>
    ReadOnlySpan<double> MeanSquares => default;

    /// <summary>
    /// The second derivative by each parameter, or about that, where they differ much from one another; empty where they do not, or are not
    /// known.
    /// </summary>
    ReadOnlySpan<double> Curvatures => default;

    /// <summary>Bytes that a sample and what a solver makes of it may take; what it keeps of another comes on top.</summary>
    long SolverBytes => long.MaxValue;

    /// <summary>About the bytes that a sample takes.</summary>
    /// <param name="count">Its samples.</param>
    long BytesOf(long count) => sizeof(float) * count * Dimension;

    /// <summary>Whether <see cref="CurvatureRows"/> can be had and are worth it.</summary>
    bool HasCurvatureRows => false;

    /// <summary>Rows √(s d/Σs) x̃ᵀ of some samples, d = ∂²ℓ/∂v²: the sum of their outer products is about ∇²f without its penalty.</summary>
    /// <param name="parameters">θ.</param>
    /// <param name="count">How many rows, from 1 to <see cref="Samples"/>.</param>
    /// <param name="stride">Values from one row to the next, at least Dimension.</param>
    /// <param name="rows">count × stride values, 0 before; the rows are written, the bias's column last, and not their padding.</param>
    /// <returns>The penalty's second derivative by a weight, λ₂; null where they cannot be had, or weigh nothing.</returns>
    double? CurvatureRows(ReadOnlySpan<double> parameters, int count, int stride, Span<float> rows) => null;

    /// <summary>Whether the objectives of <see cref="Sample"/> multiply directions, see <see cref="IDirectionalObjective"/>.</summary>
    internal bool HasDirectionalSamples => false;

    /// <summary>
    /// The same objective over some of the samples: the first ones of a random order, always the same, so that a larger sample
    /// holds every smaller one.
    /// </summary>
    /// <param name="count">How many, from 1 to <see cref="Samples"/>.</param>
    /// <param name="ridge">What is added to λ₂, at least 0: few samples' weights grow too long without.</param>
    /// <returns>The objective, to be disposed by the caller; null where the sample has no weight.</returns>
    ObjectiveSample? Sample(long count, double ridge);
}

/// <summary>An objective over a sample, with what was allocated for it.</summary>
/// <param name="objective">The objective.</param>
/// <param name="resources">What it needs.</param>
public sealed class ObjectiveSample(ICurvedObjective objective, params IDisposable[] resources) : IDisposable
{
    /// <summary>The objective.</summary>
    public ICurvedObjective Objective => objective;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var resource in resources)
            resource.Dispose();
    }
}
