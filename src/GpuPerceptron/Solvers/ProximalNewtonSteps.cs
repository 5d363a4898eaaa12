using GpuPerceptron.Data;
using GpuPerceptron.LinearAlgebra;

namespace GpuPerceptron.Solvers;

/// <summary>
/// Newton's steps for F = f + λ₁‖w‖₁: each minimises ∇f·d + dᵀHd/2 + λ₁‖w + d‖₁ by coordinate descent, which costs no pass
/// (Friedman, Hastie and Tibshirani, "Regularization paths for generalized linear models via coordinate descent", 2010; Lee, Sun
/// and Saunders, "Proximal Newton-type methods for minimizing composite functions", 2014). OWL-QN needs many passes on
/// correlated features; this needs as few as Newton's method.
/// </summary>
/// <param name="dimension">Number of parameters.</param>
internal sealed class ProximalNewtonSteps(int dimension) : DescentSteps(dimension)
{
    private const double Gamma = 1e-4;
    private const int MaximumTrials = 30;
    private const int MaximumSweeps = 1000;

    /// <summary>A sweep that lowers the model by less than this part of what all did ends the descent.</summary>
    private const double SmallestPart = 1e-9;

    private readonly NativeDoubles _hessian = new(dimension * dimension);
    private readonly double[] _direction = new double[dimension];
    private readonly double[] _slope = new double[dimension]; // of the model's smooth part: ∇f + Hd
    private Iterate _next = new(dimension);
    private bool _hasHessian;

    /// <inheritdoc/>
    public override bool HasHessian => _hasHessian;

    /// <inheritdoc/>
    public override void Learn(ReadOnlySpan<double> hessian, double damping = 0)
    {
        hessian.CopyTo(_hessian.Span);
        for (int j = 0; j < Dimension; j++)
            _hessian.Span[j * Dimension + j] *= 1 + damping;
        _hasHessian = true;
    }

    /// <inheritdoc/>
    public override void Dispose() => _hessian.Dispose();

    /// <summary>Twice the fall of the model; without a Hessian H = 1 stands in.</summary>
    public override double SquaredDecrement()
    {
        if (!_hasHessian) return Vectors.Dot(Here.Subgradient, Here.Subgradient);
        return 2 * MinimizeModel();
    }

    /// <inheritdoc/>
    public override bool Step(Action<Iterate>? evaluate = null)
    {
        if (!_hasHessian) return false;
        MinimizeModel();
        double fall = Vectors.Dot(Here.Gradient, _direction) - Objective.L1 * AbsolutePenalty.Norm(Here.Parameters);
        for (int j = 0; j < Dimension - 1; j++)
            fall += Objective.L1 * Math.Abs(Here.Parameters[j] + _direction[j]);

        double step = 1;
        for (int trial = 0; trial < MaximumTrials; trial++, step /= 2)
        {
            for (int j = 0; j < Dimension; j++)
                _next.Parameters[j] = Here.Parameters[j] + step * _direction[j];
            (evaluate ?? (point => point.Evaluate(Objective)))(_next);
            if (!DescentMonitor.Improves(Here, _next, Gamma * step * fall)) continue;
            (Here, _next) = (_next, Here);
            return true;
        }

        return false;
    }

    /// <summary>
    /// Coordinate descent: with a = Hⱼⱼ and u = wⱼ + dⱼ, the model's minimum along j is at S(u − slopeⱼ/a, λ₁/a), S the shrinkage.
    /// Between sweeps over all coordinates only those that are not 0 are swept.
    /// </summary>
    /// <returns>How far the model's minimum is below its value at d = 0.</returns>
    private double MinimizeModel()
    {
        Array.Clear(_direction);
        Here.Gradient.CopyTo(_slope, 0);
        double total = 0;
        bool all = true;
        for (int sweep = 0; sweep < MaximumSweeps; sweep++)
        {
            double gained = 0;
            for (int j = 0; j < Dimension; j++)
            {
                if (all || j == Dimension - 1 || Here.Parameters[j] + _direction[j] != 0) gained += MinimizeAlong(j);
            }

            total += gained;
            bool settled = gained <= SmallestPart * total;
            if (settled && all) break;
            all = settled;
        }

        return total;
    }

    private double MinimizeAlong(int j)
    {
        var row = _hessian.Span.Slice(j * Dimension, Dimension);
        double a = row[j];
        if (!(a > 0)) return 0;
        double l1 = j == Dimension - 1 ? 0 : Objective.L1;
        double u = Here.Parameters[j] + _direction[j], slope = _slope[j];
        double target = AbsolutePenalty.Shrink(u - slope / a, l1 / a), change = target - u;
        if (change == 0) return 0;
        // θ + d must be exactly 0 where the model says so.
        _direction[j] = target - Here.Parameters[j];
        Vectors.AddScaled(_slope, change, row);
        return -(slope * change + a / 2 * change * change + l1 * (Math.Abs(target) - Math.Abs(u)));
    }
}
