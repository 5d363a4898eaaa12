namespace GpuPerceptron.Objectives;

/// <summary>An objective that knows its second derivatives.</summary>
public interface ICurvedObjective : IObjective
{
    /// <summary>f(θ), ∇f(θ) and ∇²f(θ), in one pass.</summary>
    /// <param name="parameters">θ.</param>
    /// <param name="gradient">∇f(θ); overwritten.</param>
    /// <param name="hessian">∇²f(θ), Dimension² values, row-major, both triangles; overwritten.</param>
    /// <returns>f(θ); not finite where it overflows.</returns>
    double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient, Span<double> hessian);
}
