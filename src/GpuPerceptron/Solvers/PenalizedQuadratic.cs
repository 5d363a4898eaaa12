using GpuPerceptron.Data;
using GpuPerceptron.LinearAlgebra;

namespace GpuPerceptron.Solvers;

/// <summary>
/// A model of F = f + λ₁‖w‖₁ around a point θ, m(u) = ∇f·(u − θ) + (u − θ)ᵀB(u − θ)/2 + λ₁‖u‖₁ (the last parameter, the bias, is free of
/// the penalty), and its minimum.
/// </summary>
/// <remarks>
/// Coordinate descent finds out which parameters are 0, and of what sign the others are (Friedman, Hastie and Tibshirani, "Regularization
/// paths for generalized linear models via coordinate descent", 2010). Where features are correlated it needs hundreds of sweeps for their
/// values; but as long as no sign changes, m is quadratic in them, and conjugate gradients need few products (Nocedal and Wright, Numerical
/// Optimization, algorithm 5.3). So both take turns: a sweep over all, then a descent among those that are not 0, projected where one would
/// change its sign (as in Byrd, Chin, Nocedal and Oztoprak, "A family of second-order methods for convex ℓ1-regularized optimization", 2016).
/// </remarks>
/// <param name="dimension">Number of parameters.</param>
internal sealed class PenalizedQuadratic(int dimension) : IDisposable
{
    private const int MaximumRounds = 100;
    private const int MaximumProducts = 50;
    private const int MaximumHalvings = 10;
    private const int MaximumBlocked = 20; // steps in a row, in a round, that end where a sign changes
    private const double Smallest = 1e-12; // of what it was, a parameter is 0

    /// <summary>What part of its gradient a descent within signs leaves: the next sweep changes signs again.</summary>
    private const double ExactnessWithinSigns = 0.1;

    /// <summary>A change of the gradient that is so much less than B's says little but how float32 rounds, and would make B indefinite.</summary>
    private const double LeastPartOfModelled = 0.01;

    private readonly NativeDoubles _curvature = new(dimension * dimension); // B
    private readonly List<int> _free = new(dimension); // parameters that are not 0, and the bias
    private readonly double[] _residual = new double[dimension];
    private readonly double[] _direction = new double[dimension];
    private readonly double[] _product = new double[dimension];
    private readonly double[] _step = new double[dimension];
    private readonly double[] _trial = new double[dimension];
    private readonly double[] _nearest = new double[dimension];
    private readonly double[] _nearestProduct = new double[dimension];
    private double _l1;
    private bool _isScaled;

    /// <summary>B, row-major.</summary>
    public ReadOnlySpan<double> Curvature => _curvature.Span;

    /// <summary>u, near the minimum since <see cref="Minimize"/>; exactly 0 where the minimum is.</summary>
    public double[] Target { get; } = new double[dimension];

    /// <summary>The gradient of the model's smooth part at u: ∇f + B(u − θ).</summary>
    public double[] Slope { get; } = new double[dimension];

    /// <summary>Takes B.</summary>
    /// <param name="hessian">Row-major, both triangles, positive semidefinite; not kept.</param>
    /// <param name="damping">What part of its diagonal to add, at least 0.</param>
    public void Learn(ReadOnlySpan<double> hessian, double damping)
    {
        hessian.CopyTo(_curvature.Span);
        for (int j = 0; j < dimension; j++)
            _curvature.Span[j * dimension + j] *= 1 + damping;
        _isScaled = false;
    }

    /// <summary>
    /// B ← γB + yyᵀ/y·s − γBs(Bs)ᵀ/s·Bs (BFGS), so that B fits the last step; γ = y·s/s·Bs the first time, else 1.
    /// </summary>
    /// <param name="step">s.</param>
    /// <param name="change">y, the change of ∇f.</param>
    /// <param name="expected">Bs.</param>
    public void Correct(ReadOnlySpan<double> step, ReadOnlySpan<double> change, ReadOnlySpan<double> expected)
    {
        double curvature = Vectors.Dot(step, change), modelled = Vectors.Dot(step, expected);
        if (!(modelled > 0 && curvature > LeastPartOfModelled * modelled)) return; // rounding, in a direction that has hardly any
        double gamma = _isScaled ? 1 : curvature / modelled;
        _isScaled = true;
        for (int i = 0; i < dimension; i++)
        {
            var row = Row(i);
            if (gamma != 1) Vectors.Divide(row, 1 / gamma);
            Vectors.AddScaled(row, change[i] / curvature, change);
            Vectors.AddScaled(row, -gamma * expected[i] / modelled, expected);
        }
    }

    /// <summary>Moves u from θ to about the minimum.</summary>
    /// <param name="from">θ and ∇f.</param>
    /// <param name="l1">λ₁.</param>
    /// <param name="exactness">What part of the subgradient, in the norm of B's diagonal, may be left.</param>
    /// <returns>How far m fell.</returns>
    public double Minimize(Iterate from, double l1, double exactness)
    {
        _l1 = l1;
        from.Parameters.CopyTo(Target, 0);
        from.Gradient.CopyTo(Slope, 0);
        double enough = exactness * exactness * SquaredSubgradient(), fall = 0;
        for (int round = 0; round < MaximumRounds; round++)
        {
            for (int j = 0; j < dimension; j++)
                fall += MinimizeAlong(j);
            if (SquaredSubgradient() <= enough) break;
            for (int step = 0; step < MaximumBlocked; step++)
            {
                double fell = MinimizeWithinSigns(out int nonzero);
                fall += fell;
                if (fell == 0 || nonzero == _free.Count) break;
            }

            if (SquaredSubgradient() <= enough) break;
        }

        return fall;
    }

    /// <inheritdoc/>
    public void Dispose() => _curvature.Dispose();

    private Span<double> Row(int j) => _curvature.Span.Slice(j * dimension, dimension);

    private double Diagonal(int j) => _curvature.Span[j * dimension + j];

    private double PenaltyOf(int j) => j == dimension - 1 ? 0 : _l1;

    /// <summary>Σ ◇ⱼ²/Bⱼⱼ, with ◇ the subgradient of least norm: were B diagonal, twice what m can still fall.</summary>
    private double SquaredSubgradient()
    {
        double[] subgradient = AbsolutePenalty.LeastSubgradient(Target, Slope, _l1);
        double sum = 0;
        for (int j = 0; j < dimension; j++)
        {
            if (Diagonal(j) > 0) sum += subgradient[j] * subgradient[j] / Diagonal(j);
        }

        return sum;
    }

    /// <summary>With a = Bⱼⱼ, the minimum along j is at S(uⱼ − slopeⱼ/a, λ₁/a), S the shrinkage.</summary>
    /// <returns>How far m fell.</returns>
    private double MinimizeAlong(int j)
    {
        double a = Diagonal(j);
        if (!(a > 0)) return 0;
        double l1 = PenaltyOf(j), u = Target[j], slope = Slope[j];
        double target = AbsolutePenalty.Shrink(u - slope / a, l1 / a), change = target - u;
        if (change == 0) return 0;
        Target[j] = target;
        Vectors.AddScaled(Slope, change, Row(j));
        return -(slope * change + a / 2 * change * change + l1 * (Math.Abs(target) - Math.Abs(u)));
    }

    /// <summary>A step among the parameters that are not 0: what would change its sign becomes 0.</summary>
    /// <param name="nonzero">Parameters that still are not 0, and the bias.</param>
    /// <returns>How far m fell.</returns>
    private double MinimizeWithinSigns(out int nonzero)
    {
        _free.Clear();
        for (int j = 0; j < dimension; j++)
        {
            if ((Target[j] != 0 || j == dimension - 1) && Diagonal(j) > 0) _free.Add(j);
        }

        FindStep();

        // As far as the first change of a sign m falls; beyond it, projected, it may fall further, or rise.
        double unhindered = 1;
        foreach (int j in _free)
        {
            if (j < dimension - 1 && _step[j] * Target[j] < 0) unhindered = Math.Min(unhindered, -Target[j] / _step[j]);
        }

        double change = ChangeAlong(unhindered);
        if (unhindered < 1)
        {
            _trial.CopyTo(_nearest, 0);
            _product.CopyTo(_nearestProduct, 0);
            double part = 1, further = ChangeAlong(part);
            for (int halving = 0; !(further < change) && halving < MaximumHalvings && part > 2 * unhindered; halving++)
                further = ChangeAlong(part /= 2);
            if (further < change)
            {
                change = further;
            }
            else
            {
                _nearest.CopyTo(_trial, 0);
                _nearestProduct.CopyTo(_product, 0);
            }
        }

        nonzero = _free.Count;
        if (!(change < 0)) return 0;
        foreach (int j in _free)
        {
            Target[j] = _trial[j];
            if (Target[j] == 0 && j < dimension - 1) nonzero--;
        }

        Vectors.Add(Slope, _product);
        return -change;
    }

    /// <summary>How m changes by a part of the step, projected: where that is, and what is to be added to the slope, is kept.</summary>
    private double ChangeAlong(double part)
    {
        double change = 0;
        Array.Clear(_product);
        foreach (int j in _free)
        {
            double from = Target[j], to = from + part * _step[j];
            if (j < dimension - 1 && to * from <= Smallest * from * from) to = 0;
            _trial[j] = to;
            Vectors.AddScaled(_product, to - from, Row(j));
            change += Slope[j] * (to - from) + PenaltyOf(j) * (Math.Abs(to) - Math.Abs(from));
        }

        foreach (int j in _free)
            change += (_trial[j] - Target[j]) * _product[j] / 2;
        return change;
    }

    /// <summary>Solves B step = −∇m among the free parameters by conjugate gradients, preconditioned by B's diagonal.</summary>
    private void FindStep()
    {
        Array.Clear(_step);
        Array.Clear(_direction);
        double squared = 0;
        foreach (int j in _free)
        {
            _residual[j] = -Slope[j] - (Target[j] > 0 ? PenaltyOf(j) : -PenaltyOf(j));
            _direction[j] = _residual[j] / Diagonal(j);
            squared += _residual[j] * _direction[j];
        }

        double enough = ExactnessWithinSigns * ExactnessWithinSigns * squared;
        for (int k = 0; k < MaximumProducts && squared > enough; k++)
        {
            double curvature = 0;
            foreach (int j in _free)
            {
                _product[j] = Vectors.Dot(Row(j), _direction);
                curvature += _direction[j] * _product[j];
            }

            if (!(curvature > 0)) return; // flat, and linear terms alone end at a sign's change: a sweep's task
            double length = squared / curvature, before = squared;
            squared = 0;
            foreach (int j in _free)
            {
                _step[j] += length * _direction[j];
                _residual[j] -= length * _product[j];
                squared += _residual[j] * _residual[j] / Diagonal(j);
            }

            foreach (int j in _free)
                _direction[j] = _residual[j] / Diagonal(j) + squared / before * _direction[j];
        }
    }
}
