using System.Runtime.Intrinsics;
using GpuPerceptron.Data;
using GpuPerceptron.Diagnostics;
using GpuPerceptron.Diagnostics.Certificates;
using GpuPerceptron.Engines;
using GpuPerceptron.Models;
using GpuPerceptron.Solvers;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Diagnostics;

/// <summary>Bounds on F − F* are never below the true one, and not far above it near the optimum.</summary>
public sealed class CertifierTests
{
    private static readonly LabelSchema Label = new("label", "0", "1");

    public static TheoryData<string> Goldens => [.. Golden.All.Keys];

    [Theory]
    [InlineData(1, 1), InlineData(7, 2), InlineData(8, 3), InlineData(70, 12), InlineData(500, 40), InlineData(3000, 5)]
    public void A_pass_agrees_with_the_naive_one(int rows, int features)
    {
        using var dataset = SyntheticData.Create(rows, features, seed: rows, weighted: true);
        double[] parameters = [.. SyntheticData.Parameters(features).Select(value => (double)(float)value)];
        double[] gradient = new double[features + 1], hessian = new double[(features + 1) * (features + 1)];
        double loss = NaiveReference.HessianPass(dataset, parameters, gradient, hessian);
        using var pass = new PrecisePass(dataset, new double[features], [.. Enumerable.Repeat(1.0, features)], threads: 2);
        double[] logits = new double[rows];
        using var sums = pass.Run(PassLoss.Logistic, parameters, hessianStride: 1, logits);
        Assert.Equal(loss, sums.Loss, 1e-12 * (1 + loss));
        AssertClose(gradient, sums.GradientOver(1));
        AssertClose(hessian, sums.HessianOver(1));
        Assert.All(logits, logit => Assert.NotEqual(0, logit));
        var margins = logits.Zip(Labels(dataset), Weights(dataset)).Where(row => row.Third > 0)
            .Select(row => row.Second > 0 ? row.First : -row.First);
        Assert.Equal(margins.DefaultIfEmpty(double.PositiveInfinity).Min(), sums.LeastMargin, 1e-12);
    }

    [Theory]
    [InlineData(1, 3, 2), InlineData(40_000, 5, 7), InlineData(40_000, 5, 1000), InlineData(900, 70, 64)]
    public void A_part_of_the_rows_makes_the_Hessian_of_that_part(int rows, int features, int stride)
    {
        using var dataset = SyntheticData.Create(rows, features, seed: rows);
        using var part = dataset.Reweighted((place, _, weight) => place % stride == 0 ? weight : 0);
        double[] offset = new double[features], factor = [.. Enumerable.Repeat(1.0, features)], parameters = SyntheticData.Parameters(features);
        using PrecisePass all = new(dataset, offset, factor, threads: 2), some = new(part, offset, factor, threads: 1);
        using PreciseSums sums = all.Run(PassLoss.Logistic, parameters, stride), expected = some.Run(PassLoss.Logistic, parameters, hessianStride: 1);
        AssertClose(expected.HessianOver(1), sums.HessianOver(1));
        Assert.True(sums.Loss > 0 && sums.LastDiagonal > 0);
    }

    [Fact]
    public void Losses_of_four_samples_are_those_of_one()
    {
        double[] logits = [0, -0.0, 1e-300, -1e-20, 1e-9, 0.1, -0.7, 1, -3, 12, -36, 37, 50, -200, 708, -745, 800, -1e10];
        foreach (double label in (double[])[0, 1])
        {
            foreach (double logit in logits)
            {
                var (loss, residual, curvature) = Logistic.Of(label, logit);
                var (losses, residuals, curvatures) = Logistic.Of(Vector256.Create(label), Vector256.Create(logit));
                for (int lane = 0; lane < 4; lane++)
                {
                    Assert.Equal(loss, losses[lane], 1e-15 * Math.Max(1, loss));
                    Assert.Equal(residual, residuals[lane], 4e-16 * Math.Abs(residual) + 1e-300);
                    Assert.Equal(curvature, curvatures[lane], 1e-15 * curvature + 1e-300);
                }
            }
        }
    }

    [Fact]
    public void A_pass_gives_the_same_bits_at_any_number_of_threads()
    {
        using var dataset = SyntheticData.Create(rows: 30_000, features: 13);
        double[][] results = [.. new[] { 1, 3 }.Select(threads =>
        {
            using var pass = new PrecisePass(dataset, new double[13], [.. Enumerable.Repeat(1.0, 13)], threads);
            using var sums = pass.Run(PassLoss.Logistic, SyntheticData.Parameters(13), hessianStride: 1);
            return (double[])[sums.Loss, .. sums.Gradient, .. sums.Hessian.Span];
        })];
        Assert.Equal(results[0], results[1]);
    }

    [Theory]
    [MemberData(nameof(Goldens))]
    public void The_bound_holds_on_goldens_and_is_tight_near_the_optimum(string name)
    {
        var golden = Golden.All[name];
        var (features, labels) = golden.Load();
        foreach (double tolerance in (double[])[1e-2, 1e-4, 1e-6])
        {
            var options = new TrainingOptions
            {
                Device = new DeviceRequest(DeviceKind.Cpu),
                Solver = SolverKind.Nesterov,
                L2 = golden.L2,
                Epochs = 100_000,
                Tolerance = tolerance,
            };
            var model = Trainer.Train(features, labels, golden.FeatureNames.Length, options).Model;
            using var dataset = Dataset.FromRows(features, labels, golden.FeatureNames.Length);
            NumericSchema.Fit(dataset, Label);
            double optimum = NaiveOptimum.Of(NaiveObjective.Of(dataset, golden.L2)).Objective;
            Assert.Equal(golden.Objective, optimum, 1e-8); // standardised features are rounded to float32
            double[] theta = [.. model.Weights, model.Bias];
            double gap = NaiveObjective.Of(dataset, golden.L2).Evaluate(theta, new double[theta.Length]) - optimum;
            var certificate = model.Training.Certificate!;
            Assert.NotNull(certificate.Gap);
            Assert.True(certificate.Gap >= gap - 1e-15, $"{certificate.Gap} is below {gap} at {tolerance}");
            Assert.True(certificate.Gap <= 1e-9 || certificate.Gap < 3 * gap, $"{certificate.Gap} is far above {gap} at {tolerance}");
            Assert.InRange(certificate.GradientNorm, 0, tolerance * 1.01 + 1e-7);
        }
    }

    [Fact]
    public void The_bound_holds_on_random_problems_at_random_points()
    {
        var random = new Random(5);
        int proved = 0;
        for (int trial = 0; trial < 60; trial++)
        {
            int features = random.Next(1, 9), rows = random.Next(40, 200);
            double l2 = trial % 3 == 0 ? 0 : Math.Pow(10, random.Next(-6, 0));
            using var dataset = SyntheticData.Logistic(rows, features, seed: trial);
            if (dataset.Positives == 0 || dataset.Positives == rows) continue;
            var naive = NaiveObjective.Of(dataset, l2);
            var (best, parameters) = NaiveOptimum.Of(naive);
            double distance = Math.Pow(10, random.Next(-7, 1));
            double[] theta = [.. parameters.Select(value => value + distance * (2 * random.NextDouble() - 1))];
            double gap = naive.Evaluate(theta, new double[features + 1]) - best;
            foreach (bool standardized in (bool[])[true, false])
            {
                // The schema's means and deviations are of other units for a dataset that is not standardised: the bound is the same.
                var schema = SchemaOf(dataset, standardized);
                var bound = Certifier.Certify(dataset, schema, theta, l2, l1: 0, threads: 1).Certificate.Gap;
                if (bound is null) continue;
                proved++;
                Assert.True(bound >= gap - 1e-15, $"trial {trial}: {bound} is below {gap}");
                Assert.True(bound <= Math.Max(2e-9, 2 * gap), $"trial {trial}: {bound} is far above {gap}");
            }
        }

        Assert.True(proved > 100, $"only {proved} proved");
    }

    [Fact]
    public void Self_concordance_alone_holds_wherever_it_claims_anything()
    {
        var random = new Random(9);
        int claims = 0;
        for (int trial = 0; trial < 300; trial++)
        {
            int features = 1 + trial % 4;
            using var dataset = SyntheticData.Logistic(60, features, seed: trial % 20);
            var naive = NaiveObjective.Of(dataset);
            var (best, parameters) = NaiveOptimum.Of(naive);
            double[] theta = [.. parameters.Select(value => value + 0.3 * random.NextDouble() * (2 * random.NextDouble() - 1))];
            double gap = naive.Evaluate(theta, new double[features + 1]) - best;
            using var objective = new PreciseObjective(dataset, SchemaOf(dataset, standardized: true), 0, 0, 1);
            var point = objective.Evaluate(theta, hessianStride: 1);
            var bound = SelfConcordance.Bound(point.Gradient, point.Hessian!, point.Radius, point.GradientRounding);
            if (bound is null) continue;
            claims++;
            Assert.True(bound >= gap, $"trial {trial}: {bound} is below {gap}");
            // A part of the samples proves less, but nothing false.
            var part = objective.Evaluate(theta, hessianStride: 2);
            var looser = SelfConcordance.Bound(part.Gradient, part.Hessian!, part.Radius, part.GradientRounding);
            Assert.True(looser is null || looser >= bound);
        }

        Assert.True(claims > 100, $"only {claims} claims");
    }

    [Theory]
    [InlineData(0.01, 0.0), InlineData(0.1, 0.0), InlineData(0.02, 0.01), InlineData(0.3, 0.001)]
    public void The_better_of_two_bounds_holds_with_an_l1_penalty(double l1, double l2)
    {
        using var dataset = SyntheticData.Logistic(200, 6, seed: 4);
        var schema = SchemaOf(dataset, standardized: true);
        var naive = NaiveObjective.Of(dataset, l2, l1);
        double[] best = ProximalGradient(naive, l1, steps: 20_000);
        double optimum = Value(best);
        var random = new Random(1);
        foreach (double distance in (double[])[0, 1e-6, 1e-3, 0.1, 1])
        {
            double[] theta = [.. best.Select(value => value + distance * (2 * random.NextDouble() - 1))];
            var certificate = Certifier.Certify(dataset, schema, theta, l2, l1, threads: 1).Certificate;
            double gap = Value(theta) - optimum;
            Assert.NotEqual(CertificateMethod.None, certificate.Method);
            Assert.True(certificate.Gap >= gap - 1e-13, $"{certificate.Gap} is below {gap}");
            Assert.True(certificate.Gap <= 20 * gap + 100 * distance * l1 + 1e-9, $"{certificate.Gap} is far above {gap} at {distance}");
        }

        double Value(double[] theta) => naive.Evaluate(theta, new double[theta.Length]) + l1 * theta.SkipLast(1).Sum(Math.Abs);
    }

    [Theory]
    [InlineData(0.01), InlineData(0.1), InlineData(1e-4), InlineData(1e-6)]
    public void A_linearized_penalty_bounds_closely_however_small_it_is(double l1)
    {
        using var dataset = SyntheticData.Logistic(300, 6, seed: 4);
        var schema = SchemaOf(dataset, standardized: true);
        var naive = NaiveObjective.Of(dataset, 0, l1);
        double[] best = ProximalGradient(naive, l1, steps: 20_000);
        double optimum = Value(best);
        using var objective = new PreciseObjective(dataset, schema, 0, l1, threads: 1);
        var random = new Random(2);
        int proved = 0;
        foreach (double distance in (double[])[0, 1e-7, 1e-5, 1e-3, 1e-2, 0.1])
        {
            foreach (bool keepsZeros in (bool[])[true, false])
            {
                double[] theta = [.. best.Select(value => value + (keepsZeros && value == 0 ? 0 : distance * (2 * random.NextDouble() - 1)))];
                double gap = Value(theta) - optimum;
                if (LinearizedPenalty.Bound(objective, objective.Evaluate(theta, hessianStride: 1)) is not { } bound) continue;
                proved++;
                Assert.True(bound >= gap - 1e-14, $"{bound} is below {gap} at {distance}");
                Assert.True(bound <= 2 * gap + 1e-13, $"{bound} is far above {gap} at {distance}");
            }
        }

        Assert.InRange(proved, 8, 12);

        double Value(double[] theta) => naive.Evaluate(theta, new double[theta.Length]) + l1 * theta.SkipLast(1).Sum(Math.Abs);
    }

    [Theory]
    [InlineData(40, 60, false), InlineData(40, 60, true), InlineData(300, 8, true)]
    public void With_an_l1_penalty_a_singular_Hessian_leaves_a_close_bound(int rows, int features, bool twice)
    {
        const double L1 = 0.02;
        using var once = SyntheticData.Logistic(rows, features, seed: 6);
        float[] x = [.. Enumerable.Range(0, rows).SelectMany(i => twice ? (float[])[.. Row(i), .. Row(i)] : Row(i))];
        using var dataset = Dataset.FromRows(x, [.. Labels(once)], twice ? 2 * features : features);
        var schema = SchemaOf(dataset, standardized: true);
        var naive = NaiveObjective.Of(dataset, 0, L1);
        double optimum = Value(ProximalGradient(naive, L1, steps: 20_000));
        foreach (double tolerance in (double[])[1e-2, 1e-4, 1e-6])
        {
            var options = new TrainingOptions { Device = new DeviceRequest(DeviceKind.Cpu), L1 = L1, Tolerance = tolerance };
            var model = Trainer.Train(dataset, schema, options).Model;
            double gap = Value([.. model.Weights, model.Bias]) - optimum, bound = model.Training.Certificate!.Gap!.Value;
            Assert.True(bound >= gap - 1e-13, $"{bound} is below {gap} at {tolerance}");
            Assert.True(bound <= 2 * Math.Max(0, gap) + 1e-9, $"{bound} is far above {gap} at {tolerance}");
        }

        float[] Row(int i) => once.Blocks[0].Row(i).ToArray();
        double Value(double[] theta) => naive.Evaluate(theta, new double[theta.Length]) + L1 * theta.SkipLast(1).Sum(Math.Abs);
    }

    [Fact]
    public void Balanced_classes_are_certified_by_the_weights_trained_with()
    {
        var golden = Golden.All["pima"];
        var (features, labels) = golden.Load();
        var options = new TrainingOptions { Device = new DeviceRequest(DeviceKind.Cpu), ClassWeight = ClassWeight.Balanced };
        var model = Trainer.Train(features, labels, 8, options).Model;
        Assert.InRange(model.Training.Certificate!.Gap!.Value, 0, 1e-9);
        Assert.InRange(model.Training.Certificate.GradientNorm, 0, 1.1e-6);
        Assert.Null(model.StandardErrors);
    }

    [Fact]
    public void Separable_classes_are_seen_and_nothing_is_claimed()
    {
        float[] x = [1, 2, 3, 4], y = [0, 0, 1, 1];
        using var dataset = Dataset.FromRows(x, y, 1);
        var schema = NumericSchema.Fit(dataset, Label);
        var end = Certifier.Certify(dataset, schema, [0.1, 0], 0, 0, threads: 1);
        Assert.True(end.Separates);
        Assert.Null(end.Certificate.Gap);
        Assert.Equal(CertificateMethod.None, end.Certificate.Method);
        Assert.Null(end.StandardErrors);
        Assert.NotNull(Certifier.Certify(dataset, schema, [0.1, 0], 0.01, 0, threads: 1).Certificate.Gap);
    }

    [Fact]
    public void Copies_of_a_column_and_constants_are_no_obstacle_without_a_penalty()
    {
        float[] x = [1, 1, 7, 2, 2, 7, 3, 3, 7, 4, 4, 7, 5, 5, 7], y = [0, 1, 0, 1, 1];
        using var dataset = Dataset.FromRows(x, y, 3);
        var schema = NumericSchema.Fit(dataset, Label);
        var end = Certifier.Certify(dataset, schema, new double[4], 0, 0, threads: 1);
        using var single = Dataset.FromRows([1, 2, 3, 4, 5], y, 1);
        NumericSchema.Fit(single, Label);
        double gap = Math.Log(2) - NaiveOptimum.Of(NaiveObjective.Of(single)).Objective;
        Assert.InRange(end.Certificate.Gap!.Value, gap, gap + 1e-8);
    }

    [Fact]
    public void Sample_weights_count_like_copies()
    {
        float[] x = [1, 2, 3, 4, 5], y = [0, 1, 0, 1, 1];
        using var weighted = Dataset.FromRows(x, y, 1, [2, 1, 3, 0, 2]);
        using var copied = Dataset.FromRows([1, 1, 2, 3, 3, 3, 5, 5], [0, 0, 1, 0, 0, 0, 1, 1], 1);
        var schema = SchemaOf(weighted, standardized: true);
        double Gap(Dataset data) => Certifier.Certify(data, schema, [0.1, 0.1], 0.1, 0, threads: 1).Certificate.Gap!.Value;
        Assert.Equal(Gap(weighted), Gap(copied), 1e-12);
    }

    private static double[] ProximalGradient(NaiveObjective objective, double l1, int steps)
    {
        double[] theta = new double[objective.Dimension], gradient = new double[theta.Length];
        for (int step = 0; step < steps; step++)
        {
            objective.Evaluate(theta, gradient);
            for (int j = 0; j < theta.Length; j++)
            {
                double next = theta[j] - 0.5 * gradient[j];
                theta[j] = j == theta.Length - 1 ? next : Math.Sign(next) * Math.Max(0, Math.Abs(next) - 0.5 * l1);
            }
        }

        return theta;
    }

    /// <summary>A schema that calls the dataset standardised, or raw with the means and deviations it has.</summary>
    private static Schema SchemaOf(Dataset dataset, bool standardized)
    {
        var statistics = ColumnStatistics.Compute(dataset);
        var columns = Enumerable.Range(0, dataset.Features).Select(j => new ColumnSchema($"x{j}", ColumnKind.Number, 0,
            [new FeatureSchema($"x{j}", statistics.Mean[j], statistics.StandardDeviation[j])]));
        return new Schema(Label, [.. columns], standardized);
    }

    private static IEnumerable<float> Labels(Dataset dataset) => dataset.Blocks.SelectMany(block => block.Labels.ToArray()).Select(label => (float)label);

    private static IEnumerable<float> Weights(Dataset dataset) => dataset.Blocks.SelectMany(block => block.SampleWeights.ToArray());

    private static void AssertClose(double[] expected, double[] actual)
    {
        double scale = expected.Max(Math.Abs);
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-12 * (1 + scale)));
    }
}
