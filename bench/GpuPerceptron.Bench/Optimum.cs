using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Models;

namespace GpuPerceptron.Bench;

/// <summary>The least objective of made data, which trainings are measured against.</summary>
/// <param name="Solver">Who found it.</param>
/// <param name="Objective">F there, as the engine's float32 passes give it.</param>
/// <param name="Exact">The same in float64.</param>
/// <param name="GradientNorm">max |∇F| there.</param>
internal sealed record Optimum(string Solver, double Objective, double Exact, double GradientNorm)
{
    private const double Tolerance = 1e-7; // float32 passes allow little less

    /// <param name="dataset">Standardised samples.</param>
    /// <param name="schema">How they were standardised.</param>
    /// <param name="device">Where it is looked for.</param>
    /// <param name="threads">Host threads.</param>
    public static Optimum Find(Dataset dataset, Schema schema, DeviceRequest device, int threads)
    {
        var options = new TrainingOptions { Device = device, Threads = threads, Tolerance = Tolerance };
        var run = SolverRun.Until(dataset, schema, options, target: double.NegativeInfinity, limit: double.PositiveInfinity);
        return new Optimum(run.Solver, run.Objective, ExactLoss.Mean(dataset, run.Parameters), run.GradientNorm);
    }

    /// <summary>In words, for the line above a table.</summary>
    public string Describe() => $"optimum {Exact:F9} by {Solver}, max-norm of its gradient {GradientNorm:0.0e+0}";
}
