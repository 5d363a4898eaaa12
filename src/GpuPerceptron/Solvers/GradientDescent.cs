using GpuPerceptron.Objectives;

namespace GpuPerceptron.Solvers;

/// <summary>
/// Full-batch gradient descent with a fixed learning rate: θ ← θ − η ∇F(θ), one pass an epoch.
/// </summary>
/// <remarks>
/// With curvature at most L it descends at every step for η &lt; 2/L. A larger η may work; where the objective grows, it
/// stops and says so, rather than wander.
/// </remarks>
public sealed class GradientDescent : ISolver
{
    /// <inheritdoc/>
    public string Name => "gd";

    /// <inheritdoc/>
    public bool TakesLearningRate => true;

    /// <inheritdoc/>
    public SolverResult Minimize(IObjective objective, ReadOnlySpan<double> start, SolverOptions options, EpochObserver? onEpoch = null)
    {
        var monitor = new DescentMonitor(options, onEpoch);
        double[] parameters = start.ToArray();
        double[] previous = start.ToArray();
        double[] gradient = new double[parameters.Length];
        double previousObjective = double.PositiveInfinity, previousNorm = double.NaN;

        while (true)
        {
            double value = objective.Evaluate(parameters, gradient);
            var stop = monitor.Judge(parameters, value, gradient, failed: !DescentMonitor.Descends(previousObjective, value));
            if (stop == StopReason.Diverged)
                return new SolverResult(previous, previousObjective, previousNorm, monitor.Epochs, StopReason.Diverged, value);
            if (stop is not null)
                return new SolverResult(parameters, value, monitor.GradientNorm, monitor.Epochs, stop.Value);

            parameters.CopyTo(previous, 0);
            (previousObjective, previousNorm) = (value, monitor.GradientNorm);
            for (int j = 0; j < parameters.Length; j++)
                parameters[j] -= options.LearningRate * gradient[j];
        }
    }
}
