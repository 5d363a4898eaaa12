using GpuPerceptron.Objectives;

namespace GpuPerceptron.Solvers;

/// <summary>
/// L-BFGS (Liu and Nocedal 1989), started on a growing sample and, up to some 2,000 features, preconditioned by the Hessian of
/// a sample: nearly every step is one pass.
/// </summary>
public sealed class Lbfgs : ISolver
{
    /// <summary>Steps without a gain after which rounding is to blame.</summary>
    private const int Patience = 20;

    /// <inheritdoc/>
    public string Name => "lbfgs";

    /// <inheritdoc/>
    public SolverResult Minimize(IObjective objective, ReadOnlySpan<double> start, SolverOptions options, EpochObserver? onEpoch = null)
    {
        var monitor = new DescentMonitor(options, onEpoch, Patience);
        var steps = GrowingSample.Begin(objective, start);
        while (true)
        {
            var here = steps.Here;
            var stop = monitor.Judge(here.Parameters, here.Objective, here.Gradient, failed: false);
            if (stop is null && !Step(steps)) stop = StopReason.Stalled;
            if (stop is not null)
                return new SolverResult(here.Parameters, here.Objective, monitor.GradientNorm, monitor.Epochs, stop.Value);
        }
    }

    private static bool Step(QuasiNewtonSteps steps)
    {
        if (steps.Step()) return true;
        if (!steps.Curvature.IsCorrected) return false;
        steps.Curvature.ForgetCorrections(); // they may have been rounding
        return steps.Step();
    }
}
