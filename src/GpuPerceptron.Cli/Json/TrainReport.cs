using GpuPerceptron.Data;
using GpuPerceptron.Diagnostics;
using GpuPerceptron.Metrics;
using GpuPerceptron.Models;
using GpuPerceptron.Solvers;

namespace GpuPerceptron.Cli.Json;

/// <summary>What <c>train --json</c> writes.</summary>
internal sealed record TrainReport
{
    /// <summary>The model file; null where none was written.</summary>
    public required string? Model { get; init; }

    public required long Samples { get; init; }
    public required int Features { get; init; }
    public required long Positives { get; init; }
    public required string Solver { get; init; }
    public required string Device { get; init; }
    public required int Threads { get; init; }
    public required FeatureStorage Storage { get; init; }

    /// <summary>Whether the samples stayed in memory.</summary>
    public required Placement Placement { get; init; }

    public required int Epochs { get; init; }
    public required long Passes { get; init; }
    public required double? LearningRate { get; init; }

    /// <summary>How mini-batches were taken; null where the solver takes all samples at once.</summary>
    public required MiniBatchRecord? MiniBatches { get; init; }

    public required double LipschitzBound { get; init; }
    public required double MeanLogLoss { get; init; }
    public required double Objective { get; init; }

    /// <summary>max |∇F|, in standardised units unless standardising is off.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>What is proved of the end.</summary>
    public required Certificate? Certificate { get; init; }

    public required bool Converged { get; init; }
    public required StopReason StopReason { get; init; }
    public required BinaryMetrics? Validation { get; init; }

    /// <summary>Where penalties were cross-validated: how well each did.</summary>
    public required CrossValidationReport? CrossValidation { get; init; }

    public required StageSeconds Seconds { get; init; }
    public required long PeakMemoryBytes { get; init; }
    public required string WeightsHash { get; init; }

    /// <summary>What happened to the table on its way into the matrix, and what it means for the certificate.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Where training ended early, or no optimum was found: what was found out about the samples.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>Gathers a training's outcome.</summary>
    /// <param name="result">The outcome.</param>
    /// <param name="modelPath">The model file; null where none was written.</param>
    /// <param name="notes">What there is to note of the table and the certificate.</param>
    /// <param name="validated">The cross-validation; null where there was none.</param>
    /// <param name="seconds">Wall time by stage.</param>
    /// <param name="placement">How the samples were kept.</param>
    public static TrainReport From(
        TrainingResult result, string? modelPath, IReadOnlyList<string> notes, CrossValidationResult? validated, StageSeconds seconds,
        Placement placement)
    {
        var record = result.Model.Training;
        return new TrainReport
        {
            Model = modelPath,
            Samples = record.Samples,
            Features = record.Features,
            Positives = record.Positives,
            Solver = record.Solver,
            Device = record.Device,
            Threads = result.Threads,
            Storage = record.Storage,
            Placement = placement,
            Epochs = record.Epochs,
            Passes = record.Passes,
            LearningRate = record.LearningRate,
            MiniBatches = record.MiniBatches,
            LipschitzBound = record.LipschitzBound,
            MeanLogLoss = record.MeanLogLoss,
            Objective = record.Objective,
            GradientNorm = record.GradientNorm,
            Certificate = record.Certificate,
            Converged = record.Converged,
            StopReason = record.StopReason,
            Validation = result.Validation,
            CrossValidation = validated is null ? null : new CrossValidationReport(
                validated.Folds, validated.Best.L2, validated.WithinOneStandardError.L2, validated.Penalties),
            Seconds = seconds,
            PeakMemoryBytes = ProcessMemory.PeakBytes(),
            WeightsHash = result.Model.WeightsHash,
            Notes = notes,
            Findings = result.Findings,
        };
    }
}

/// <summary>How well each penalty did.</summary>
/// <param name="Folds">Folds.</param>
/// <param name="BestL2">The λ₂ with the lowest mean loss, with which the model was trained.</param>
/// <param name="OneStandardErrorL2">The largest λ₂ within one standard error of it.</param>
/// <param name="Penalties">All of them, descending.</param>
internal sealed record CrossValidationReport(
    int Folds, double BestL2, double OneStandardErrorL2, IReadOnlyList<PenaltyScore> Penalties);

/// <summary>Seconds of wall time by stage.</summary>
/// <param name="Read">From the table to the matrix.</param>
/// <param name="CrossValidate">The trainings of all folds and penalties; 0 without.</param>
/// <param name="Prepare">Finding the device, compiling kernels, uploading, and the passes for L.</param>
/// <param name="Train">The solver's epochs.</param>
/// <param name="Certify">The proof of how near the optimum it ended.</param>
/// <param name="Total">From the command's start to the model in its file.</param>
internal sealed record StageSeconds(double Read, double CrossValidate, double Prepare, double Train, double Certify, double Total);
