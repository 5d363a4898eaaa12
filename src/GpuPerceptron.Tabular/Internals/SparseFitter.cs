using System.Globalization;
using GpuPerceptron.Data;
using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>Makes sparse samples by index ready to train on.</summary>
internal static class SparseFitter
{
    /// <summary>Sets samples aside as the options say.</summary>
    /// <param name="source">Where they come from.</param>
    /// <param name="all">All of them; disposed where some are set aside, or none can be.</param>
    /// <param name="options">The fraction and the seed.</param>
    /// <param name="isHead">Whether they are the first rows only.</param>
    /// <param name="madeLabels">See <see cref="TableReader.MakeLabels"/>.</param>
    /// <exception cref="PerceptronException">None would be left on a side, or one label alone to train on.</exception>
    public static (Dataset Training, Dataset? Validation) Split(
        TableSource source, Dataset all, TableOptions options, bool isHead, out bool madeLabels)
    {
        var aside = new RowSplit(options.Seed, options.ValidationFraction);
        if (!aside.SetsAside)
        {
            madeLabels = isHead && TableReader.MakeLabels(all);
            return (all, null);
        }

        long samples = all.Samples;
        var (training, validation) = SparseDataset.Split(all, aside.IsSetAside);
        madeLabels = isHead && training.Samples > 0 && TableReader.MakeLabels(training);
        if (validation.Samples > 0 && training.Positives > 0 && training.Positives < training.Samples) return (training, validation);
        string problem = training.Samples == 0 || validation.Samples == 0
            ? $"of {samples} samples {validation.Samples} would be set aside to validate on; choose another fraction, or another seed"
            : $"all {training.Samples} training samples have one label; set fewer samples aside, or try another seed";
        training.Dispose();
        validation.Dispose();
        throw new PerceptronException(Fault.Data, $"{source}: {problem}");
    }

    /// <summary>Numbers the columns, and divides by their scales where the options say so.</summary>
    /// <returns>By column its index and its scale, and how many indices were left out for their one value.</returns>
    /// <exception cref="PerceptronException">No index is left.</exception>
    public static (int[] Indices, double[] Scales, int Constant) Fit(
        TableSource source, Dataset training, Dataset? validation, TableOptions options)
    {
        MemoryBudget.Tidy(training); // what the reading had; an index takes 4 bytes, and there may be many
        return StageReport.Encoding(
            options.Reading.Progress, options.Standardize ? 2 : 1, training, validation, () => Fit(source, training, validation, options.Standardize));
    }

    private static (int[] Indices, double[] Scales, int Constant) Fit(TableSource source, Dataset training, Dataset? validation, bool standardize)
    {
        var (indices, constant) = SparseColumns.Number(training, validation);
        if (indices.Length == 0)
            throw new PerceptronException(Fault.Data, constant > 0
                ? $"{source}: each index has the same value in all training samples; there is nothing to learn from"
                : $"{source}: the training samples have no index with a value; there is nothing to learn from");
        double[] scales = SparseColumns.RootMeanSquares(training);
        if (!standardize) return (indices, scales, constant);
        training.Scale(scales);
        validation?.Scale(scales);
        return (indices, scales, constant);
    }

    /// <summary>The schema of sparse features.</summary>
    public static Schema SchemaOf(LabelSchema label, SparseFeatures features, bool standardized) =>
        new(label, [new ColumnSchema("features", ColumnKind.Sparse, Missing: 0, features)], standardized);

    /// <summary>How many values there are.</summary>
    public static string Describe(int indices, Dataset training) =>
        $"{Count(indices)} indices have a value in the training samples: {Count(training.NonZeros)} values, "
        + $"{((double)training.NonZeros / training.Samples).ToString("0.#", CultureInfo.InvariantCulture)} a sample; what is not "
        + "written is 0";

    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
