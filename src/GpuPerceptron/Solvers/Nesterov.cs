using GpuPerceptron.Objectives;

namespace GpuPerceptron.Solvers;

/// <summary>
/// Nesterov's accelerated gradient with adaptive restarts: one pass an epoch, and about √κ epochs a digit where gradient
/// descent needs κ, without knowing κ.
/// </summary>
/// <remarks>
/// x⁺ = y − η ∇F(y);  t⁺ = (1 + √(1 + 4t²))/2;  y⁺ = x⁺ + (t − 1)/t⁺ · (x⁺ − x)  (Nesterov 1983; Beck and Teboulle 2009).
/// When the step points uphill, ∇F(y)·(x⁺ − x) &gt; 0, the momentum is dropped, t = 1 (the gradient restart of O'Donoghue
/// and Candès, "Adaptive restart for accelerated gradient schemes", 2015). Where F has grown, it goes back to the point
/// before and takes a plain gradient step from there. Such a step cannot raise F where η is below 2/L: if it does, η is
/// too large.
/// </remarks>
public sealed class Nesterov : ISolver
{
    /// <inheritdoc/>
    public string Name => "nesterov";

    /// <inheritdoc/>
    public bool TakesLearningRate => true;

    /// <inheritdoc/>
    public SolverResult Minimize(IObjective objective, ReadOnlySpan<double> start, SolverOptions options, EpochObserver? onEpoch = null)
    {
        var monitor = new DescentMonitor(options, onEpoch);
        var here = new Point(start.ToArray(), new double[start.Length]);
        var before = new Point(start.ToArray(), new double[start.Length]) { Objective = double.PositiveInfinity };
        double[] x = start.ToArray();
        double t = 1;
        bool plainStep = false;

        while (true)
        {
            here.Objective = objective.Evaluate(here.Parameters, here.Gradient);
            bool grew = !DescentMonitor.Descends(before.Objective, here.Objective);
            var stop = monitor.Judge(here.Parameters, here.Objective, here.Gradient, failed: grew && plainStep);
            if (stop == StopReason.Diverged)
                return new SolverResult(before.Parameters, before.Objective, before.GradientNorm, monitor.Epochs, StopReason.Diverged, here.Objective);
            if (stop is not null)
                return new SolverResult(here.Parameters, here.Objective, monitor.GradientNorm, monitor.Epochs, stop.Value);
            here.GradientNorm = monitor.GradientNorm;

            if (grew) t = 1;
            else (here, before) = (before, here);

            double uphill = 0;
            for (int j = 0; j < x.Length; j++)
                uphill += before.Gradient[j] * (before.Parameters[j] - options.LearningRate * before.Gradient[j] - x[j]);
            if (uphill > 0) t = 1;

            double nextT = (1 + Math.Sqrt(1 + 4 * t * t)) / 2;
            double momentum = (t - 1) / nextT;
            for (int j = 0; j < x.Length; j++)
            {
                double next = before.Parameters[j] - options.LearningRate * before.Gradient[j];
                here.Parameters[j] = next + momentum * (next - x[j]);
                x[j] = next;
            }

            plainStep = momentum == 0;
            t = nextT;
        }
    }

    private sealed class Point(double[] parameters, double[] gradient)
    {
        public double[] Parameters { get; } = parameters;
        public double[] Gradient { get; } = gradient;
        public double Objective { get; set; }
        public double GradientNorm { get; set; } = double.NaN;
    }
}
