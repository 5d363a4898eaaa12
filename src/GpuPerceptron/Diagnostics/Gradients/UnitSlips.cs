using GpuPerceptron.Data;

namespace GpuPerceptron.Diagnostics.Gradients;

/// <summary>Mistakes with the features' units, and with which value of the table belongs to which sample.</summary>
internal static class UnitSlips
{
    private const int RearrangedValues = 20_000_000; // more than that would take the memory of a second table

    /// <summary>What is to be said of a gradient that is right in given units.</summary>
    /// <param name="units">The units.</param>
    /// <param name="standardized">What the user said of them; null for nothing.</param>
    public static IReadOnlyList<Slip> Of(FeatureUnits units, bool? standardized)
    {
        if (!units.AreOurs)
            return
            [
                new Slip("features_scaled_otherwise",
                    $"the features are {units.Text}: the gradient is meant for those, and neither for the table's units nor for standardised ones",
                    "compare its results with those of features in the same units", Slip.Harmless),
            ];
        bool areStandardized = units.Code == FeatureUnits.StandardizedCode;
        if (standardized is null || standardized == areStandardized) return [];
        return areStandardized
            ? [new Slip("features_standardized",
                "the features are standardised, (x - mean) / deviation, and --standardize false asks for the table's units",
                "leave --standardize out, or take the features as they are in the table")]
            : [new Slip("features_not_standardized",
                "the features are as they are in the table, and --standardize true asks for (x - mean) / deviation",
                "leave --standardize out, or standardise: x <- (x - mean) / deviation, the deviation with division by N")];
    }

    /// <summary>The logits are of other features than the product.</summary>
    public static Slip Mixed(FeatureUnits forward, FeatureUnits backward) => new("units_mixed",
        $"the logits are computed from features {forward.Text}, and the residuals then multiplied by features {backward.Text}",
        "use the same X in w x + b and in (Z - Y) X^T");

    /// <summary>Values went to the wrong samples.</summary>
    public static Slip Transposed { get; } = new("data_transposed",
        "X is transposed wrongly: the table's values, read row by row, fill a matrix of one sample a column row by row (reshape, where a "
        + "transposition was meant), so that samples are mixtures of others",
        "X = table.T (one sample a column), never table.reshape(M, N)");

    /// <summary>
    /// The table with its values, read row by row, laid out as M rows of N, one sample a column; where N = M that is its
    /// transpose. Null where it would be too large.
    /// </summary>
    /// <param name="dataset">X.</param>
    /// <param name="units">The units to lay out in.</param>
    public static Dataset? Rearranged(Dataset dataset, FeatureUnits units)
    {
        long samples = dataset.Samples;
        int features = dataset.Features;
        if (features == 1 || samples * features > RearrangedValues) return null;
        float[] values = new float[samples * features];
        float[] labels = new float[samples];
        float[] weights = dataset.HasSampleWeights ? new float[samples] : [];
        long row = 0;
        foreach (var block in dataset.Read())
        {
            for (int i = 0; i < block.Rows; i++, row++)
            {
                labels[row] = block.Labels[i];
                if (weights.Length > 0) weights[row] = block.SampleWeights[i];
                var x = block.Row(i);
                for (int j = 0; j < features; j++)
                {
                    // Value k of the table becomes feature k / N of sample k mod N.
                    long k = row * features + j;
                    values[k % samples * features + k / samples] = (float)((x[j] - units.Offset[j]) * units.Factor[j]);
                }
            }
        }

        return Dataset.FromRows(values, labels, features, weights);
    }
}
