using GpuPerceptron.LinearAlgebra;
using GpuPerceptron.Objectives;

namespace GpuPerceptron.Solvers;

/// <summary>
/// Newton's steps without a Hessian in memory: d solves ∇²f d = −∇f by conjugate gradients, only as exactly as it is worth. With a penalty
/// λ₁‖w‖₁ it does so among the weights that may move, and within their signs.
/// </summary>
/// <remarks>
/// The residual is at most η of the gradient, η = min(1/4, √(‖∇F‖/‖∇F₀‖)), so that the steps converge faster than linearly (Dembo, Eisenstat
/// and Steihaug, "Inexact Newton methods", 1982).
/// <para>
/// With λ₁, F is smooth within an orthant: there d solves ∇²f d = −◇F, with ◇F the least subgradient, among the weights that are not 0 or
/// whose ◇F is not, and what would change its sign becomes 0 (Byrd, Chin, Nocedal and Oztoprak, "A family of second-order methods for convex
/// ℓ1-regularized optimization", 2016). What these weights would have given to the mean logit, the bias gives: else hundreds of small ones
/// leave a large gradient along the means, and the next step is spent on that. Where much of d would become 0 it is no longer the step that
/// was solved for, and where ∇²f is singular it may grow without end: so the gradients end before.
/// </para>
/// </remarks>
internal sealed class TruncatedNewtonSteps
{
    private const double LargestForcing = 0.25;
    private const int MaximumTrials = 10; // in an orthant
    private const double ShortPart = 0.2; // of the direction
    private const int MostShortSteps = 4; // in turn

    /// <summary>
    /// What part of d, squared in the norm of the preconditioner's diagonal, may be outside the orthant. Without a limit correlated features
    /// took two to seven times the reads.
    /// </summary>
    private const double LargestPartOutside = 0.1;

    private readonly IProductObjective _objective;
    private readonly CentredDiagonal _diagonal;
    private readonly ConjugateGradients _gradients;
    private readonly double[] _direction;
    private readonly double[] _outside; // what of the direction leaves the orthant
    private readonly double _firstNorm; // ‖∇F₀‖
    private Iterate _next;
    private int _shortSteps;
    private bool _biasWent;

    /// <summary>Evaluates a start.</summary>
    /// <param name="objective">F, which knows products with ∇²f.</param>
    /// <param name="start">θ₀.</param>
    public TruncatedNewtonSteps(IProductObjective objective, ReadOnlySpan<double> start)
    {
        _objective = objective;
        Here = new Iterate(start.ToArray());
        (_diagonal, _gradients) = (new CentredDiagonal(start.Length), new ConjugateGradients(start.Length));
        (_direction, _outside, _next) = (new double[start.Length], new double[start.Length], new Iterate(start.Length));
        Here.Evaluate(objective);
        _firstNorm = Vectors.MaxNorm(Here.Subgradient);
    }

    /// <summary>θ, evaluated.</summary>
    public Iterate Here { get; private set; }

    /// <summary>Takes a step.</summary>
    /// <returns>Whether there was one worth its price: in theory always, in float32 not.</returns>
    public bool Step()
    {
        _diagonal.Hold(_objective); // at the point evaluated last, which is here
        bool orthant = _objective.L1 > 0;
        if (orthant && StepsAlongBias()) return true;
        if (orthant) FixWhatIsAtZero();
        double forcing = Math.Min(LargestForcing, Math.Sqrt(Vectors.MaxNorm(Here.Subgradient) / _firstNorm));
        _gradients.Solve(_objective, _diagonal, Here.Subgradient, forcing, _direction, orthant ? LeavesOrthant : null);
        if (!Search()) return false;
        (Here, _next) = (_next, Here);
        return true;
    }

    /// <summary>
    /// Where the bias is so far from its best that the features' means alone could lift a gradient above λ₁, the signs of gradients tell
    /// nothing of those of weights: then the bias goes first, by itself.
    /// </summary>
    /// <returns>Whether there was such a step; never twice in turn.</returns>
    private bool StepsAlongBias()
    {
        double ofBias = Here.Subgradient[^1];
        _biasWent = !_biasWent && Math.Abs(ofBias) * Vectors.MaxNorm(_diagonal.Means) > _objective.L1;
        if (!_biasWent) return false;
        Array.Clear(_direction);
        _direction[^1] = -ofBias / _diagonal.OfBias;
        _biasWent = OrthantSearch.Find(Here, _direction, 1, MaximumTrials, _next, Evaluate) > 0;
        if (_biasWent) (Here, _next) = (_next, Here);
        return _biasWent;
    }

    /// <summary>A weight that is 0, and whose gradient is within λ₁, stays so.</summary>
    private void FixWhatIsAtZero()
    {
        for (int j = 0; j < _direction.Length - 1; j++)
        {
            if (Here.Parameters[j] == 0 && Here.Subgradient[j] == 0) _diagonal.Fix(j);
        }
    }

    private bool LeavesOrthant()
    {
        for (int j = 0; j < _direction.Length - 1; j++)
        {
            double there = Here.Parameters[j] + _direction[j];
            _outside[j] = OrthantSearch.Leaves(Here, j, there) ? there : 0;
        }

        _outside[^1] = 0;
        _outside[^1] = -Vectors.Dot(_diagonal.Means, _outside); // the bias makes up for it
        return _diagonal.Curvature(_outside) > LargestPartOutside * _diagonal.Curvature(_direction);
    }

    /// <returns>Whether there is a step, and the last ones were not all far shorter than the direction.</returns>
    private bool Search()
    {
        if (_objective.L1 == 0) return WolfeSearch.Find(Here, _direction, 1, _next, Evaluate);
        double part = OrthantSearch.Find(Here, _direction, 1, MaximumTrials, _next, Evaluate, _diagonal.Means);
        _shortSteps = part < ShortPart ? _shortSteps + 1 : 0;
        return part > 0 && _shortSteps < MostShortSteps;
    }

    private void Evaluate(Iterate point) => point.Evaluate(_objective);
}
