using GpuPerceptron.Data;
using GpuPerceptron.Engines;

namespace GpuPerceptron.Objectives;

/// <summary>The <see cref="LogisticObjective"/> over a dataset, of which samples can be drawn.</summary>
/// <param name="engine">Where the samples are.</param>
/// <param name="dataset">The samples.</param>
/// <param name="l2">λ₂, at least 0.</param>
/// <param name="l1">λ₁, at least 0.</param>
/// <param name="seed">Of the order in which samples are drawn.</param>
/// <param name="meanSquares">See <see cref="MeanSquares"/>, one a feature; null where they are not known.</param>
public sealed class DatasetObjective(
    IEngine engine, Dataset dataset, double l2, double l1 = 0, ulong seed = 0, double[]? meanSquares = null)
    : LogisticObjective(engine, dataset.TotalWeight, l2, l1), ISampledObjective
{
    private readonly double[]? _meanSquares = meanSquares is null || meanSquares.Length == dataset.Features
        ? meanSquares
        : throw new ArgumentException($"there are {meanSquares.Length} mean squares for {dataset.Features} features", nameof(meanSquares));

    /// <inheritdoc/>
    public long Samples => dataset.Samples;

    /// <inheritdoc/>
    public double RarerPart => (double)Math.Min(dataset.Positives, Samples - dataset.Positives) / Samples;

    /// <inheritdoc/>
    public ReadOnlySpan<double> MeanSquares => _meanSquares;

    /// <inheritdoc/>
    public ObjectiveSample? Sample(long count, double ridge)
    {
        var rows = RowCopies.Draw(dataset, count, seed);
        if (!(rows.TotalWeight > 0))
        {
            rows.Dispose();
            return null;
        }

        var part = Engine.Over(rows);
        return new ObjectiveSample(new LogisticObjective(part, rows.TotalWeight, L2 + ridge, L1), part, rows);
    }
}
