using GpuPerceptron.Objectives;

namespace GpuPerceptron.Solvers;

/// <summary>Steps of a descent that knows something of the curvature, and takes it along where the objective is exchanged for another.</summary>
/// <param name="dimension">Number of parameters.</param>
internal abstract class DescentSteps(int dimension) : IDisposable
{
    /// <summary>The steps that fit an objective's penalty.</summary>
    /// <param name="objective">The objective, at first.</param>
    /// <param name="start">Where to begin; not evaluated yet.</param>
    /// <param name="hessians">Whether Hessians can be had and are wanted.</param>
    public static DescentSteps For(IObjective objective, ReadOnlySpan<double> start, bool hessians)
    {
        var curvatures = objective is ISampledObjective sampled ? sampled.Curvatures.ToArray() : [];
        DescentSteps steps = objective.L1 == 0 ? new QuasiNewtonSteps(objective.Dimension, curvatures)
            : hessians ? new ProximalNewtonSteps(objective.Dimension)
            : new OrthantSteps(objective.Dimension, curvatures);
        steps.Objective = objective;
        start.CopyTo(steps.Here.Parameters);
        return steps;
    }

    /// <summary>Number of parameters.</summary>
    protected int Dimension { get; } = dimension;

    /// <summary>What is minimised. After a change the caller evaluates <see cref="Here"/> anew.</summary>
    public IObjective Objective { get; set; } = null!;

    /// <summary>θ; to be evaluated by the caller before the first step.</summary>
    public Iterate Here { get; protected set; } = new(dimension);

    /// <summary>Whether the curvature is from a Hessian.</summary>
    public abstract bool HasHessian { get; }

    /// <summary>Whether it is from a <see cref="ICurvatureModel"/> of one.</summary>
    public virtual bool HasModel => false;

    /// <summary>Takes a Hessian in place of all that is known of the curvature.</summary>
    /// <param name="hessian">∇²f, row-major, both triangles; not kept.</param>
    /// <param name="damping">What part of the diagonal to add, at least 0.</param>
    public abstract void Learn(ReadOnlySpan<double> hessian, double damping = 0);

    /// <summary>Takes the Hessian of some samples in place of all that is known of the curvature.</summary>
    /// <param name="hessian">∇²f over the samples, row-major, both triangles; not kept.</param>
    /// <param name="samplesPerParameter">How many samples for each parameter.</param>
    public virtual void LearnOfSample(ReadOnlySpan<double> hessian, double samplesPerParameter) => Learn(hessian);

    /// <summary>Takes what is known of a Hessian otherwise, where it can, in place of all that is known of the curvature.</summary>
    /// <param name="model">It, which is disposed with the steps; null for nothing.</param>
    public virtual void Learn(ICurvatureModel? model) { }

    /// <summary>
    /// The square of the Newton decrement, as far as the curvature is known: F is about half of it above its minimum.
    /// </summary>
    public abstract double SquaredDecrement();

    /// <summary>Takes a step, and learns from it.</summary>
    /// <param name="evaluate">Evaluates a point; null for one pass without a Hessian.</param>
    /// <returns>Whether there was one: in theory always, in float32 not.</returns>
    public abstract bool Step(Action<Iterate>? evaluate = null);

    /// <summary>Forgets what was learned from steps.</summary>
    /// <returns>Whether there was anything.</returns>
    public virtual bool Forget() => false;

    /// <summary>Frees the curvature.</summary>
    public abstract void Dispose();
}
