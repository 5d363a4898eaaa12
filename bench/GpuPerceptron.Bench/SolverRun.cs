using System.Diagnostics;
using GpuPerceptron.Data;
using GpuPerceptron.Models;

namespace GpuPerceptron.Bench;

/// <summary>A training that is stopped as soon as its objective is low enough.</summary>
/// <param name="Solver">The solver that ran; where "auto" was asked for, the one that it chose.</param>
/// <param name="Seconds">Until the objective was low enough, from the engine's start on; null where it never was.</param>
/// <param name="StartSeconds">
/// Of these, until the first point that all samples judged: the engine's start, what was learned from a sample, and one read of X.
/// </param>
/// <param name="Passes">Full reads of X, all that it made.</param>
/// <param name="Epochs">Epochs.</param>
/// <param name="Parameters">M weights, then the bias, where it ended.</param>
/// <param name="Objective">F there, as the solver saw it.</param>
/// <param name="GradientNorm">max |∇F| there.</param>
/// <param name="End">Why it ended, in a word or two.</param>
internal sealed record SolverRun(
    string Solver, double? Seconds, double StartSeconds, long Passes, int Epochs, double[] Parameters, double Objective, double GradientNorm,
    string End)
{
    /// <param name="dataset">Standardised samples.</param>
    /// <param name="schema">How they were standardised.</param>
    /// <param name="options">The solver, and where it runs.</param>
    /// <param name="target">The objective at which the clock stops.</param>
    /// <param name="limit">Seconds after which it gives up.</param>
    public static SolverRun Until(Dataset dataset, Schema schema, TrainingOptions options, double target, double limit)
    {
        using var enough = new CancellationTokenSource();
        double? seconds = null, started = null;
        var clock = Stopwatch.StartNew();
        var events = new TrainingEvents
        {
            EpochEnded = epoch =>
            {
                double elapsed = clock.Elapsed.TotalSeconds;
                started ??= elapsed;
                if (epoch.Objective <= target) seconds ??= elapsed;
                if (seconds is not null || elapsed > limit) enough.Cancel();
            },
        };
        var record = Trainer.Train(dataset, schema, options, events: events, cancellation: enough.Token).Model;
        string end = seconds is not null ? "reached"
            : enough.IsCancellationRequested ? $"not within {limit:0.#} s"
            : $"{record.Training.StopReason} after {clock.Elapsed.TotalSeconds:0.#} s";
        return new SolverRun(
            record.Training.Solver, seconds, started ?? clock.Elapsed.TotalSeconds, record.Training.Passes, record.Training.Epochs, [.. record.Weights, record.Bias],
            record.Training.Objective, record.Training.GradientNorm, end);
    }
}
