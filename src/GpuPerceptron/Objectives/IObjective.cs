namespace GpuPerceptron.Objectives;

/// <summary>A smooth function to be minimised: all that a solver sees of the problem.</summary>
public interface IObjective
{
    /// <summary>Number of parameters.</summary>
    int Dimension { get; }

    /// <summary>F(θ) and ∇F(θ), in one pass.</summary>
    /// <param name="parameters">θ.</param>
    /// <param name="gradient">∇F(θ); overwritten.</param>
    /// <returns>F(θ); not finite where it overflows.</returns>
    double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient);
}
