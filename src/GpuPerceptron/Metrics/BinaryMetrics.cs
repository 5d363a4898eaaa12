using GpuPerceptron.Data;
using GpuPerceptron.Models;

namespace GpuPerceptron.Metrics;

/// <summary>How well a model's probabilities fit labelled samples. Sample weights count in every measure.</summary>
public sealed record BinaryMetrics
{
    /// <summary>Samples (N).</summary>
    public required long Samples { get; init; }

    /// <summary>Mean binary cross-entropy, in nats.</summary>
    public required double LogLoss { get; init; }

    /// <summary>Share of samples on the right side of probability 1/2.</summary>
    public required double Accuracy { get; init; }

    /// <summary>
    /// P(a positive's probability is above a negative's), ties counted half (Hanley and McNeil 1982); NaN where a class is empty.
    /// </summary>
    public required double RocAuc { get; init; }

    /// <summary>Average precision: Σ (Rₖ − Rₖ₋₁) Pₖ over the distinct probabilities, falling; NaN without positives.</summary>
    public required double PrAuc { get; init; }

    /// <summary>Mean of (probability − label)² (Brier 1950).</summary>
    public required double Brier { get; init; }

    /// <summary>2 tp / (2 tp + fp + fn); 0 where that has no positives at all.</summary>
    public required double F1 { get; init; }

    /// <summary>tp / (tp + fp); 0 where nothing is predicted positive.</summary>
    public required double Precision { get; init; }

    /// <summary>tp / (tp + fn); 0 where nothing is positive.</summary>
    public required double Recall { get; init; }

    /// <summary>Counts of samples (unweighted) at probability 1/2.</summary>
    public required Confusion Confusion { get; init; }

    /// <summary>Measures a model on samples that its schema encoded.</summary>
    /// <param name="model">The model.</param>
    /// <param name="dataset">At least one sample.</param>
    public static BinaryMetrics Evaluate(PerceptronModel model, Dataset dataset)
    {
        var scores = new ScoredSamples(dataset.Samples, dataset.HasSampleWeights);
        foreach (var block in dataset.Read())
        {
            model.Logits(block, scores.Next(block.Rows));
            for (int i = 0; i < block.Rows; i++)
                scores.Add(block.Labels[i] != 0, dataset.HasSampleWeights ? block.SampleWeights[i] : 1);
        }

        return scores.Measure();
    }

    /// <summary>Measures logits against labels.</summary>
    /// <param name="logits">v, at least one.</param>
    /// <param name="labels">y, each 0 or 1, as many.</param>
    /// <param name="sampleWeights">s, as many; empty where every weight is 1.</param>
    public static BinaryMetrics Compute(
        ReadOnlySpan<double> logits, ReadOnlySpan<float> labels, ReadOnlySpan<float> sampleWeights = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(logits.Length, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Length, logits.Length);
        var scores = new ScoredSamples(logits.Length, !sampleWeights.IsEmpty);
        logits.CopyTo(scores.Next(logits.Length));
        for (int i = 0; i < labels.Length; i++)
            scores.Add(labels[i] > 0.5f, sampleWeights.IsEmpty ? 1 : sampleWeights[i]);
        return scores.Measure();
    }
}

/// <summary>Samples by prediction and label.</summary>
/// <param name="Tp">Positive, predicted positive.</param>
/// <param name="Fp">Negative, predicted positive.</param>
/// <param name="Tn">Negative, predicted negative.</param>
/// <param name="Fn">Positive, predicted negative.</param>
public readonly record struct Confusion(long Tp, long Fp, long Tn, long Fn);
