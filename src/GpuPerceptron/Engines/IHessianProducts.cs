namespace GpuPerceptron.Engines;

/// <summary>An engine that multiplies by a Hessian without ever forming it, which too many features would forbid.</summary>
public interface IHessianProducts
{
    /// <summary>
    /// Takes the curvatures c = s ∘ z(1 − z) at the parameters of the last <see cref="IEngine.Pass"/> with the logistic loss, in
    /// one read of X, and holds them until the next such call.
    /// </summary>
    /// <param name="diagonal">The diagonal of ∇²L = X̃ᵀ diag(c) X̃: M + 1 values, the bias last; overwritten.</param>
    /// <exception cref="InvalidOperationException">The last pass was not one with the logistic loss.</exception>
    void HoldCurvatures(Span<double> diagonal);

    /// <summary>X̃ᵀ diag(c) X̃ u, in one read of X.</summary>
    /// <param name="direction">u: M + 1 values, the bias last. Rounded to float32 by the engine.</param>
    /// <param name="product">M + 1 values; overwritten.</param>
    /// <exception cref="InvalidOperationException">No curvatures are held.</exception>
    void HessianTimes(ReadOnlySpan<double> direction, Span<double> product);
}
