using GpuPerceptron.Cli.Json;
using GpuPerceptron.Models;
using GpuPerceptron.Tabular;

namespace GpuPerceptron.Cli.Commands;

/// <summary>What <c>train</c> was asked to do.</summary>
internal sealed record TrainRequest
{
    /// <summary>The training table.</summary>
    public required TableSource Source { get; init; }

    /// <summary>What stands for a table in the example of the next command.</summary>
    public required string DataInExample { get; init; }

    /// <summary>What becomes of the table.</summary>
    public required TableOptions Table { get; init; }

    /// <summary>A table of its own to validate on; null where there is none.</summary>
    public required TableSource? ValidationFile { get; init; }

    /// <summary>The training.</summary>
    public required TrainingOptions Training { get; init; }

    /// <summary>Where the model goes.</summary>
    public required string ModelPath { get; init; }

    /// <summary>Where the JSON goes; null for nowhere.</summary>
    public required JsonTarget? Json { get; init; }

    /// <summary>Whether only errors and JSON are wanted.</summary>
    public required bool Quiet { get; init; }

    /// <summary>Finds what can be found wrong before the table is read, which may take long.</summary>
    /// <exception cref="PerceptronException">Something is.</exception>
    public void Validate()
    {
        Training.Validate();
        if (Training.EarlyStopping is not null && Table.ValidationFraction == 0 && ValidationFile is null)
            throw new PerceptronException(Fault.Options, "--early-stopping watches the validation loss; add --validation 0.2");
        if (ModelPath == "-")
            throw new PerceptronException(Fault.Options, "the model cannot go to stdout; name a file with -o");
        AtomicFile.EnsureWritable(ModelPath);
        Json?.EnsureWritable();
    }
}
