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
/// <param name="solverBytes">See <see cref="SolverBytes"/>.</param>
public sealed class DatasetObjective(
    IEngine engine, Dataset dataset, double l2, double l1 = 0, ulong seed = 0, double[]? meanSquares = null, long solverBytes = long.MaxValue)
    : LogisticObjective(engine, dataset.TotalWeight, l2, l1), ISampledObjective
{
    private readonly double[]? _meanSquares = meanSquares is null || meanSquares.Length == dataset.Features
        ? meanSquares
        : throw new ArgumentException($"there are {meanSquares.Length} mean squares for {dataset.Features} features", nameof(meanSquares));

    private double[]? _curvatures;

    /// <inheritdoc/>
    public long Samples => dataset.Samples;

    /// <inheritdoc/>
    public double RarerPart => (double)Math.Min(dataset.Positives, Samples - dataset.Positives) / Samples;

    /// <inheritdoc/>
    public ReadOnlySpan<double> MeanSquares => _meanSquares;

    /// <inheritdoc/>
    /// <remarks>σ′ ≤ 1/4: a quarter of a feature's mean square, and λ₂. Of standardised features, and the bias, all are alike.</remarks>
    public ReadOnlySpan<double> Curvatures => _curvatures ??= _meanSquares is null || HasOneScale(_meanSquares) ? []
        : [.. _meanSquares.Select(square => square / 4 + L2), 0.25];

    /// <inheritdoc/>
    public long SolverBytes => solverBytes;

    /// <summary>Whether features and the bias, whose mean square is 1, differ by a factor of 2 at most.</summary>
    private static bool HasOneScale(double[] meanSquares) => Math.Max(1, meanSquares.Max()) <= 2 * Math.Min(1, meanSquares.Min());

    /// <inheritdoc/>
    public long BytesOf(long count) => dataset.IsSparse ? dataset.FeatureBytes / Math.Max(1, Samples) * count : sizeof(float) * count * dataset.Features;

    /// <inheritdoc/>
    /// <remarks>Not for a device: its passes take less time than the host with the rows.</remarks>
    public bool HasCurvatureRows => !dataset.IsSparse && Engine.Device == "cpu";

    /// <inheritdoc/>
    public double? CurvatureRows(ReadOnlySpan<double> parameters, int count, int stride, Span<float> rows)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(parameters.Length, Dimension);
        if (!HasCurvatureRows) return null;
        using var drawn = RowCopies.Draw(dataset, count, seed);
        if (!(drawn.TotalWeight > 0)) return null;
        int place = 0;
        foreach (var block in drawn.Blocks)
        {
            for (int row = 0; row < block.Rows; row++, place += stride)
            {
                var x = block.Row(row);
                double v = parameters[^1];
                for (int j = 0; j < x.Length; j++)
                    v += parameters[j] * x[j];
                double z = 1 / (1 + Math.Exp(-Math.Abs(v))), weight = block.HasSampleWeights ? block.SampleWeights[row] : 1;
                float root = (float)Math.Sqrt(weight * z * (1 - z) / drawn.TotalWeight);
                var target = rows.Slice(place, x.Length + 1);
                for (int j = 0; j < x.Length; j++)
                    target[j] = root * x[j];
                target[^1] = root;
            }
        }

        return L2;
    }

    /// <inheritdoc/>
    /// <remarks>They are in memory and in float32, however the samples are kept.</remarks>
    bool ISampledObjective.HasDirectionalSamples => !dataset.IsSparse && Engine.Device == "cpu";

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
