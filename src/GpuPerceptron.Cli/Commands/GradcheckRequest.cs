using GpuPerceptron.Cli.Json;
using GpuPerceptron.Engines;
using GpuPerceptron.Models;
using GpuPerceptron.Tabular;

namespace GpuPerceptron.Cli.Commands;

/// <summary>What <c>gradcheck</c> was asked to do.</summary>
internal sealed record GradcheckRequest
{
    /// <summary>The table.</summary>
    public required TableSource Source { get; init; }

    /// <summary>What becomes of it.</summary>
    public required TableOptions Table { get; init; }

    /// <summary>Whether --standardize was given.</summary>
    public required bool SaysStandardize { get; init; }

    /// <summary>The gradient to be judged; null to check engines.</summary>
    public required string? GradientPath { get; init; }

    /// <summary>The weights that it is computed at; null for 0, and for engines random ones.</summary>
    public required string? WeightsPath { get; init; }

    /// <summary>Where weights are to be written, and nothing else done; null for nowhere.</summary>
    public required string? WriteWeightsPath { get; init; }

    /// <summary>λ₂.</summary>
    public required double L2 { get; init; }

    /// <summary>The one engine to check; null for all.</summary>
    public required DeviceRequest? Device { get; init; }

    /// <summary>Of whatever is random.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Where the JSON goes; null for nowhere.</summary>
    public required JsonTarget? Json { get; init; }

    /// <summary>Whether only errors and JSON are wanted.</summary>
    public required bool Quiet { get; init; }

    /// <summary>Finds what can be found wrong before the table is read.</summary>
    /// <exception cref="PerceptronException">Something is.</exception>
    public void Validate()
    {
        new TrainingOptions { L2 = L2 }.Validate();
        if (WriteWeightsPath is not null && (GradientPath ?? WeightsPath) is not null)
            throw new PerceptronException(Fault.Options,
                "--write-weights only writes weights; give --gradient and --weights in the next command");
        if (Device is { } device) EngineFactory.EnsureThere(device);
        var inputs = new InputFiles(Source.Name, Source.Labels, GradientPath, WeightsPath);
        inputs.Protect(Json?.Path);
        inputs.Protect(WriteWeightsPath);
        Json?.EnsureWritable();
        if (WriteWeightsPath is not (null or "-")) AtomicFile.EnsureWritable(WriteWeightsPath);
    }
}
