using GpuPerceptron.Data;
using GpuPerceptron.Diagnostics;
using GpuPerceptron.Solvers;

namespace GpuPerceptron.Models;

/// <summary>How a model came about. It holds nothing that varies from run to run, such as a time of day.</summary>
public sealed record TrainingRecord
{
    /// <summary>Training samples (N).</summary>
    public required long Samples { get; init; }

    /// <summary>Features (M).</summary>
    public required int Features { get; init; }

    /// <summary>Training samples with the positive label.</summary>
    public required long Positives { get; init; }

    /// <summary>The solver's name.</summary>
    public required string Solver { get; init; }

    /// <summary>The device, as <c>--device</c> names it.</summary>
    public required string Device { get; init; }

    /// <summary>How the training samples' features were kept.</summary>
    public FeatureStorage Storage { get; init; }

    /// <summary>How much the classes weighed.</summary>
    public ClassWeight ClassWeight { get; init; }

    /// <summary>λ₁.</summary>
    public double L1 { get; init; }

    /// <summary>λ₂.</summary>
    public required double L2 { get; init; }

    /// <summary>max |∇F| at which training was to end.</summary>
    public required double Tolerance { get; init; }

    /// <summary>The seed of whatever was random.</summary>
    public required ulong Seed { get; init; }

    /// <summary>η; null where the solver finds its step by itself.</summary>
    public double? LearningRate { get; init; }

    /// <summary>How mini-batches were taken; null where the solver takes all samples at once.</summary>
    public MiniBatchRecord? MiniBatches { get; init; }

    /// <summary>L, the largest curvature of the objective, by power iteration.</summary>
    public required double LipschitzBound { get; init; }

    /// <summary>Epochs: steps that the solver took, each with one evaluation of the objective.</summary>
    public required int Epochs { get; init; }

    /// <summary>Full reads of the training features; those for L included where the solver needs it.</summary>
    public required long Passes { get; init; }

    /// <summary>(1/Σs) Σ sᵢ ℓᵢ at the end, without the penalty, over the features as they were kept.</summary>
    public required double MeanLogLoss { get; init; }

    /// <summary>F at the end.</summary>
    public required double Objective { get; init; }

    /// <summary>max |∇F| at the end, by weights per deviation of their feature; of sparse ones as they were trained.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>What is proved of the end, in float64; null in models of earlier versions.</summary>
    public Certificate? Certificate { get; init; }

    /// <summary>Why training ended.</summary>
    public required StopReason StopReason { get; init; }

    /// <summary>Whether the gradient reached the tolerance.</summary>
    public bool Converged => StopReason == StopReason.Converged;

    /// <summary>Whether it ended before the tolerance was met, without having been asked to.</summary>
    internal bool EndedEarly => StopReason is StopReason.Diverged or StopReason.EpochLimit or StopReason.Stalled;
}

/// <summary>How mini-batches were taken.</summary>
/// <param name="BatchSize">Samples a batch at most.</param>
/// <param name="Schedule">How the learning rate fell.</param>
/// <param name="WarmUpEpochs">Epochs during which it first rose from 0.</param>
/// <param name="Momentum">μ; null for adam, which has none.</param>
public sealed record MiniBatchRecord(int BatchSize, ScheduleKind Schedule, double WarmUpEpochs, double? Momentum = null);
