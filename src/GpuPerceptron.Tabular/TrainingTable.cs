using GpuPerceptron.Data;
using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular;

/// <summary>A table made ready to train on.</summary>
/// <param name="Training">The training samples, in the table's order; sparse ones near it, those with equally many values together.</param>
/// <param name="Validation">The samples set aside, likewise; null where none were asked for.</param>
/// <param name="Schema">What the table's columns became.</param>
/// <param name="Notes">What was done that the user may not expect, a sentence each.</param>
public sealed record TrainingTable(Dataset Training, Dataset? Validation, Schema Schema, IReadOnlyList<string> Notes) : IDisposable
{
    /// <summary>Columns that were left out because all training samples have the same value, or none.</summary>
    public IReadOnlyList<string> ConstantColumns { get; init; } = [];

    /// <summary>
    /// Whether these are first rows of one label alone, whose labels were made up so that a training can be tried: of
    /// <see cref="TableEstimate.Head"/> only.
    /// </summary>
    public bool HasMadeLabels { get; internal init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Training.Dispose();
        Validation?.Dispose();
    }
}
