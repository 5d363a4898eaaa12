namespace GpuPerceptron.Objectives;

/// <summary>
/// A function to be minimised, F(θ) = f(θ) + λ₁ Σⱼ |θⱼ| over all parameters but the last (the bias): all that a solver sees of
/// the problem. f is smooth; where λ₁ is 0, F is f.
/// </summary>
public interface IObjective
{
    /// <summary>Number of parameters.</summary>
    int Dimension { get; }

    /// <summary>λ₁, at least 0.</summary>
    double L1 => 0;

    /// <summary>f(θ) and ∇f(θ), in one pass.</summary>
    /// <param name="parameters">θ.</param>
    /// <param name="gradient">∇f(θ); overwritten.</param>
    /// <returns>f(θ); not finite where it overflows.</returns>
    double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient);
}
