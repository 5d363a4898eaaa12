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
    /// <returns>Whether there was one: in theory always, in float32 not.</returns>
    public bool Step()
    {
        _diagonal.Hold(_objective); // at the point evaluated last, which is here
        bool orthant = _objective.L1 > 0;
        if (orthant) FixWhatIsAtZero();
        double forcing = Math.Min(LargestForcing, Math.Sqrt(Vectors.MaxNorm(Here.Subgradient) / _firstNorm));
        _gradients.Solve(_objective, _diagonal, Here.Subgradient, forcing, _direction, orthant ? LeavesOrthant : null);
        if (!Search()) return false;
        (Here, _next) = (_next, Here);
        return true;
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

        return _diagonal.Curvature(_outside) > LargestPartOutside * _diagonal.Curvature(_direction);
    }

    private bool Search() => _objective.L1 > 0
        ? OrthantSearch.Find(Here, _direction, 1, MaximumTrials, _next, Evaluate, _diagonal.Means)
        : WolfeSearch.Find(Here, _direction, 1, _next, Evaluate);

    private void Evaluate(Iterate point) => point.Evaluate(_objective);
}
