using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Metrics;
using GpuPerceptron.Models;
using GpuPerceptron.Solvers;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests;

public sealed class CrossValidationTests
{
    private static readonly TrainingOptions OnCpu = new() { Device = new DeviceRequest(DeviceKind.Cpu) };

    [Theory]
    [InlineData(90, 3, false, SolverKind.Auto)] // one fold after the other
    [InlineData(90, 3, true, SolverKind.Nesterov)]
    [InlineData(3000, 40, false, SolverKind.Auto)] // side by side
    [InlineData(3000, 40, true, SolverKind.Lbfgs)]
    public void A_fold_is_judged_by_a_model_of_all_other_samples(int count, int width, bool weighted, SolverKind solver)
    {
        const int FoldCount = 3;
        using var dataset = SyntheticData.Create(count, width, weighted: weighted);
        var result = CrossValidation.Run(dataset, OnCpu with { Solver = solver }, [0.1, 0.01], FoldCount);

        ushort[] fold = Folds.Assign(dataset, FoldCount, seed: 0);
        var schema = Schema(width);
        foreach (var score in result.Penalties)
        {
            double[] losses = [.. Enumerable.Range(0, FoldCount).Select(k =>
            {
                using var training = RowCopies.Copy(dataset, [.. Enumerable.Range(0, count).Where(i => fold[i] != k).Select(i => (long)i)]);
                using var heldOut = RowCopies.Copy(dataset, Folds.Members(fold, k));
                return BinaryMetrics.Evaluate(Trainer.Train(training, schema, OnCpu with { L2 = score.L2 }).Model, heldOut).LogLoss;
            })];
            Assert.Equal(losses.Average(), score.LogLoss, 1e-5);
            double deviation = Math.Sqrt(losses.Sum(loss => Math.Pow(loss - losses.Average(), 2)) / (FoldCount - 1));
            Assert.Equal(deviation / Math.Sqrt(FoldCount), score.StandardError, 1e-5);
        }

        Assert.Equal([0.1, 0.01], result.Penalties.Select(score => score.L2));
    }

    [Fact]
    public void Folds_have_nearly_the_same_size_and_share_of_positives()
    {
        using var dataset = SyntheticData.Create(rows: 103, features: 1);
        ushort[] fold = Folds.Assign(dataset, 5, seed: 9);
        float[] labels = [.. dataset.Blocks.SelectMany(block => block.Labels.ToArray())];
        for (int k = 0; k < 5; k++)
        {
            long[] members = Folds.Members(fold, k);
            Assert.InRange(members.Length, 19, 22);
            Assert.InRange(members.Count(i => labels[i] == 1), dataset.Positives / 5, dataset.Positives / 5 + 1);
        }

        Assert.Equal(fold, Folds.Assign(dataset, 5, seed: 9));
        Assert.NotEqual(fold, Folds.Assign(dataset, 5, seed: 10));
    }

    [Fact]
    public void Noise_wants_the_largest_penalty_and_a_signal_a_small_one()
    {
        using var noise = SyntheticData.Create(rows: 60, features: 20, seed: 3);
        Assert.True(CrossValidation.Run(noise, OnCpu, CrossValidation.Path, 5).Best.L2 >= 0.1);

        using var signal = SyntheticData.Logistic(rows: 2000, features: 5);
        var result = CrossValidation.Run(signal, OnCpu, CrossValidation.Path, 5);
        Assert.InRange(result.Best.L2, 1e-6, 0.02);
        Assert.True(result.WithinOneStandardError.L2 >= result.Best.L2);
        Assert.Equal(result.Penalties.Min(score => score.LogLoss), result.Best.LogLoss);
    }

    [Theory]
    [InlineData(1, Fault.Options, "from 2 to 65,535")]
    [InlineData(3, Fault.Options, "use --folds 2")]
    public void Folds_without_both_labels_are_refused(int folds, Fault fault, string says)
    {
        using var dataset = Dataset.FromRows([1, 2, 3, 4, 5], [0, 0, 0, 1, 1], 1);
        var failure = Assert.Throws<PerceptronException>(() => CrossValidation.Run(dataset, OnCpu, [0.1], folds));
        Assert.Equal(fault, failure.Fault);
        Assert.Contains(says, failure.Message);
    }

    [Fact]
    public void A_single_sample_of_a_label_allows_no_folds()
    {
        using var dataset = Dataset.FromRows([1, 2, 3], [0, 0, 1], 1);
        Assert.Equal(Fault.Data, Assert.Throws<PerceptronException>(() => CrossValidation.Run(dataset, OnCpu, [0.1], 2)).Fault);
    }

    private static Schema Schema(int features) => new(
        new LabelSchema("label", "0", "1"),
        [.. Enumerable.Range(0, features).Select(j => new ColumnSchema($"x{j}", ColumnKind.Number, 0, [new FeatureSchema($"x{j}", 0, 1)]))],
        Standardized: false);
}
