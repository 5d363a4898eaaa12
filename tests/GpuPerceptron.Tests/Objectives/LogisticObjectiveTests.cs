using GpuPerceptron.Engines;
using GpuPerceptron.Objectives;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Objectives;

public sealed class LogisticObjectiveTests
{
    [Fact]
    public void It_is_the_weighted_mean_loss_and_the_penalty_without_the_bias()
    {
        using var dataset = SyntheticData.Create(rows: 50, features: 2, weighted: true);
        using var engine = new CpuEngine(dataset);
        double[] parameters = [0.5, -0.25, 3], expected = new double[3], gradient = new double[3];
        double sum = NaiveReference.Pass(PassLoss.Logistic, dataset, parameters, expected);

        var objective = new LogisticObjective(engine, dataset.TotalWeight, l2: 0.4);
        double value = objective.Evaluate(parameters, gradient);

        Assert.Equal(sum / dataset.TotalWeight, objective.MeanLoss, 1e-6);
        Assert.Equal(sum / dataset.TotalWeight + 0.2 * (0.25 + 0.0625), value, 1e-6);
        Assert.Equal(expected[0] / dataset.TotalWeight + 0.4 * 0.5, gradient[0], 1e-6);
        Assert.Equal(expected[1] / dataset.TotalWeight - 0.4 * 0.25, gradient[1], 1e-6);
        Assert.Equal(expected[2] / dataset.TotalWeight, gradient[2], 1e-6);
    }

    [Fact]
    public void The_lipschitz_bound_is_the_largest_eigenvalue_over_four_and_the_penalty()
    {
        // X̃ᵀX̃ of the rows (1, 1) and (−1, 1), the bias column last, is 2·I: λmax = 2.
        using var dataset = GpuPerceptron.Data.Dataset.FromRows([1f, -1f], [1f, 0f], 1);
        using var engine = new CpuEngine(dataset);
        Assert.Equal(2.0 / (4 * 2) + 0.1, LipschitzBound.Estimate(engine, 2, l2: 0.1, seed: 0), 1e-6);
    }

    [Theory]
    [InlineData("pima")]
    [InlineData("wdbc_l2")]
    [InlineData("mtcars")]
    public void The_lipschitz_bound_of_raw_real_data_is_the_golden_one(string name)
    {
        var golden = Golden.All[name];
        var (features, labels) = golden.Load();
        using var dataset = GpuPerceptron.Data.Dataset.FromRows(features, labels, golden.FeatureNames.Length);
        using var engine = new CpuEngine(dataset);
        for (ulong seed = 0; seed < 5; seed++)
        {
            double bound = LipschitzBound.Estimate(engine, dataset.TotalWeight, golden.L2, seed);
            Assert.Equal(golden.LipschitzRaw, bound, 1e-3 * golden.LipschitzRaw);
        }
    }
}
