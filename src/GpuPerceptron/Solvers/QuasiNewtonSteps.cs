namespace GpuPerceptron.Solvers;

/// <summary>Steps along d = −B⁻¹∇f, with B⁻¹ an <see cref="InverseCurvature"/>, for a smooth objective.</summary>
/// <param name="dimension">Number of parameters.</param>
internal sealed class QuasiNewtonSteps(int dimension) : DescentSteps(dimension)
{
    private readonly InverseCurvature _curvature = new(dimension);
    private readonly double[] _direction = new double[dimension];
    private Iterate _next = new(dimension);

    /// <inheritdoc/>
    public override bool HasHessian => _curvature.HasHessian;

    /// <inheritdoc/>
    public override void Learn(double[] hessian, double damping = 0) => _curvature.Factor(hessian, damping);

    /// <inheritdoc/>
    public override bool Forget() => _curvature.Forget();

    /// <inheritdoc/>
    public override double SquaredDecrement()
    {
        Here.Gradient.CopyTo(_direction, 0);
        _curvature.Apply(_direction);
        return Vectors.Dot(Here.Gradient, _direction);
    }

    /// <inheritdoc/>
    public override bool Step(Action<Iterate>? evaluate = null)
    {
        double decrement = SquaredDecrement();
        for (int j = 0; j < _direction.Length; j++)
            _direction[j] = -_direction[j];
        double first = _curvature.HasScale ? 1 : Math.Min(1, 1 / Math.Sqrt(decrement));
        if (!WolfeSearch.Find(Here, _direction, first, _next, evaluate ?? (point => point.Evaluate(Objective)))) return false;
        _curvature.Correct(Here, _next);
        (Here, _next) = (_next, Here);
        return true;
    }
}
