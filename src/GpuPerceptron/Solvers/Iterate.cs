using GpuPerceptron.Objectives;

namespace GpuPerceptron.Solvers;

/// <summary>A point that a solver has evaluated, or is about to.</summary>
/// <param name="dimension">Number of parameters.</param>
internal sealed class Iterate(int dimension)
{
    /// <summary>θ.</summary>
    public double[] Parameters { get; } = new double[dimension];

    /// <summary>∇f(θ).</summary>
    public double[] Gradient { get; } = new double[dimension];

    /// <summary>f(θ).</summary>
    public double Objective { get; set; }

    /// <summary>f and ∇f here, in one pass.</summary>
    public void Evaluate(IObjective objective) => Objective = objective.Evaluate(Parameters, Gradient);

    /// <summary>f, ∇f and ∇²f here, in one pass.</summary>
    public void Evaluate(ICurvedObjective objective, double[] hessian) => Objective = objective.Evaluate(Parameters, Gradient, hessian);
}
