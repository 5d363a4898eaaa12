namespace GpuPerceptron.Objectives;

/// <summary>An objective that multiplies many directions at once by its Hessian, without forming it.</summary>
internal interface IDirectionalObjective
{
    /// <summary>Whether it can.</summary>
    bool HasDirectionProducts { get; }

    /// <summary>∇²f(θ) U and the diagonal of ∇²f(θ).</summary>
    /// <param name="parameters">θ.</param>
    /// <param name="part">Of the samples, the first, from which both are estimated: 1 for all.</param>
    /// <param name="count">r, the number of directions.</param>
    /// <param name="directions">U: Dimension × r values, row-major.</param>
    /// <param name="products">As many; overwritten.</param>
    /// <param name="diagonal">Dimension values; overwritten.</param>
    /// <returns>How many of these samples, if of equal curvature, would be worth as much.</returns>
    double HessianTimes(
        ReadOnlySpan<double> parameters, double part, int count, ReadOnlySpan<double> directions, Span<double> products, Span<double> diagonal);
}
