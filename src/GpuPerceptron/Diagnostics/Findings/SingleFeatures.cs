using GpuPerceptron.Data;
using GpuPerceptron.Models;

namespace GpuPerceptron.Diagnostics.Findings;

/// <summary>Features that tell the classes apart by themselves: wholly, on a part of the samples, or nearly.</summary>
internal static class SingleFeatures
{
    /// <summary>From this ROC AUC on a feature alone is suspected to hold the label.</summary>
    private const double SuspiciousAuc = 0.995;

    private const long ValuesRanked = 5_000_000;

    /// <summary>
    /// Leaks and partial separation, exactly. If no sample of one label is above the least of the other, x ≤ c ≤ x′, then the
    /// loss falls without end along the direction x − c: wholly separated where no two are equal, else quasi-separated
    /// (Albert and Anderson, "On the existence of maximum likelihood estimates in logistic regression models", 1984).
    /// </summary>
    public static IEnumerable<Finding> Separating(Dataset dataset, Schema schema, ClassRanges ranges)
    {
        var names = new FeatureNames(schema);
        var features = schema.Features.ToArray();
        bool[] isBoolean = [.. schema.Columns.SelectMany(column => column.Features.Select(_ => column.Kind == ColumnKind.Boolean))];
        string[] label = [schema.Label.Negative, schema.Label.Positive];
        long samples = dataset.Weighing(0) + dataset.Weighing(1);
        for (int j = 0; j < features.Length; j++)
        {
            foreach (int above in (int[])[1, 0])
            {
                float lower = ranges.Maximum[1 - above][j], upper = ranges.Minimum[above][j];
                if (!(lower <= upper) || ranges.Minimum[1 - above][j] == ranges.Maximum[above][j]) continue;
                double raw = Raw(schema, features[j], (lower + (double)upper) / 2);
                string limit = isBoolean[j] ? raw > 0.5 ? "true" : "false" : FeatureNames.Number(raw);
                string what = isBoolean[j] ? $"{names[j]} is true for {label[above]} and false for {label[1 - above]}"
                    : features[j].Level is not null || features[j].IsOther
                    ? $"{names[j]} {(above == 1 ? "holds only for" : "never holds for")} {label[1]}"
                    : $"{schema.Label.Column} is {label[above]} above {names[j]} = {limit}, and {label[1 - above]} below";
                if (lower < upper)
                {
                    yield return new Finding("leak",
                        $"{names[j]} alone tells {schema.Label.Column} without an error: {what}; a column that is known "
                        + "only once the label is looks like this",
                        $"{names.Exclude([j])} if it is not known at the time of prediction; else no learning is needed");
                }
                else
                {
                    long equal = EqualTo(dataset, j, lower);
                    yield return new Finding("quasi_separation",
                        $"{names[j]} tells {schema.Label.Column} without an error in {samples - equal:N0} of "
                        + $"{samples:N0} samples, those where it is not {limit}: "
                        + "its weight grows without end, and no finite optimum exists without a penalty",
                        $"--l2 0.001, or {names.Exclude([j])}");
                }

                break;
            }
        }
    }

    /// <summary>Features whose ROC AUC is all but 1, on evenly drawn samples.</summary>
    public static IEnumerable<Finding> NearlySeparating(Dataset dataset, Schema schema, ClassRanges ranges)
    {
        var names = new FeatureNames(schema);
        long stride = Math.Max(1, dataset.Samples * dataset.Features / ValuesRanked);
        var (rows, labels) = Drawn(dataset, stride);
        double[] auc = new double[dataset.Features];
        Parallel.For(0, auc.Length, j => auc[j] = Auc([.. rows.Select(row => row[j])], [.. labels]));
        for (int j = 0; j < auc.Length; j++)
        {
            bool exact = ranges.Maximum[0][j] <= ranges.Minimum[1][j] || ranges.Maximum[1][j] <= ranges.Minimum[0][j];
            double separation = Math.Max(auc[j], 1 - auc[j]);
            if (exact || !(separation >= SuspiciousAuc)) continue;
            yield return new Finding("near_leak",
                $"{names[j]} alone tells {schema.Label.Column} with a ROC AUC of {separation:0.0000}: it may be known "
                + "only once the label is",
                $"{names.Exclude([j])} if it is not known at the time of prediction");
        }
    }

    /// <summary>Every how-many-th sample, if it weighs more than 0, and whether it is positive.</summary>
    private static (List<float[]> Rows, List<bool> Positive) Drawn(Dataset dataset, long stride)
    {
        var rows = new List<float[]>();
        var positive = new List<bool>();
        long index = 0;
        foreach (var block in dataset.Read())
        {
            for (int row = 0; row < block.Rows; row++, index++)
            {
                if (index % stride != 0 || !DatasetRows.Weighs(block, row)) continue;
                float[] values = new float[dataset.Features];
                DatasetRows.Copy(block, row, values);
                rows.Add(values);
                positive.Add(block.Labels[row] != 0);
            }
        }

        return (rows, positive);
    }

    /// <summary>P(x of a positive sample above x of a negative one), ties counted half: Mann and Whitney's statistic from ranks.</summary>
    private static double Auc(float[] values, bool[] positive)
    {
        Array.Sort(values, positive);
        double below = 0, wins = 0, positives = 0;
        for (int start = 0; start < values.Length;)
        {
            int end = start;
            double ups = 0, downs = 0;
            for (; end < values.Length && values[end] == values[start]; end++)
                _ = positive[end] ? ups++ : downs++;
            wins += ups * (below + downs / 2);
            (below, positives, start) = (below + downs, positives + ups, end);
        }

        return below > 0 && positives > 0 ? wins / (below * positives) : 0.5;
    }

    private static long EqualTo(Dataset dataset, int column, float value) =>
        dataset.Read().Sum(block => Enumerable.Range(0, block.Rows)
            .LongCount(row => DatasetRows.Weighs(block, row) && DatasetRows.Value(block, row, column) == value));

    /// <summary>A value in the table's units, without what float32 leaves of a 0.</summary>
    private static double Raw(Schema schema, FeatureSchema feature, double value)
    {
        double deviations = schema.IsEven ? value * feature.StandardDeviation : value;
        double raw = schema.TakesMeanOf(feature) ? feature.Mean + deviations : deviations;
        return Math.Abs(raw) < 1e-6 * feature.StandardDeviation ? 0 : raw;
    }
}
