using GpuPerceptron.Objectives;

namespace GpuPerceptron.Solvers;

/// <summary>Steps along d = −B⁻¹∇f, with B⁻¹ an <see cref="InverseCurvature"/> that learns from each.</summary>
/// <param name="objective">f.</param>
/// <param name="curvature">B⁻¹.</param>
internal sealed class QuasiNewtonSteps(IObjective objective, InverseCurvature curvature)
{
    private readonly double[] _direction = new double[objective.Dimension];
    private Iterate _next = new(objective.Dimension);

    /// <summary>B⁻¹.</summary>
    public InverseCurvature Curvature => curvature;

    /// <summary>θ; to be evaluated by the caller before the first step.</summary>
    public Iterate Here { get; private set; } = new(objective.Dimension);

    /// <summary>
    /// ∇f·B⁻¹∇f, the square of the Newton decrement: f is about half of it above its minimum where B is near ∇²f.
    /// </summary>
    public double SquaredDecrement()
    {
        Here.Gradient.CopyTo(_direction, 0);
        curvature.Apply(_direction);
        return Vectors.Dot(Here.Gradient, _direction);
    }

    /// <summary>Takes a step, and learns from it.</summary>
    /// <param name="evaluate">Evaluates a point; null for f and ∇f in one pass.</param>
    /// <returns>Whether there was one: in theory always, in float32 not.</returns>
    public bool Step(Action<Iterate>? evaluate = null)
    {
        double decrement = SquaredDecrement();
        for (int j = 0; j < _direction.Length; j++)
            _direction[j] = -_direction[j];

        // Without a scale yet, a step of length 1 at most: it is 1 in θ's own units, not the gradient's.
        double first = curvature.HasHessian || curvature.IsCorrected ? 1 : Math.Min(1, 1 / Math.Sqrt(decrement));
        if (!WolfeSearch.Find(Here, _direction, first, _next, evaluate ?? (point => point.Evaluate(objective)))) return false;
        curvature.Correct(Here, _next);
        (Here, _next) = (_next, Here);
        return true;
    }
}
