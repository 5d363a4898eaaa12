using GpuPerceptron.LinearAlgebra;

namespace GpuPerceptron.Solvers;

/// <summary>Steps along d = −B⁻¹∇f, with B⁻¹ an <see cref="InverseCurvature"/>, for a smooth objective.</summary>
/// <param name="dimension">Number of parameters.</param>
/// <param name="curvatures">About the second derivative by each parameter; empty where nothing is known of them.</param>
internal sealed class QuasiNewtonSteps(int dimension, double[] curvatures) : DescentSteps(dimension)
{
    private readonly InverseCurvature _curvature = new(dimension, curvatures);
    private readonly double[] _direction = new double[dimension];
    private Iterate _next = new(dimension);
    private (Iterate Point, int Evaluations)? _directionOf; // a solution with a wide factor takes a tenth of a pass: not twice

    /// <inheritdoc/>
    public override bool HasHessian => _curvature.HasHessian;

    /// <inheritdoc/>
    public override bool HasModel => _curvature.HasModel;

    /// <inheritdoc/>
    public override void Learn(ReadOnlySpan<double> hessian, double damping = 0)
    {
        _directionOf = null;
        _curvature.Factor(hessian, damping);
    }

    /// <inheritdoc/>
    public override void LearnOfSample(ReadOnlySpan<double> hessian, double samplesPerParameter)
    {
        _directionOf = null;
        _curvature.FactorOfSample(hessian, samplesPerParameter);
    }

    /// <inheritdoc/>
    public override void Learn(ICurvatureModel? model)
    {
        _directionOf = null;
        _curvature.Begin(model);
    }

    /// <inheritdoc/>
    public override bool Forget()
    {
        _directionOf = null;
        return _curvature.Forget();
    }

    /// <inheritdoc/>
    public override void Dispose() => _curvature.Dispose();

    /// <inheritdoc/>
    public override double SquaredDecrement()
    {
        if (_directionOf != (Here, Here.Evaluations))
        {
            Here.Gradient.CopyTo(_direction, 0);
            _curvature.Apply(Here, _direction);
            for (int j = 0; j < _direction.Length; j++)
                _direction[j] = -_direction[j];
            _directionOf = (Here, Here.Evaluations);
        }

        return -Vectors.Dot(Here.Gradient, _direction);
    }

    /// <inheritdoc/>
    public override bool Step(Action<Iterate>? evaluate = null)
    {
        double decrement = SquaredDecrement();
        double first = _curvature.HasScale ? 1 : Math.Min(1, 1 / Math.Sqrt(decrement));
        if (!WolfeSearch.Find(Here, _direction, first, _next, evaluate ?? (point => point.Evaluate(Objective)))) return false;
        _curvature.Correct(Here, _next);
        _directionOf = null;
        (Here, _next) = (_next, Here);
        return true;
    }
}
