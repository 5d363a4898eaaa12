using GpuPerceptron.Objectives;

namespace GpuPerceptron.Solvers;

/// <summary>
/// Nesterov's accelerated gradient with adaptive restarts: one pass an epoch, and about √κ epochs a digit where gradient
/// descent needs κ, without knowing κ.
/// </summary>
/// <remarks>
/// x⁺ = y − η ∇F(y);  t⁺ = (1 + √(1 + 4t²))/2;  y⁺ = x⁺ + (t − 1)/t⁺ · (x⁺ − x)  (Nesterov 1983; Beck and Teboulle 2009).
/// When the step points uphill, ∇F(y)·(x⁺ − x) &gt; 0, the momentum is dropped, t = 1 (the gradient restart of O'Donoghue
/// and Candès, "Adaptive restart for accelerated gradient schemes", 2015). The step after a restart is a plain gradient
/// step, which cannot raise F where η is below 2/L: if it does, η is too large.
/// </remarks>
public sealed class Nesterov : ISolver
{
    /// <inheritdoc/>
    public string Name => "nesterov";

    /// <inheritdoc/>
    public SolverResult Minimize(IObjective objective, ReadOnlySpan<double> start, SolverOptions options, EpochObserver? onEpoch = null)
    {
        var monitor = new DescentMonitor(options, onEpoch);
        double[] y = start.ToArray();
        double[] previousY = start.ToArray();
        double[] x = start.ToArray();
        double[] gradient = new double[y.Length];
        double t = 1;
        double previousObjective = double.PositiveInfinity, previousNorm = double.NaN;
        bool plainStep = false;

        while (true)
        {
            double value = objective.Evaluate(y, gradient);
            var stop = monitor.Judge(y, value, gradient, plainStep ? previousObjective : double.PositiveInfinity);
            if (stop == StopReason.Diverged)
                return new SolverResult(previousY, previousObjective, previousNorm, monitor.Epochs, StopReason.Diverged, value);
            if (stop is not null)
                return new SolverResult(y, value, monitor.GradientNorm, monitor.Epochs, stop.Value);

            y.CopyTo(previousY, 0);
            (previousObjective, previousNorm) = (value, monitor.GradientNorm);

            double uphill = 0;
            for (int j = 0; j < y.Length; j++)
                uphill += gradient[j] * (y[j] - options.LearningRate * gradient[j] - x[j]);
            if (uphill > 0) t = 1;

            double nextT = (1 + Math.Sqrt(1 + 4 * t * t)) / 2;
            double momentum = (t - 1) / nextT;
            plainStep = momentum == 0;
            t = nextT;
            for (int j = 0; j < y.Length; j++)
            {
                double next = y[j] - options.LearningRate * gradient[j];
                y[j] = next + momentum * (next - x[j]);
                x[j] = next;
            }
        }
    }
}
