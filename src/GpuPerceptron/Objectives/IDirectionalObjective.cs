namespace GpuPerceptron.Objectives;

/// <summary>An objective that multiplies many directions at once by its Hessian, without forming it.</summary>
internal interface IDirectionalObjective
{
    /// <summary>Whether it can.</summary>
    bool HasDirectionProducts { get; }

    /// <summary>∇²f(θ) U and the diagonal of ∇²f(θ).</summary>
    /// <param name="parameters">θ.</param>
    /// <param name="count">r, the number of directions.</param>
    /// <param name="directions">U: Dimension × r values, row-major.</param>
    /// <param name="products">As many; overwritten.</param>
    /// <param name="diagonal">Dimension values; overwritten.</param>
    /// <returns>How many samples of equal curvature would be worth as much.</returns>
    double HessianTimes(
        ReadOnlySpan<double> parameters, int count, ReadOnlySpan<double> directions, Span<double> products, Span<double> diagonal);
}
