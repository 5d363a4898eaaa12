using GpuPerceptron.Objectives;

namespace GpuPerceptron.Solvers;

/// <summary>A point that a solver has evaluated, or is about to.</summary>
/// <param name="parameters">θ; kept.</param>
internal sealed class Iterate(double[] parameters)
{
    /// <summary>The point 0.</summary>
    /// <param name="dimension">Number of parameters.</param>
    public Iterate(int dimension) : this(new double[dimension]) { }

    /// <summary>θ.</summary>
    public double[] Parameters { get; } = parameters;

    /// <summary>∇f(θ).</summary>
    public double[] Gradient { get; } = new double[parameters.Length];

    /// <summary>
    /// The subgradient of F of least norm: 0 at the optimum, and only there. Where λ₁ is 0 it is <see cref="Gradient"/>.
    /// </summary>
    public double[] Subgradient { get; private set; } = [];

    /// <summary>F(θ).</summary>
    public double Objective { get; private set; }

    /// <summary>How often it was evaluated.</summary>
    public int Evaluations { get; private set; }

    /// <summary>F and its derivatives here, in one pass.</summary>
    public void Evaluate(IObjective objective) => Complete(objective, objective.Evaluate(Parameters, Gradient));

    /// <summary>F and its derivatives here, the second ones of f too, in one pass.</summary>
    public void Evaluate(ICurvedObjective objective, Span<double> hessian) =>
        Complete(objective, objective.Evaluate(Parameters, Gradient, hessian));

    private void Complete(IObjective objective, double smooth)
    {
        Evaluations++;
        Objective = smooth;
        Subgradient = Gradient;
        if (objective.L1 == 0) return;
        Objective += objective.L1 * AbsolutePenalty.Norm(Parameters);
        Subgradient = AbsolutePenalty.LeastSubgradient(Parameters, Gradient, objective.L1);
    }
}
