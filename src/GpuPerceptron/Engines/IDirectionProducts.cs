namespace GpuPerceptron.Engines;

/// <summary>An engine that multiplies many directions at once by a Hessian, without forming it.</summary>
internal interface IDirectionProducts
{
    /// <summary>Whether it does so with its samples.</summary>
    bool HasDirectionProducts { get; }

    /// <summary>∇²L U and the diagonal of ∇²L = X̃ᵀ diag(c) X̃, c = s ∘ z(1 − z), in one read of X or less.</summary>
    /// <param name="parameters">θ: M + 1 values, the bias last. Rounded to float32, as the directions are.</param>
    /// <param name="part">Of the samples, the first, greater than 0: 1 for all. The sums of fewer are scaled as if they were all.</param>
    /// <param name="count">r, the number of directions.</param>
    /// <param name="directions">U: (M + 1) × r values, row-major.</param>
    /// <param name="products">As many; overwritten.</param>
    /// <param name="diagonal">M + 1 values; overwritten.</param>
    /// <returns>(Σc)²/Σc²: how many of these samples, if of equal curvature, would be worth as much.</returns>
    double HessianTimes(
        ReadOnlySpan<double> parameters, double part, int count, ReadOnlySpan<double> directions, Span<double> products, Span<double> diagonal);
}
