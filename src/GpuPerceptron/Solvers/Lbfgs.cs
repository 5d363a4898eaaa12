using GpuPerceptron.Objectives;

namespace GpuPerceptron.Solvers;

/// <summary>
/// L-BFGS (Liu and Nocedal, "On the limited memory BFGS method for large scale optimization", 1989), started on a growing
/// sample and, up to some 2,000 features, preconditioned by a Hessian: nearly every step is one pass. With a penalty λ₁‖w‖₁
/// it is OWL-QN.
/// </summary>
/// <param name="absolutePenalty">Whether there is a penalty λ₁, which only gives it its name.</param>
public sealed class Lbfgs(bool absolutePenalty = false) : ISolver
{
    /// <summary>Parameters up to which a Hessian's memory and factoring are no burden.</summary>
    private const int MaximumHessianDimension = 2049;

    /// <summary>Steps without a gain after which rounding is to blame.</summary>
    private const int Patience = 30;

    /// <inheritdoc/>
    public string Name => absolutePenalty ? "owl-qn" : "lbfgs";

    /// <inheritdoc/>
    public bool TakesLearningRate => false;

    /// <inheritdoc/>
    public SolverResult Minimize(IObjective objective, ReadOnlySpan<double> start, SolverOptions options, EpochObserver? onEpoch = null)
    {
        var monitor = new DescentMonitor(options, onEpoch, Patience);
        bool preconditioned = objective.L1 == 0 && objective is ISampledObjective && objective.Dimension <= MaximumHessianDimension;
        using var steps = GrowingSample.Begin(objective, start, preconditioned);
        while (true)
        {
            var here = steps.Here;
            var stop = monitor.Judge(here.Parameters, here.Objective, here.Subgradient, failed: false);
            if (stop is null && !steps.Step())
            {
                // What was learned from steps may have been rounding.
                if (!steps.Forget() || !steps.Step()) stop = StopReason.Stalled;
            }

            if (stop is not null)
                return new SolverResult(here.Parameters, here.Objective, monitor.GradientNorm, monitor.Epochs, stop.Value);
        }
    }
}
