using GpuPerceptron.Metrics;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Metrics;

public sealed class BinaryMetricsTests
{
    [Fact]
    public void A_small_case_by_hand()
    {
        // Probabilities 0.9, 0.8, 0.4, 0.3; labels 1, 0, 1, 0.
        var metrics = BinaryMetrics.Compute([Logit(0.9), Logit(0.8), Logit(0.4), Logit(0.3)], [1, 0, 1, 0]);
        Assert.Equal(-(Math.Log(0.9) + Math.Log(0.2) + Math.Log(0.4) + Math.Log(0.7)) / 4, metrics.LogLoss, 1e-12);
        Assert.Equal((0.01 + 0.64 + 0.36 + 0.09) / 4, metrics.Brier, 1e-12);
        Assert.Equal(new Confusion(Tp: 1, Fp: 1, Tn: 1, Fn: 1), metrics.Confusion);
        Assert.Equal((0.5, 0.5, 0.5, 0.5), (metrics.Accuracy, metrics.Precision, metrics.Recall, metrics.F1));
        Assert.Equal(3.0 / 4, metrics.RocAuc, 1e-12); // three of four pairs in order
        Assert.Equal(0.5 * 1 + 0.5 * (2.0 / 3), metrics.PrAuc, 1e-12);
    }

    [Fact]
    public void The_roc_area_is_the_share_of_ordered_pairs_ties_half_and_weights_count()
    {
        var random = new Random(5);
        double[] logits = [.. Enumerable.Range(0, 200).Select(_ => (double)random.Next(-5, 6))];
        float[] labels = [.. Enumerable.Range(0, 200).Select(_ => (float)random.Next(2))];
        float[] weights = [.. Enumerable.Range(0, 200).Select(_ => (float)random.Next(0, 4))];
        double ordered = 0, pairs = 0;
        for (int i = 0; i < 200; i++)
        {
            for (int j = 0; j < 200; j++)
            {
                if (labels[i] != 1 || labels[j] != 0) continue;
                double weight = weights[i] * weights[j];
                pairs += weight;
                ordered += weight * (logits[i] > logits[j] ? 1 : logits[i] == logits[j] ? 0.5 : 0);
            }
        }

        Assert.Equal(ordered / pairs, BinaryMetrics.Compute(logits, labels, weights).RocAuc, 1e-12);
    }

    [Fact]
    public void A_weight_of_two_counts_like_the_sample_twice()
    {
        var weighted = BinaryMetrics.Compute([0.3, -1, 2, 0.1], [1, 0, 0, 1], [2, 1, 1, 0]);
        var repeated = BinaryMetrics.Compute([0.3, 0.3, -1, 2], [1, 1, 0, 0]);
        Assert.Equal(repeated.LogLoss, weighted.LogLoss, 1e-12);
        Assert.Equal(repeated.PrAuc, weighted.PrAuc, 1e-12);
        Assert.Equal(repeated.Accuracy, weighted.Accuracy, 1e-12);
    }

    [Fact]
    public void A_hopelessly_wrong_logit_costs_its_size_and_not_infinity() =>
        Assert.Equal(1e4, BinaryMetrics.Compute([1e4], [0]).LogLoss, 1e-9);

    [Fact]
    public void Without_one_of_the_classes_the_roc_area_is_not_a_number() =>
        Assert.True(double.IsNaN(BinaryMetrics.Compute([1, 2], [1, 1]).RocAuc));

    [Fact]
    public void The_goldens_loss_and_accuracy_come_out_of_their_weights()
    {
        var golden = Golden.All["pima"];
        var (features, labels) = golden.Load();
        int m = golden.FeatureNames.Length;
        double[] logits = [.. Enumerable.Range(0, labels.Length).Select(i =>
            golden.BiasRaw + golden.WeightsRaw.Select((w, j) => w * features[i * m + j]).Sum())];
        var metrics = BinaryMetrics.Compute(logits, labels);
        Assert.Equal(golden.MeanLogLoss, metrics.LogLoss, 1e-6);
        Assert.Equal(golden.Accuracy, metrics.Accuracy, 1e-12);
    }

    private static double Logit(double probability) => Math.Log(probability / (1 - probability));
}
