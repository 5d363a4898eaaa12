using GpuPerceptron.Data;
using GpuPerceptron.Models;

namespace GpuPerceptron.Diagnostics.Gradients;

/// <summary>
/// Units that a user's features may be in, as an affine map of the stored ones: x′ = (x − offset) · factor, a column each.
/// So logits and gradients in any units come from one read of the stored features.
/// </summary>
/// <param name="Code">Names the units to a program.</param>
/// <param name="Text">Names them to a person: "features …".</param>
/// <param name="Offset">What is taken from each stored column.</param>
/// <param name="Factor">What each is then multiplied by.</param>
/// <param name="RootMeanSquare">√((1/N) Σᵢ x′ᵢⱼ²) of each column in these units.</param>
internal sealed record FeatureUnits(string Code, string Text, double[] Offset, double[] Factor, double[] RootMeanSquare)
{
    /// <summary>The units of the table.</summary>
    public const string RawCode = "raw";

    /// <summary>(x − mean) / standard deviation of the population: what this program trains in.</summary>
    public const string StandardizedCode = "standardized";

    private readonly AffineUnits _units = new(Offset, Factor);

    /// <summary>Whether the program itself can train in these units.</summary>
    public bool AreOurs => Code is RawCode or StandardizedCode;

    /// <summary>The units that people put features in: the table's own first, then the usual ways to scale.</summary>
    /// <param name="dataset">At least one sample.</param>
    /// <param name="standardized">Whether it is stored standardised.</param>
    /// <param name="features">The means and deviations that it was standardised with.</param>
    public static IReadOnlyList<FeatureUnits> All(Dataset dataset, bool standardized, IEnumerable<FeatureSchema> features)
    {
        var schema = features.ToArray();
        var stored = ColumnStatistics.Compute(dataset);
        int count = dataset.Features;
        var columns = Enumerable.Range(0, count);

        // The table's units from the stored ones, and what the columns are like there.
        double[] offset = [.. columns.Select(j => standardized ? -schema[j].Mean / schema[j].StandardDeviation : 0)];
        double[] factor = [.. columns.Select(j => standardized ? schema[j].StandardDeviation : 1)];
        double[] mean = [.. columns.Select(j => (stored.Mean[j] - offset[j]) * factor[j])];
        double[] deviation = [.. columns.Select(j => stored.StandardDeviation[j] * factor[j])];
        double[] minimum = [.. columns.Select(j => (stored.Minimum[j] - offset[j]) * factor[j])];
        double[] maximum = [.. columns.Select(j => (stored.Maximum[j] - offset[j]) * factor[j])];
        double sampleDeviation = Math.Sqrt((dataset.Samples - 1.0) / dataset.Samples); // of N over that of N − 1

        FeatureUnits Units(string code, string text, Func<int, double> shift, Func<int, double> scale) => new(
            code, text,
            [.. columns.Select(j => offset[j] + shift(j) / factor[j])],
            [.. columns.Select(j => factor[j] * scale(j))],
            [.. columns.Select(j => Math.Abs(scale(j)) * double.Hypot(deviation[j], mean[j] - shift(j)))]);

        return
        [
            Units(RawCode, "as they are in the table", _ => 0, _ => 1),
            Units(StandardizedCode, "standardised, (x - mean) / deviation", j => mean[j], j => 1 / deviation[j]),
            Units("sample_deviation", "standardised with the deviation of N - 1", j => mean[j], j => sampleDeviation / deviation[j]),
            Units("zero_to_one", "scaled to 0 ... 1 by minimum and maximum", j => minimum[j], j => 1 / (maximum[j] - minimum[j])),
            Units("minus_one_to_one", "scaled to -1 ... 1 by minimum and maximum",
                j => (minimum[j] + maximum[j]) / 2, j => 2 / (maximum[j] - minimum[j])),
            Units("centred", "centred, x - mean, and not scaled", j => mean[j], _ => 1),
            Units("by_deviation", "divided by the deviation and not centred", _ => 0, j => 1 / deviation[j]),
            Units("by_maximum", "divided by the largest absolute value", _ => 0, j => 1 / Math.Max(Math.Abs(minimum[j]), Math.Abs(maximum[j]))),
        ];
    }

    /// <summary>The stored features as they are.</summary>
    public static FeatureUnits Stored(Dataset dataset, string code, string text)
    {
        var statistics = ColumnStatistics.Compute(dataset);
        var columns = Enumerable.Range(0, dataset.Features);
        return new FeatureUnits(code, text, new double[dataset.Features], [.. columns.Select(_ => 1.0)],
            [.. columns.Select(j => double.Hypot(statistics.StandardDeviation[j], statistics.Mean[j]))]);
    }

    /// <summary>Parameters that give on the stored features the logits that θ gives in these units.</summary>
    public double[] ToStored(ReadOnlySpan<double> parameters) => _units.Decode(parameters);

    /// <summary>Parameters that give in these units the logits that θ gives on the stored features.</summary>
    public double[] FromStored(ReadOnlySpan<double> parameters) => _units.Encode(parameters);

    /// <summary>Σ ρᵢ x̃′ᵢ from Σ ρᵢ x̃ᵢ (the last value of each is Σ ρᵢ).</summary>
    public double[] SumsFromStored(ReadOnlySpan<double> sums) => _units.EncodeGradient(sums);
}
