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
        double[] logits = new double[dataset.Samples];
        float[] labels = new float[dataset.Samples];
        float[] weights = dataset.HasSampleWeights ? new float[dataset.Samples] : [];
        int first = 0;
        foreach (var block in dataset.Read())
        {
            model.Logits(block, logits.AsSpan(first, block.Rows));
            FloatLabels.Write(block.Labels, labels.AsSpan(first));
            block.SampleWeights.CopyTo(weights.AsSpan(Math.Min(first, weights.Length)));
            first += block.Rows;
        }

        return Compute(logits, labels, weights);
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
        double total = 0, loss = 0, brier = 0, tp = 0, fp = 0, tn = 0, fn = 0;
        long tpCount = 0, fpCount = 0, tnCount = 0, fnCount = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            double v = logits[i], y = labels[i], s = sampleWeights.IsEmpty ? 1 : sampleWeights[i];
            double error = PerceptronModel.Sigmoid(v) - y;
            total += s;
            // −log P(y): log(1 + e⁻ᵐ) with the margin m = ±v, never log(σ).
            double margin = y > 0.5 ? v : -v;
            loss += s * (Math.Max(-margin, 0) + LogOnePlusExp(-Math.Abs(margin)));
            brier += s * error * error;
            switch (v >= 0, y > 0.5)
            {
                case (true, true): tp += s; tpCount++; break;
                case (true, false): fp += s; fpCount++; break;
                case (false, true): fn += s; fnCount++; break;
                default: tn += s; tnCount++; break;
            }
        }

        var (rocAuc, prAuc) = AreasUnderCurves(logits, labels, sampleWeights);
        return new BinaryMetrics
        {
            Samples = logits.Length,
            LogLoss = loss / total,
            Accuracy = (tp + tn) / total,
            RocAuc = rocAuc,
            PrAuc = prAuc,
            Brier = brier / total,
            F1 = tp > 0 ? 2 * tp / (2 * tp + fp + fn) : 0,
            Precision = tp > 0 ? tp / (tp + fp) : 0,
            Recall = tp > 0 ? tp / (tp + fn) : 0,
            Confusion = new Confusion(tpCount, fpCount, tnCount, fnCount),
        };
    }

    /// <summary>log(1 + eˣ) for x at most 0, accurate where eˣ is small: log u · e/(u − 1) with u = 1 + e (Goldberg 1991).</summary>
    private static double LogOnePlusExp(double x)
    {
        double e = Math.Exp(x), u = 1 + e;
        return u == 1 ? e : Math.Log(u) * e / (u - 1);
    }

    /// <summary>Both curves in one walk from the largest logit down, samples with equal logits taken together.</summary>
    private static (double Roc, double PrecisionRecall) AreasUnderCurves(
        ReadOnlySpan<double> logits, ReadOnlySpan<float> labels, ReadOnlySpan<float> sampleWeights)
    {
        double[] keys = logits.ToArray();
        int[] order = new int[keys.Length];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        Array.Sort(keys, order);

        double positives = 0, negatives = 0, pairs = 0, precisionArea = 0;
        for (int i = order.Length - 1; i >= 0;)
        {
            double tiePositives = 0, tieNegatives = 0;
            for (double key = keys[i]; i >= 0 && keys[i] == key; i--)
            {
                double s = sampleWeights.IsEmpty ? 1 : sampleWeights[order[i]];
                if (labels[order[i]] > 0.5f) tiePositives += s;
                else tieNegatives += s;
            }

            // Every positive so far is above these negatives; within the tie, half of the pairs count.
            pairs += tieNegatives * (positives + 0.5 * tiePositives);
            positives += tiePositives;
            negatives += tieNegatives;
            if (positives + negatives > 0)
                precisionArea += tiePositives * positives / (positives + negatives);
        }

        return (pairs / (positives * negatives), precisionArea / positives);
    }
}

/// <summary>Samples by prediction and label.</summary>
/// <param name="Tp">Positive, predicted positive.</param>
/// <param name="Fp">Negative, predicted positive.</param>
/// <param name="Tn">Negative, predicted negative.</param>
/// <param name="Fn">Positive, predicted negative.</param>
public readonly record struct Confusion(long Tp, long Fp, long Tn, long Fn);
