using System.Numerics;
using GpuPerceptron.Data;

namespace GpuPerceptron.Diagnostics.Gradients;

/// <summary>
/// The gradients that each of many rules gives, (1/Σs) Σ s ρ x̃ for each rule's ρ, in float64 and from two reads of X: one
/// for the logits, one for the products. Bits do not depend on the number of threads.
/// </summary>
internal sealed class HypothesisPass
{
    private readonly Dataset _dataset;
    private readonly long[] _firstRows;
    private readonly double[] _logits;
    private readonly double _bias;
    private readonly ForwardMeans _means;

    /// <summary>Computes the logits.</summary>
    /// <param name="dataset">At least one sample, features in float32.</param>
    /// <param name="parameters">θ in the stored units, the bias last.</param>
    /// <param name="bias">b in the user's units.</param>
    public HypothesisPass(Dataset dataset, double[] parameters, double bias)
    {
        _dataset = dataset;
        _bias = bias;
        _firstRows = FirstRows(dataset);
        _logits = new double[dataset.Samples];
        dataset.ReadParallel((index, block) =>
        {
            for (int row = 0; row < block.Rows; row++)
            {
                var x = block.Row(row);
                double logit = parameters[^1];
                for (int j = 0; j < x.Length; j++)
                    logit += parameters[j] * x[j];
                _logits[_firstRows[index] + row] = logit;
            }
        });
        _means = Means();
    }

    private HypothesisPass(HypothesisPass forward, Dataset backward)
    {
        (_dataset, _firstRows) = (backward, FirstRows(backward));
        (_logits, _bias, _means) = (forward._logits, forward._bias, forward._means);
    }

    /// <summary>The same residuals, multiplied by other features of the same samples.</summary>
    public HypothesisPass With(Dataset backward) => new(this, backward);

    /// <summary>The gradients in the stored units.</summary>
    /// <param name="rules">One gradient each.</param>
    /// <param name="cancellation">Stops it.</param>
    public HypothesisSums[] Run(IReadOnlyList<ResidualRule> rules, CancellationToken cancellation = default)
    {
        var blocks = new HypothesisSums[_dataset.Blocks.Count][];
        _dataset.ReadParallel((index, block) => blocks[index] = SumsOf(block, _firstRows[index], rules), cancellation);
        return [.. rules.Select((rule, r) => HypothesisSums.MeanOf(
            blocks.Select(block => block[r]), _dataset.Features, rule.IgnoresSampleWeights ? _dataset.Samples : _dataset.TotalWeight))];
    }

    private static long[] FirstRows(Dataset dataset)
    {
        long[] firstRows = new long[dataset.Blocks.Count];
        for (int i = 1; i < firstRows.Length; i++)
            firstRows[i] = firstRows[i - 1] + dataset.Blocks[i - 1].Rows;
        return firstRows;
    }

    private HypothesisSums[] SumsOf(SampleBlock block, long firstRow, IReadOnlyList<ResidualRule> rules)
    {
        var sums = rules.Select(_ => new HypothesisSums(new double[block.Features + 1])).ToArray();
        double[] x = new double[block.Features + 1];
        x[^1] = 1;
        for (int row = 0; row < block.Rows; row++)
        {
            var features = block.Row(row);
            for (int j = 0; j < features.Length; j++)
                x[j] = features[j];
            var sample = StateOf(block, row, firstRow);
            double weight = block.HasSampleWeights ? block.SampleWeights[row] : 1;
            for (int r = 0; r < rules.Count; r++)
            {
                double s = rules[r].IgnoresSampleWeights ? 1 : weight;
                double coefficient = rules[r].Coefficient(sample, _means);
                double size = rules[r].Magnitude?.Invoke(sample, _means) ?? coefficient;
                sums[r].Squares += s * size * size;
                AddScaled(s * coefficient, x, sums[r].Values);
            }
        }

        return sums;
    }

    private SampleState StateOf(SampleBlock block, int row, long firstRow) =>
        new(firstRow + row, block.Labels[row], _logits[firstRow + row], _bias);

    private ForwardMeans Means()
    {
        double label = 0, output = 0, residual = 0, size = 0, slope = 0, asAsked = 0, slopeSize = 0;
        long first = 0;
        foreach (var block in _dataset.ReadLabels())
        {
            for (int row = 0; row < block.Rows; row++)
            {
                var sample = StateOf(block, row, first);
                double s = (block.HasSampleWeights ? block.SampleWeights[row] : 1) / _dataset.TotalWeight;
                label += s * sample.Label;
                output += s * sample.Output;
                residual += s * sample.Residual;
                size += s * Math.Abs(sample.Residual);
                slope += s * sample.LossSlope;
                asAsked += s * sample.LossSlopeAsAsked;
                slopeSize += s * Math.Abs(sample.LossSlope);
            }

            first += block.Rows;
        }

        return new ForwardMeans(_dataset.Samples, label, output, residual, size, slope, asAsked, slopeSize);
    }

    /// <summary>y ← y + a x.</summary>
    private static void AddScaled(double a, ReadOnlySpan<double> x, Span<double> y)
    {
        if (a == 0) return;
        int j = 0;
        for (; j <= x.Length - Vector<double>.Count; j += Vector<double>.Count)
            (new Vector<double>(y[j..]) + a * new Vector<double>(x[j..])).CopyTo(y[j..]);
        for (; j < x.Length; j++)
            y[j] += a * x[j];
    }
}

/// <summary>A rule's gradient, and how large its coefficients are.</summary>
/// <param name="values">M + 1 values, the bias last.</param>
internal sealed class HypothesisSums(double[] values)
{
    /// <summary>Σ s ρ x̃, or its mean.</summary>
    public double[] Values { get; } = values;

    /// <summary>Σ s ρ², or its mean.</summary>
    public double Squares { get; set; }

    /// <summary>Adds parts in order and divides by a total.</summary>
    public static HypothesisSums MeanOf(IEnumerable<HypothesisSums> parts, int features, double total)
    {
        var mean = new HypothesisSums(new double[features + 1]);
        foreach (var part in parts)
        {
            mean.Squares += part.Squares / total;
            for (int j = 0; j <= features; j++)
                mean.Values[j] += part.Values[j] / total;
        }

        return mean;
    }
}
