using GpuPerceptron.LinearAlgebra;

namespace GpuPerceptron.Solvers;

/// <summary>
/// OWL-QN: L-BFGS for F = f + λ₁‖w‖₁, which is smooth within an orthant (Andrew and Gao, "Scalable training of L1-regularized
/// log-linear models", 2007).
/// </summary>
/// <remarks>
/// The direction is d = −B⁻¹◇F, ◇F the least subgradient and B⁻¹ learned from ∇f alone; of d only what has the sign of −◇F is
/// kept, so that it descends. An <see cref="OrthantSearch"/> finds the step.
/// </remarks>
/// <param name="dimension">Number of parameters.</param>
/// <param name="curvatures">About the second derivative by each parameter; empty where nothing is known of them.</param>
internal sealed class OrthantSteps(int dimension, double[] curvatures) : DescentSteps(dimension)
{
    private const int MaximumTrials = 30;

    private readonly InverseCurvature _curvature = new(dimension, curvatures);
    private readonly double[] _direction = new double[dimension];
    private Iterate _next = new(dimension);

    /// <inheritdoc/>
    public override bool HasHessian => false;

    /// <inheritdoc/>
    public override void Learn(ReadOnlySpan<double> hessian, double damping = 0) => throw new NotSupportedException("OWL-QN uses no Hessian");

    /// <inheritdoc/>
    public override void Dispose() { }

    /// <inheritdoc/>
    public override bool Forget() => _curvature.Forget();

    /// <inheritdoc/>
    public override double SquaredDecrement()
    {
        Here.Subgradient.CopyTo(_direction, 0);
        _curvature.Apply(Here, _direction);
        return Vectors.Dot(Here.Subgradient, _direction);
    }

    /// <inheritdoc/>
    public override bool Step(Action<Iterate>? evaluate = null)
    {
        double decrement = SquaredDecrement();
        double[] subgradient = Here.Subgradient;
        for (int j = 0; j < Dimension; j++)
            _direction[j] = _direction[j] * subgradient[j] > 0 ? -_direction[j] : 0;

        double step = _curvature.HasScale ? 1 : Math.Min(1, 1 / Math.Sqrt(decrement));
        if (OrthantSearch.Find(Here, _direction, step, MaximumTrials, _next, evaluate ?? (point => point.Evaluate(Objective))) == 0) return false;
        _curvature.Correct(Here, _next);
        (Here, _next) = (_next, Here);
        return true;
    }
}
