using GpuPerceptron.LinearAlgebra;

namespace GpuPerceptron.Solvers;

/// <summary>Judges each epoch: converged, diverged, stalled, stopped from outside, or go on.</summary>
/// <param name="options">When to stop.</param>
/// <param name="onEpoch">Is told of each epoch.</param>
/// <param name="patience">Epochs without a gain that count as a stall; restarts make an accelerated method pause for fewer.</param>
internal sealed class DescentMonitor(SolverOptions options, EpochObserver? onEpoch, int patience = 1000)
{
    /// <summary>What rounding in float32 passes can add to an objective, as a part of it.</summary>
    public const double Rounding = 1e-6;

    private double _bestNorm = double.PositiveInfinity;
    private double _bestObjective = double.PositiveInfinity;
    private int _bestEpoch;

    /// <summary>Epochs so far: steps taken. The start is evaluated too, and is no epoch.</summary>
    public int Epochs { get; private set; } = -1;

    /// <summary>The gradient's max-norm at the last epoch.</summary>
    public double GradientNorm { get; private set; }

    /// <summary>Whether an objective has not grown by more than rounding; false for NaN.</summary>
    public static bool Descends(double before, double after) => after <= before + Rounding * Math.Abs(before);

    /// <summary>
    /// Whether a step lowers F by enough; where rounding hides the fall, whether it makes the subgradient smaller.
    /// </summary>
    /// <param name="before">Before the step.</param>
    /// <param name="after">After it.</param>
    /// <param name="change">What F must change by at least, below 0.</param>
    public static bool Improves(Iterate before, Iterate after, double change) =>
        after.Objective <= before.Objective + change
        || (Descends(before.Objective, after.Objective) && Vectors.MaxNorm(after.Subgradient) < Vectors.MaxNorm(before.Subgradient));

    /// <param name="parameters">The start, or where the epoch's step led.</param>
    /// <param name="objective">F there.</param>
    /// <param name="gradient">∇F there.</param>
    /// <param name="failed">Whether F grew at a plain gradient step, which only too large a learning rate explains.</param>
    /// <returns>Why to stop, or null to go on.</returns>
    public StopReason? Judge(ReadOnlySpan<double> parameters, double objective, ReadOnlySpan<double> gradient, bool failed)
    {
        Epochs++;
        GradientNorm = options.NormOf(gradient);
        if (failed || !double.IsFinite(objective) || !double.IsFinite(GradientNorm))
            return StopReason.Diverged;

        var asked = onEpoch?.Invoke(new EpochReport(Epochs, objective, GradientNorm), parameters);
        if (GradientNorm <= options.Tolerance) return StopReason.Converged;
        if (asked is not null) return asked;
        if (Epochs >= options.MaximumEpochs) return StopReason.EpochLimit;

        if (GradientNorm < _bestNorm || objective < _bestObjective)
        {
            _bestNorm = Math.Min(_bestNorm, GradientNorm);
            _bestObjective = Math.Min(_bestObjective, objective);
            _bestEpoch = Epochs;
        }

        return Epochs - _bestEpoch >= patience ? StopReason.Stalled : null;
    }
}
