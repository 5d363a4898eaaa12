using GpuPerceptron.LinearAlgebra;

namespace GpuPerceptron.Solvers;

/// <summary>
/// Newton's steps for F = f + λ₁‖w‖₁: each minimises a <see cref="PenalizedQuadratic"/>, which costs no pass (Lee, Sun and Saunders,
/// "Proximal Newton-type methods for minimizing composite functions", 2014). OWL-QN needs many passes on correlated features; this needs
/// as few as Newton's method.
/// </summary>
/// <remarks>
/// Between Hessians the model's curvature is corrected by BFGS, so that a sample's, or that of another point, will do. How exactly the model
/// is minimised counts little then: what a step leaves the next one has.
/// </remarks>
/// <param name="dimension">Number of parameters.</param>
internal sealed class ProximalNewtonSteps(int dimension) : DescentSteps(dimension)
{
    private const double Gamma = 1e-4;
    private const int MaximumTrials = 10;

    /// <summary>What part of the subgradient a model's minimum may leave.</summary>
    private const double Exactness = 0.01;

    private readonly PenalizedQuadratic _model = new(dimension);
    private Iterate _next = new(dimension);
    private bool _hasHessian;
    private (Iterate Point, int Evaluations)? _modelOf; // a minimum may take as long as a pass: not twice
    private double _fall; // of the model, to its minimum

    /// <inheritdoc/>
    public override bool HasHessian => _hasHessian;

    /// <inheritdoc/>
    public override void Learn(ReadOnlySpan<double> hessian, double damping = 0)
    {
        _model.Learn(hessian, damping);
        _hasHessian = true;
        _modelOf = null;
    }

    /// <inheritdoc/>
    public override void Dispose() => _model.Dispose();

    /// <summary>Twice the fall of the model; without a Hessian B = 1 stands in.</summary>
    public override double SquaredDecrement()
    {
        if (!_hasHessian) return Vectors.Dot(Here.Subgradient, Here.Subgradient);
        MinimizeModel();
        return 2 * _fall;
    }

    /// <inheritdoc/>
    public override bool Step(Action<Iterate>? evaluate = null)
    {
        if (!_hasHessian) return false;
        MinimizeModel();
        double fall = Objective.L1 * (AbsolutePenalty.Norm(_model.Target) - AbsolutePenalty.Norm(Here.Parameters));
        for (int j = 0; j < Dimension; j++)
            fall += Here.Gradient[j] * (_model.Target[j] - Here.Parameters[j]);

        if (!(fall < 0)) return false; // at the model's minimum, or not finite

        double step = 1;
        for (int trial = 0; trial < MaximumTrials; trial++, step /= 2)
        {
            // θ + d must be exactly 0 where the model says so.
            for (int j = 0; j < Dimension; j++)
                _next.Parameters[j] = step == 1 ? _model.Target[j] : Here.Parameters[j] + step * (_model.Target[j] - Here.Parameters[j]);
            (evaluate ?? (point => point.Evaluate(Objective)))(_next);
            if (!DescentMonitor.Improves(Here, _next, Gamma * step * fall)) continue;
            Correct(step);
            (Here, _next) = (_next, Here);
            return true;
        }

        return false;
    }

    private void MinimizeModel()
    {
        if (_modelOf == (Here, Here.Evaluations)) return;
        _fall = _model.Minimize(Here, Objective.L1, Exactness);
        _modelOf = (Here, Here.Evaluations);
    }

    /// <summary>Corrects the model's curvature by the step from here to the next point, a part of the way to its minimum.</summary>
    private void Correct(double part)
    {
        double[] step = new double[Dimension], change = new double[Dimension], expected = new double[Dimension];
        for (int j = 0; j < Dimension; j++)
        {
            step[j] = _next.Parameters[j] - Here.Parameters[j];
            change[j] = _next.Gradient[j] - Here.Gradient[j];
            expected[j] = part * (_model.Slope[j] - Here.Gradient[j]);
        }

        _model.Correct(step, change, expected);
        _modelOf = null;
    }
}
