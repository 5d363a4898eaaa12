using System.Globalization;
using GpuPerceptron.Data;
using GpuPerceptron.Models;

namespace GpuPerceptron.Solvers;

/// <summary>What <see cref="StochasticGradient"/> and <see cref="Adam"/> are told besides the <see cref="SolverOptions"/>.</summary>
public sealed record MiniBatchSettings
{
    /// <summary>μ of <see cref="StochasticGradient"/> where nobody says.</summary>
    public const double DefaultMomentum = 0.9;

    private const int MaximumDefaultBatch = 4096;
    private const int MinimumDefaultBatch = 16;
    private const int DefaultStepsPerEpoch = 64;
    private const int DefaultSteps = 20_000;
    private const int MinimumDefaultEpochs = 20;
    private const int MaximumDefaultEpochs = 1000;

    /// <summary>Samples a batch at most, at least 1.</summary>
    public required int BatchRows { get; init; }

    /// <summary>μ, from 0 to below 1; of no meaning to <see cref="Adam"/>.</summary>
    public double Momentum { get; init; } = DefaultMomentum;

    /// <summary>How the learning rate falls.</summary>
    public ScheduleKind Schedule { get; init; }

    /// <summary>Epochs during which it first rises from 0; at least 0 and fewer than there are.</summary>
    public double WarmUpEpochs { get; init; }

    /// <summary>Of the samples' order.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// Samples a batch where nobody says: as many as make some steps an epoch, up to what keeps a processor busy between two
    /// steps.
    /// </summary>
    /// <param name="samples">N.</param>
    /// <param name="features">M: a batch is not to take more than what is kept in memory of samples in a file.</param>
    public static int DefaultBatchRows(long samples, int features)
    {
        int rows = MaximumDefaultBatch, most = SampleWindows.RowsOf(SampleBlock.StrideFor(features) * sizeof(float));
        while (rows > MinimumDefaultBatch && samples / rows < DefaultStepsPerEpoch)
            rows /= 2;
        while (rows > most)
            rows /= 2;
        return rows;
    }

    /// <summary>Epochs where nobody says: some 20,000 steps, but few epochs of many samples and not too many of few.</summary>
    /// <param name="samples">N.</param>
    public int DefaultEpochs(long samples) =>
        (int)Math.Clamp(DefaultSteps / Math.Max(1, samples / BatchRows), MinimumDefaultEpochs, MaximumDefaultEpochs);

    /// <summary>What options ask for.</summary>
    /// <param name="options">The options, valid.</param>
    /// <param name="samples">N, at least 1.</param>
    /// <param name="features">M.</param>
    /// <exception cref="PerceptronException">A batch would be larger than the data.</exception>
    public static MiniBatchSettings From(TrainingOptions options, long samples, int features) => options.BatchSize > samples
        ? throw new PerceptronException(Fault.Options,
            $"the batch size is {options.BatchSize:N0}, but there are {samples:N0} training samples; use at most as many, or leave it out")
        : new MiniBatchSettings
        {
            BatchRows = options.BatchSize ?? DefaultBatchRows(samples, features),
            Momentum = options.Momentum ?? DefaultMomentum,
            Schedule = options.Schedule ?? ScheduleKind.Cosine,
            WarmUpEpochs = options.WarmUpEpochs ?? 0,
            Seed = options.Seed,
        };

    /// <summary>What a model's record keeps of them.</summary>
    /// <param name="momentum">μ; null for who has none.</param>
    internal MiniBatchRecord Record(double? momentum) => new(BatchRows, Schedule, WarmUpEpochs, momentum);

    /// <summary>Batches and schedule, in words.</summary>
    public string Describe() => string.Create(CultureInfo.InvariantCulture,
        $"batches of {BatchRows:N0}, {Schedule.ToString().ToLowerInvariant()} schedule{(WarmUpEpochs > 0 ? $", warm-up {WarmUpEpochs} {(WarmUpEpochs == 1 ? "epoch" : "epochs")}" : "")}");
}
