using GpuPerceptron.Objectives;

namespace GpuPerceptron.Solvers;

/// <summary>
/// Newton's method without a Hessian in memory, for many features (Lin, Weng and Keerthi, "Trust region Newton method for large-scale
/// logistic regression", 2008): see <see cref="TruncatedNewtonSteps"/>, preconditioned by a <see cref="CentredDiagonal"/>.
/// </summary>
/// <remarks>
/// Without a penalty λ₁ a line search damps the steps (<see cref="WolfeSearch"/>); nearly always the full step is taken. Where steps lead
/// nowhere, as from far out, L-BFGS goes on, or with λ₁, where steps within signs are short time and again, OWL-QN.
/// </remarks>
public sealed class TruncatedNewton : ISolver
{
    /// <summary>Steps without a gain after which rounding is to blame.</summary>
    private const int Patience = 10;

    /// <inheritdoc/>
    public string Name => "newton-cg";

    /// <inheritdoc/>
    public bool TakesLearningRate => false;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The objective knows no products with its Hessian.</exception>
    public SolverResult Minimize(IObjective objective, ReadOnlySpan<double> start, SolverOptions options,
        EpochObserver? onEpoch = null)
    {
        if (objective is not IProductObjective { HasProducts: true } curved)
            throw new ArgumentException("newton-cg takes products with the Hessian", nameof(objective));
        var monitor = new DescentMonitor(options, onEpoch, Patience);
        var steps = new TruncatedNewtonSteps(curved, start);
        DescentSteps? others = null;
        try
        {
            while (true)
            {
                var here = others?.Here ?? steps.Here;
                var stop = monitor.Judge(here.Parameters, here.Objective, here.Subgradient, failed: false);
                if (stop is null && (others is null ? steps.Step() : others.Step() || (others.Forget() && others.Step()))) continue;
                if (stop is null or StopReason.Stalled && others is null)
                {
                    others = DescentSteps.For(objective, steps.Here.Parameters, hessians: false);
                    others.Here.Evaluate(objective);
                    if (others.Step()) continue;
                }

                return new SolverResult(here.Parameters, here.Objective, monitor.GradientNorm, monitor.Epochs, stop ?? StopReason.Stalled);
            }
        }
        finally
        {
            others?.Dispose();
        }
    }
}
