using GpuPerceptron.Objectives;

namespace GpuPerceptron.Solvers;

/// <summary>
/// L-BFGS (Liu and Nocedal, "On the limited memory BFGS method for large scale optimization", 1989), started on a growing
/// sample and preconditioned by its Hessian, up to some 2,000 features, by a <see cref="FactorCurvature"/> in its place, or by a
/// <see cref="RowCurvature"/>: nearly every step is one pass.
/// With a penalty λ₁‖w‖₁ it is OWL-QN, or, where there is a sample's Hessian, takes <see cref="ProximalNewtonSteps"/> with it.
/// </summary>
/// <param name="absolutePenalty">Whether there is a penalty λ₁, which only gives it its name.</param>
public sealed class Lbfgs(bool absolutePenalty = false) : ISolver
{
    /// <summary>Parameters up to which a Hessian's memory and factoring are no burden.</summary>
    private const int MaximumHessianDimension = 2049;

    /// <summary>Steps without a gain after which rounding is to blame.</summary>
    private const int Patience = 30;

    /// <summary>Steps that tell how fast a curvature model leads on.</summary>
    private const int StepsForRate = 3;

    /// <summary>How much longer it may take than a Hessian would: both are guesses, and steps learn.</summary>
    private const int MostTimesThatOfHessian = 2;

    /// <inheritdoc/>
    public string Name => absolutePenalty ? "owl-qn" : "lbfgs";

    /// <inheritdoc/>
    public bool TakesLearningRate => false;

    /// <inheritdoc/>
    public SolverResult Minimize(IObjective objective, ReadOnlySpan<double> start, SolverOptions options, EpochObserver? onEpoch = null)
    {
        var monitor = new DescentMonitor(options, onEpoch, Patience);
        bool hessian = objective.Dimension <= MaximumHessianDimension && GrowingSample.IsWorthIt(objective, out var sampled)
            && GrowingSample.HessianBytes(sampled) <= sampled.SolverBytes;
        var steps = GrowingSample.Begin(objective, start, hessian);
        var decrements = new Queue<double>(); // λ² of the last steps
        try
        {
            while (true)
            {
                var here = steps.Here;
                var stop = monitor.Judge(here.Parameters, here.Objective, here.Subgradient, failed: false);
                if (stop is null && hessian && steps.HasModel && IsSlow()) hessian = GrowingSample.LearnHessian(steps, (ISampledObjective)objective) is not null;
                if ((stop is null or StopReason.Stalled) && TryStep(ref steps, withoutHessian: stop is not null)) continue;
                return new SolverResult(
                    here.Parameters, here.Objective, monitor.GradientNorm, monitor.Epochs, stop ?? StopReason.Stalled);
            }
        }
        finally
        {
            steps.Dispose();
        }

        // Whether at the last steps' rate the tolerance is so far off that a sample's Hessian would be worth its time: a model knows the
        // large eigenvalues alone, and where many are far below the others it takes steps upon steps.
        bool IsSlow()
        {
            decrements.Enqueue(steps.SquaredDecrement());
            if (decrements.Count <= StepsForRate) return false;
            double rate = Math.Pow(decrements.Last() / decrements.Dequeue(), 0.5 / StepsForRate), factor = monitor.GradientNorm / options.Tolerance;
            double passes = Math.Log(factor) / -Math.Log(rate); // below 0 where λ grew
            return factor > 1 && (passes < 0 || passes > MostTimesThatOfHessian * GrowingSample.PassesByHessian((ISampledObjective)objective, factor));
        }
    }

    /// <summary>Takes a step; where there is none, without what was learned, which may have been rounding, or led astray.</summary>
    /// <param name="steps">The steps, perhaps exchanged for others.</param>
    /// <param name="withoutHessian">Whether steps with a Hessian led nowhere.</param>
    private static bool TryStep(ref DescentSteps steps, bool withoutHessian)
    {
        if (!withoutHessian && (steps.Step() || (steps.Forget() && steps.Step()))) return true;
        if (!steps.HasHessian && steps is not ProximalNewtonSteps) return false;
        var failed = steps;
        steps = DescentSteps.For(failed.Objective, failed.Here.Parameters, hessians: false);
        failed.Dispose();
        steps.Here.Evaluate(steps.Objective);
        return steps.Step();
    }
}
