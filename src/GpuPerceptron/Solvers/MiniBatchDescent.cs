using GpuPerceptron.Engines;
using GpuPerceptron.Objectives;

namespace GpuPerceptron.Solvers;

/// <summary>
/// Descent by mini-batches: all steps of an epoch without looking, then F and ∇F over all samples, in a pass, to see how far it
/// has come.
/// </summary>
/// <param name="method">How a step moves the parameters.</param>
/// <param name="settings">Batches, momentum and schedule.</param>
internal sealed class MiniBatchDescent(MiniBatchMethod method, MiniBatchSettings settings)
{
    /// <summary>
    /// How far above the better of the start and θ = 0, which knows nothing, the objective may come: the noise of batches makes
    /// it waver, and does no harm until it loses all that was gained.
    /// </summary>
    private const double Latitude = 2;

    public SolverResult Minimize(IObjective objective, ReadOnlySpan<double> start, SolverOptions options, EpochObserver? onEpoch)
    {
        if (objective is not IMiniBatchObjective samples)
            throw new ArgumentException("mini-batches need an objective that is a mean over samples", nameof(objective));

        var monitor = new DescentMonitor(options, onEpoch);
        var ceiling = new Ceiling(objective, start);
        double[] parameters = start.ToArray(), previous = start.ToArray();
        double[] gradient = new double[parameters.Length];
        double previousObjective = double.NaN, previousNorm = double.NaN;
        using var batches = samples.MiniBatches(
            new MiniBatchOptions { BatchRows = settings.BatchRows, Method = method, Momentum = settings.Momentum, Seed = settings.Seed },
            start);
        var schedule = new LearningRateSchedule(
            settings.Schedule, options.LearningRate, options.MaximumEpochs, settings.WarmUpEpochs, batches.StepsPerEpoch);

        while (true)
        {
            double value = objective.Evaluate(parameters, gradient);
            var stop = monitor.Judge(parameters, value, gradient, failed: ceiling.IsBelow(value));
            if (stop == StopReason.Diverged)
                return new SolverResult(previous, previousObjective, previousNorm, monitor.Epochs, StopReason.Diverged, value);
            if (stop is not null)
                return new SolverResult(parameters, value, monitor.GradientNorm, monitor.Epochs, stop.Value);

            parameters.CopyTo(previous, 0);
            (previousObjective, previousNorm) = (value, monitor.GradientNorm);
            batches.Run(monitor.Epochs, schedule.At);
            batches.Read(parameters);
        }
    }

    /// <summary>What the objective must not rise above.</summary>
    private sealed class Ceiling(IObjective objective, ReadOnlySpan<double> start)
    {
        private readonly bool _startsAtZero = !start.ContainsAnyExcept(0);
        private double? _atStart;
        private double? _atZero;

        public bool IsBelow(double value)
        {
            _atStart ??= value;
            if (value <= Latitude * _atStart) return false;
            _atZero ??= _startsAtZero ? _atStart : objective.Evaluate(new double[objective.Dimension], new double[objective.Dimension]);
            return value > Latitude * Math.Max(_atStart.Value, _atZero.Value);
        }
    }
}
