using GpuPerceptron.Data;

namespace GpuPerceptron.Models;

/// <summary>Fits a schema to samples that are numbers already, and standardises them in place; sparse ones are only
/// scaled.</summary>
public static class NumericSchema
{
    /// <summary>Computes each feature's mean and standard deviation, and standardises the dataset with them.</summary>
    /// <param name="dataset">At least one sample, in raw units. A constant feature becomes 0 throughout.</param>
    /// <param name="label">The labels' names.</param>
    /// <param name="featureNames">One name a feature; null for "x0", "x1", ….</param>
    /// <param name="standardize">Whether to standardise, or to leave the features in raw units.</param>
    /// <exception cref="PerceptronException">There is no sample, a NaN or infinity, or the names do not fit.</exception>
    public static Schema Fit(
        Dataset dataset, LabelSchema label, IReadOnlyList<string>? featureNames = null, bool standardize = true)
    {
        if (dataset.Samples == 0)
            throw new PerceptronException(Fault.Data, "there are no samples to train on");
        if (featureNames is not null && featureNames.Count != dataset.Features)
            throw new PerceptronException(Fault.Data, $"there are {dataset.Features} features but {featureNames.Count} feature names");

        if (dataset.IsSparse) return FitSparse(dataset, label, featureNames, standardize);
        var statistics = ColumnStatistics.Compute(dataset);
        var columns = new ColumnSchema[dataset.Features];
        double[] factor = new double[dataset.Features];
        for (int j = 0; j < columns.Length; j++)
        {
            string name = featureNames?[j] ?? $"x{j}";
            if (statistics.Missing[j] > 0 || !double.IsFinite(statistics.Mean[j]))
                throw new PerceptronException(Fault.Data,
                    $"feature '{name}' holds a NaN or an infinity; replace it by a number before training");
            double deviation = statistics.IsConstant(j) ? 1 : statistics.StandardDeviation[j];
            columns[j] = new ColumnSchema(name, ColumnKind.Number, 0, [new FeatureSchema(name, statistics.Mean[j], deviation)]);
            factor[j] = 1 / deviation;
        }

        if (standardize)
            dataset.Transform([.. Enumerable.Range(0, dataset.Features)], statistics.Mean, factor);
        return new Schema(label, columns, standardize);
    }

    /// <summary>Sparse features are named by their columns' numbers, and only divided: what is 0 stays 0.</summary>
    private static Schema FitSparse(Dataset dataset, LabelSchema label, IReadOnlyList<string>? featureNames, bool standardize)
    {
        if (featureNames is not null)
            throw new PerceptronException(Fault.Data, "sparse features have numbers, from 0, and no names; give none");
        double[] scales = SparseColumns.RootMeanSquares(dataset);
        if (standardize) dataset.Scale(scales);
        var features = new SparseFeatures([.. Enumerable.Range(0, dataset.Features)], scales, firstIndex: 0);
        return new Schema(label, [new ColumnSchema("features", ColumnKind.Sparse, Missing: 0, features)], standardize);
    }
}
