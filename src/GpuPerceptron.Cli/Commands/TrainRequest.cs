using GpuPerceptron.Cli.Json;
using GpuPerceptron.Engines;
using GpuPerceptron.Models;
using GpuPerceptron.Tabular;

namespace GpuPerceptron.Cli.Commands;

/// <summary>What <c>train</c> was asked to do.</summary>
internal sealed record TrainRequest
{
    /// <summary>The training table.</summary>
    public required TableSource Source { get; init; }

    /// <summary>What becomes of the table.</summary>
    public required TableOptions Table { get; init; }

    /// <summary>A table of its own to validate on, or a pattern of several; null where there is none.</summary>
    public required string? ValidationFile { get; init; }

    /// <summary>The labels of that table, where it is an array of features alone; else null.</summary>
    public required string? ValidationLabels { get; init; }

    /// <summary>The training.</summary>
    public required TrainingOptions Training { get; init; }

    /// <summary>Folds to cross-validate with; null where there is no cross-validation.</summary>
    public required int? Folds { get; init; }

    /// <summary>Values of λ₂ to cross-validate, of which the best is trained with.</summary>
    public required IReadOnlyList<double> Penalties { get; init; }

    /// <summary>The command as it was given.</summary>
    public required CommandText Command { get; init; }

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
        Training.ValidateFor(Table.IsSparse(Source));
        if (Folds < 2) throw new PerceptronException(Fault.Options, $"--folds is {Folds}; it must be at least 2");
        EngineFactory.EnsureThere(Training.Device);
        if (Training.EarlyStopping is not null && Table.ValidationFraction == 0 && ValidationFile is null)
            throw new PerceptronException(Fault.Options, "--early-stopping watches the validation loss; add --validation 0.2");
        if (ValidationFile is { } file && file.IndexOfAny(['*', '?', '[']) < 0 && !File.Exists(file))
            throw new PerceptronException(Fault.Data, $"{file}: there is no such file to validate on");
        if (ValidationLabels is not null && ValidationFile is null)
            throw new PerceptronException(Fault.Options, "--validation-labels goes with --validation FILE; name the array of features there");
        if (ModelPath == "-")
            throw new PerceptronException(Fault.Options, "the model cannot go to stdout; name a file with -o");
        if (Json is { IsStdout: false } json && Path.GetFullPath(json.Path) == Path.GetFullPath(ModelPath))
            throw new PerceptronException(Fault.Options, $"the model and --json are both to go to {ModelPath}; name two files");
        var inputs = new InputFiles(Source.Name, Source.Labels, ValidationFile, ValidationLabels);
        inputs.Protect(ModelPath);
        inputs.Protect(Json?.Path);
        AtomicFile.EnsureWritable(ModelPath);
        Json?.EnsureWritable();
    }
}
