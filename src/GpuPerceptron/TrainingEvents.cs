using GpuPerceptron.Data;
using GpuPerceptron.Solvers;

namespace GpuPerceptron;

/// <summary>What a training tells while it runs. The callbacks run on the training thread; they should return soon.</summary>
public sealed record TrainingEvents
{
    /// <summary>Something began that may take a while, before the first epoch or after the last one.</summary>
    public Action<TrainingStage>? StageBegan { get; init; }

    /// <summary>The data is on the device, and the learning rate is known.</summary>
    public Action<TrainingSetup>? Prepared { get; init; }

    /// <summary>The start was evaluated, or an epoch ended.</summary>
    public Action<TrainingProgress>? EpochEnded { get; init; }

    /// <summary>
    /// Counts the rows that the host reads of the training samples, between epochs too: for its passes, on their way to a device, for the proof. To be
    /// looked at from another thread. Passes over samples that a device's memory holds are not in it.
    /// </summary>
    public ReadMeter? Meter { get; init; }
}

/// <summary>What a training does beside its epochs.</summary>
public enum TrainingStage
{
    /// <summary>Rounds features to float16, balances classes, opens the device, compiles kernels and uploads the samples.</summary>
    Prepare,

    /// <summary>Estimates the curvature L, on which the learning rate stands, by some passes.</summary>
    Curvature,

    /// <summary>Proves in float64 how near the optimum it ended.</summary>
    Certify,

    /// <summary>Measures the model on the validation samples.</summary>
    Validate,
}

/// <summary>How a training will run.</summary>
/// <param name="Solver">The solver's name.</param>
/// <param name="SolverReason">Why that one was taken, or with which settings; empty where there is nothing to say.</param>
/// <param name="Device">The device, as <c>--device</c> names it.</param>
/// <param name="DeviceDescription">The device in words.</param>
/// <param name="LipschitzBound">L; null where the solver does without.</param>
/// <param name="LearningRate">η; null where the solver finds its step by itself.</param>
/// <param name="MaximumEpochs">Epochs at most.</param>
/// <param name="BytesPerPass">Bytes of X that a pass reads.</param>
public sealed record TrainingSetup(
    string Solver, string SolverReason, string Device, string DeviceDescription, double? LipschitzBound, double? LearningRate,
    int MaximumEpochs, long BytesPerPass)
{
    /// <summary>Whether the samples go to the device anew in each pass, since its memory does not hold them.</summary>
    public bool StreamsToDevice { get; init; }
}

/// <summary>The state at an epoch's end.</summary>
/// <param name="Epoch">From 1; 0 is the start.</param>
/// <param name="Passes">Reads of X since the solver began.</param>
/// <param name="Objective">F.</param>
/// <param name="GradientNorm">max |∇F|, as the tolerance means it: <see cref="TrainingOptions.Tolerance"/>.</param>
/// <param name="ValidationLoss">The validation samples' mean log-loss, where early stopping watches it.</param>
public readonly record struct TrainingProgress(
    int Epoch, long Passes, double Objective, double GradientNorm, double? ValidationLoss);

/// <summary>What a training came to.</summary>
/// <param name="Model">The model at the last point reached; after divergence, the last one before the loss grew.</param>
/// <param name="Explanation">One line that says why it ended, or what to know of its end, and what to do; empty where there is nothing to say.</param>
/// <param name="Remedy">What to change about the options, so that the next training does better; empty where nothing is known to help.</param>
/// <param name="Findings">Where it ended early, or no optimum was found: what was found out about the samples that may explain it.</param>
/// <param name="Validation">Measures on the validation samples, where there are any.</param>
/// <param name="Threads">Host threads that were at work.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record TrainingResult(
    Models.PerceptronModel Model, string Explanation, IReadOnlyList<Diagnostics.OptionChange> Remedy,
    IReadOnlyList<Diagnostics.Finding> Findings, Metrics.BinaryMetrics? Validation, int Threads, TrainingSeconds Seconds)
{
    /// <summary>Why training ended.</summary>
    public StopReason StopReason => Model.Training.StopReason;
}

/// <summary>Seconds of wall time by stage.</summary>
/// <param name="Prepare">Finding the device, compiling kernels, uploading, and the passes for L.</param>
/// <param name="Train">The solver's epochs, early stopping's passes included.</param>
/// <param name="Certify">The proof, in float64, of how near the optimum it ended.</param>
public readonly record struct TrainingSeconds(double Prepare, double Train, double Certify);
