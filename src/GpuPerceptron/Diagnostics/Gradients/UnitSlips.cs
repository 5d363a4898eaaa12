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
    public static Slip Transposed(WrongLayout layout) => layout == WrongLayout.RowsAsColumns
        ? new("data_transposed",
            "X is transposed wrongly: the table's values, read row by row, fill a matrix of one sample a column row by row (reshape, where a "
            + "transposition was meant), so that samples are mixtures of others",
            "X = table.T (one sample a column), never table.reshape(M, N), in the logits and in the product by X^T")
        : new("data_transposed",
            "X is transposed wrongly: values that stand column by column fill a matrix of one sample a row row by row (reshape, where a "
            + "transposition was meant), so that samples are mixtures of others",
            "X.T, never X.reshape(N, M), in the logits and in the product by X^T");

    /// <summary>
    /// The table with its values laid out wrongly. Null where that is no other table, or would be too large.
    /// </summary>
    /// <param name="dataset">X.</param>
    /// <param name="units">The units to lay out in.</param>
    /// <param name="layout">How.</param>
    /// <param name="ones">Whether a column of ones was appended before.</param>
    public static Dataset? Rearranged(Dataset dataset, FeatureUnits units, WrongLayout layout, bool ones)
    {
        long samples = dataset.Samples;
        int features = ones ? dataset.Features + 1 : dataset.Features;
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
                    // Row by row, value k of the table becomes feature k / N of sample k mod N.
                    long k = row * features + j;
                    long place = layout == WrongLayout.RowsAsColumns ? k % samples * features + k / samples : j * samples + row;
                    values[place] = j < x.Length ? (float)((x[j] - units.Offset[j]) * units.Factor[j]) : 1;
                }
            }
        }

        return Dataset.FromRows(values, labels, features, weights);
    }
}

/// <summary>How a reshape lays out X where a transposition was meant.</summary>
internal enum WrongLayout
{
    /// <summary>Values that stand row by row, one sample a row, are read as M rows of N, one sample a column.</summary>
    RowsAsColumns,

    /// <summary>Values that stand column by column are read as N rows of M, one sample a row.</summary>
    ColumnsAsRows,
}
