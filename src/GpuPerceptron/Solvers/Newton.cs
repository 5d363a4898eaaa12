using GpuPerceptron.Data;
using GpuPerceptron.Objectives;

namespace GpuPerceptron.Solvers;

/// <summary>
/// Newton's method, θ ← θ − (∇²f)⁻¹∇f, for logistic regression known as IRLS: 5 to 9 steps on most data, whatever its
/// condition.
/// </summary>
/// <remarks>
/// A line search damps it, and where the Hessian is singular or no step along it descends, so does a multiple of its diagonal
/// (Levenberg, Marquardt). A Hessian costs more than a gradient, so one is kept for the next step (a chord step, corrected by
/// BFGS) as long as the passes to the tolerance, at the mean rate since it was taken, cost less than a new one would save: one
/// poor step among good ones is no reason for a Hessian that takes as long as forty. On many samples it starts from a growing
/// sample, whose Hessian, or <see cref="FactorCurvature"/>, it keeps by the same rule. With a penalty λ₁‖w‖₁ its steps are those of
/// <see cref="ProximalNewtonSteps"/>.
/// </remarks>
public sealed class Newton : ISolver
{
    /// <summary>Features at most: beyond, the Hessian costs more than it saves.</summary>
    public const int MaximumFeatures = 1024;

    /// <summary>Steps without a gain after which rounding is to blame.</summary>
    private const int Patience = 10;

    /// <summary>Parameters up to which a Hessian pass takes but a few plain ones.</summary>
    private const int MostFusedDimension = 64;

    /// <summary>Steps in a row that tell of a Hessian that it no longer serves; one poor one among good ones does not.</summary>
    private const int RecentSteps = 3;

    private const double FirstDamping = 1e-3;
    private const double LargestDamping = 1e6;

    /// <inheritdoc/>
    public string Name => "newton";

    /// <inheritdoc/>
    public bool TakesLearningRate => false;

    /// <inheritdoc/>
    /// <exception cref="PerceptronException">There are too many features.</exception>
    public SolverResult Minimize(IObjective objective, ReadOnlySpan<double> start, SolverOptions options, EpochObserver? onEpoch = null)
    {
        if (objective is not ICurvedObjective curved)
            throw new ArgumentException("Newton's method needs an objective with a Hessian", nameof(objective));
        int dimension = objective.Dimension;
        CheckFeatures(dimension - 1);

        var monitor = new DescentMonitor(options, onEpoch, Patience);
        using var hessian = new NativeDoubles(dimension * dimension);
        Iterate? hessianAt = null; // where it was taken
        using var steps = GrowingSample.Begin(objective, start, hessians: true);
        bool fresh = false; // whether B is the Hessian here
        bool outdated = false; // whether B is to be replaced before the next step
        bool quick = steps.HasHessian; // whether the last step gained a digit, or with a sample's Hessian should
        double damping = 0;
        var decrements = new List<double>(); // λ² before each step with B, and after the last
        double hessianPasses = 1 + dimension / 16.0; // a Hessian pass takes as long as about so many plain ones
        while (true)
        {
            var here = steps.Here;
            if (monitor.Judge(here.Parameters, here.Objective, here.Subgradient, failed: false) is { } stop)
                return new SolverResult(here.Parameters, here.Objective, monitor.GradientNorm, monitor.Epochs, stop);

            if (!steps.HasHessian || outdated) Refresh();
            double before = steps.SquaredDecrement();
            while (!steps.Step(Evaluate))
            {
                if (fresh) damping = Math.Max(FirstDamping, 100 * damping);
                if (damping > LargestDamping)
                    return new SolverResult(here.Parameters, here.Objective, monitor.GradientNorm, monitor.Epochs, StopReason.Stalled);
                Refresh();
            }

            damping = 0;
            fresh = false;
            if (decrements.Count == 0) decrements.Add(before);
            decrements.Add(steps.SquaredDecrement());
            quick = Math.Sqrt(decrements[^1] / before) <= 0.1;
            double rate = Math.Max(Rate(decrements.Count - 1), Rate(RecentSteps));

            // A new one is taken only where the step was not the last, and is not asked for by the first few of many that it would cost.
            outdated = decrements.Count > (int)hessianPasses / 16 && !KeepsHessian(rate);
        }

        // The mean factor of λ in the last steps with B.
        double Rate(int count) => count < decrements.Count ? Math.Pow(decrements[^1] / decrements[^(count + 1)], 0.5 / count) : 0;

        void Refresh()
        {
            if (hessianAt != steps.Here)
            {
                steps.Here.Evaluate(curved, hessian.Span);
                hessianAt = steps.Here;
            }

            steps.Learn(hessian.Span, damping);
            fresh = true;
            outdated = false;
            decrements.Clear();
        }

        // Far from the optimum the next point will need its Hessian, too: it comes with the first trial's pass, unless it
        // costs so much more than that pass that the point had better be seen first.
        void Evaluate(Iterate trial)
        {
            if (quick || dimension > MostFusedDimension || hessianAt == trial)
            {
                if (hessianAt == trial) hessianAt = null;
                trial.Evaluate(objective);
            }
            else
            {
                trial.Evaluate(curved, hessian.Span);
                hessianAt = trial;
            }
        }

        // One or two steps with a new one end it.
        bool KeepsHessian(double rate) =>
            rate < 1 && Math.Log(options.NormOf(steps.Here.Subgradient) / options.Tolerance) / -Math.Log(rate) < 2 + hessianPasses;
    }

    /// <summary>Fails where there are too many features for it.</summary>
    internal static void CheckFeatures(int features)
    {
        if (features > MaximumFeatures)
            throw new PerceptronException(Fault.Options,
                $"newton is for up to {MaximumFeatures:N0} features, and there are {features:N0}; use --solver lbfgs");
    }
}
