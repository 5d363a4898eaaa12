using GpuPerceptron.Data;
using GpuPerceptron.Diagnostics.Certificates;
using GpuPerceptron.Models;

namespace GpuPerceptron.Diagnostics.Findings;

/// <summary>What there is to know of the samples before anything is learned from them.</summary>
internal static class DataFindings
{
    private const double ScalesApart = 1e3;
    private const double RareLabel = 0.05;
    private const double MomentsWork = 1e9;

    /// <summary>What is cheap to find out where a training has ended early.</summary>
    public static IReadOnlyList<Finding> OfTraining(
        Dataset dataset, Schema schema, TrainingRecord record, int threads, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return [];
        using var objective = new PreciseObjective(dataset, schema, record.L2, record.L1, threads);
        long stride = Certifier.HessianStride(dataset, MomentsWork);
        double[]? moments = stride > 0 ? objective.Moments(stride) : null;
        return
        [
            .. schema.Scaled ? [] : Scales(schema, schema.Standardized),
            .. Labels(dataset, schema),
            .. record.L1 > 0 || record.L2 > 0 ? [] : SingleFeatures.Separating(dataset, schema, ClassRanges.Of(dataset)),
            .. ColumnRelations.Of(dataset, schema, moments, stride),
        ];
    }

    /// <summary>Features of very different spread, which only standardising brings together.</summary>
    /// <param name="schema">The features.</param>
    /// <param name="standardized">Whether they are, or are going to be, standardised.</param>
    public static IEnumerable<Finding> Scales(Schema schema, bool standardized)
    {
        var features = schema.Features.ToArray();
        var wide = features.MaxBy(Size)!;
        var narrow = features.MinBy(Size)!;
        if (Size(wide) < ScalesApart * Size(narrow)) yield break;
        yield return new Finding("feature_scales",
            $"the features' scales are up to {FeatureNames.Number(Size(wide) / Size(narrow))} apart ({wide.Name} about "
            + $"{FeatureNames.Number(Size(wide))}, {narrow.Name} about {FeatureNames.Number(Size(narrow))})"
            + (standardized ? "; standardised they are alike" : ": a step that suits one is far too long or too short for another"),
            standardized ? "" : "drop --standardize false");

        static double Size(FeatureSchema feature) =>
            Math.Sqrt(feature.StandardDeviation * feature.StandardDeviation + feature.Mean * feature.Mean);
    }

    /// <summary>A rare label, or hardly any samples.</summary>
    public static IEnumerable<Finding> Labels(Dataset dataset, Schema schema)
    {
        long samples = dataset.Weighing(0) + dataset.Weighing(1), rare = Math.Min(dataset.Weighing(0), dataset.Weighing(1));
        string name = rare == dataset.Weighing(1) ? schema.Label.Positive : schema.Label.Negative;
        if (rare < RareLabel * samples)
        {
            yield return new Finding("class_imbalance",
                $"only {rare:N0} of {samples:N0} samples are {name}: a model that never says so is right in "
                + $"{1 - (double)rare / samples:0.0%} of them",
                "--class-weight balanced, if overlooking one costs more than a false alarm; and judge it by pr_auc and "
                + "log_loss of 'evaluate', not by accuracy");
        }

        if (samples <= dataset.Features + 1)
        {
            yield return new Finding("too_few_samples",
                $"{samples:N0} samples are no more than the {dataset.Features + 1:N0} parameters: whatever the "
                + "labels, they can be fitted without an error, and nothing can be learned from that",
                "--l2 0.001 or more, chosen by --validation");
        }
    }

    /// <summary>Columns of one value.</summary>
    public static IEnumerable<Finding> Constants(Dataset dataset, Schema schema, ClassRanges ranges, IReadOnlyList<string> leftOut)
    {
        var features = schema.Features.ToArray();
        string[] constant =
        [
            .. leftOut,
            .. Enumerable.Range(0, dataset.Features)
                .Where(j => Math.Min(ranges.Minimum[0][j], ranges.Minimum[1][j]) == Math.Max(ranges.Maximum[0][j], ranges.Maximum[1][j]))
                .Select(j => features[j].Name),
        ];
        if (constant.Length == 0) yield break;
        yield return new Finding("constant_columns",
            $"{FeatureNames.List(constant)} {(constant.Length == 1 ? "holds" : "hold")} one value in all samples, or "
            + $"none: nothing can be learned from {(constant.Length == 1 ? "it" : "them")}",
            FeatureNames.Exclude(constant));
    }
}
