using GpuPerceptron.Solvers;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Solvers;

/// <summary>Newton's steps by products with the Hessian, in float64.</summary>
public sealed class TruncatedNewtonTests
{
    [Theory]
    [InlineData(0), InlineData(0.01)]
    public void Means_of_features_cost_no_products(double l1)
    {
        int centred = Reads(Shifted(0, l1)), shifted = Reads(Shifted(10, l1));
        Assert.InRange(shifted, 1, centred * 3 / 2);

        static int Reads(NaiveObjective objective)
        {
            var result = new TruncatedNewton().Minimize(objective, new double[31], new SolverOptions { Tolerance = 1e-7 });
            Assert.Equal(StopReason.Converged, result.StopReason);
            return objective.Evaluations + objective.Products;
        }
    }

    [Fact]
    public void Features_that_are_nearly_1_cost_fewer_evaluations_than_owl_qn()
    {
        // Weights of such features and the bias take from one another: what leaves an orthant is to be told beside neither.
        NaiveObjective newton = NearlyOne(), orthants = NearlyOne();
        var options = new SolverOptions { Tolerance = 1e-7 };
        var a = new TruncatedNewton().Minimize(newton, new double[61], options);
        Assert.Equal(StopReason.Converged, a.StopReason);
        int reads = newton.Evaluations + newton.Products;
        var b = new Lbfgs(absolutePenalty: true).Minimize(orthants, new double[61], options with { MaximumEpochs = 2 * reads });
        Assert.True(b.Objective > a.Objective + 1e-6, $"{a.Objective} after {reads}, {b.Objective}");
    }

    [Fact]
    public void From_far_out_the_optimum_is_reached()
    {
        var objective = NaiveObjective.Made(samples: 300, features: 10, l2: 1e-2);
        double[] start = [.. Enumerable.Range(0, 11).Select(j => 3e3 * (j % 3 - 1))];
        var expected = new Newton().Minimize(objective, new double[11], new SolverOptions { Tolerance = 1e-8 });
        var result = new TruncatedNewton().Minimize(objective, start, new SolverOptions { Tolerance = 1e-6 });
        Assert.Equal(StopReason.Converged, result.StopReason);
        Assert.Equal(expected.Objective, result.Objective, 1e-8);
    }

    [Fact]
    public void A_weight_within_the_penalty_stays_0()
    {
        // With all weights 0 only the bias moves, and every other gradient stays within λ₁: one free parameter, few products.
        var objective = NaiveObjective.Made(samples: 300, features: 10, l1: 1);
        var result = new TruncatedNewton().Minimize(objective, new double[11], new SolverOptions { Tolerance = 1e-9 });
        Assert.Equal(StopReason.Converged, result.StopReason);
        Assert.All(result.Parameters[..^1], weight => Assert.Equal(0, weight));
        Assert.InRange(objective.Products, 1, 2 * result.Epochs + 1);
    }

    [Theory]
    [InlineData(400, 1e-2), InlineData(400, 1e-3), InlineData(60, 1e-3)]
    public void Correlated_features_and_few_samples_cost_fewer_evaluations_than_owl_qn(int samples, double l1)
    {
        NaiveObjective newton = Correlated(samples, l1), orthants = Correlated(samples, l1);
        var options = new SolverOptions { Tolerance = 1e-6 };
        var a = new TruncatedNewton().Minimize(newton, new double[101], options);
        var b = new Lbfgs(absolutePenalty: true).Minimize(orthants, new double[101], options);
        Assert.Equal(StopReason.Converged, a.StopReason);
        Assert.Equal(b.Objective, a.Objective, 1e-6);
        int reads = newton.Evaluations + newton.Products;
        Assert.True(3 * reads < 2 * orthants.Evaluations, $"{reads} and {orthants.Evaluations}");
    }

    /// <summary>Twenty features that are 1 in 99 of 100 samples, and forty that seldom are.</summary>
    private static NaiveObjective NearlyOne()
    {
        var random = new Random(5);
        double[][] x = new double[400][];
        double[] y = new double[400];
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = [.. Enumerable.Range(0, 60).Select(j => random.NextDouble() < (j < 20 ? 0.99 : 0.1) ? 1.0 : 0)];
            y[i] = random.NextDouble() < NaiveReference.Sigmoid(2 * x[i].Skip(20).Take(20).Sum() - 4) ? 1 : 0;
        }

        return new NaiveObjective(x, y, l1: 1e-4);
    }

    /// <summary>Five factors and a hundred features.</summary>
    private static NaiveObjective Correlated(int samples, double l1)
    {
        var random = new Random(4);
        double[,] loadings = new double[5, 100];
        for (int k = 0; k < 500; k++)
            loadings[k / 100, k % 100] = random.NextDouble() - 0.5;
        double[][] x = new double[samples][];
        double[] y = new double[samples];
        for (int i = 0; i < samples; i++)
        {
            double[] factors = [.. Enumerable.Range(0, 5).Select(_ => 4 * random.NextDouble() - 2)];
            x[i] = [.. Enumerable.Range(0, 100).Select(j =>
                random.NextDouble() - 0.5 + Enumerable.Range(0, 5).Sum(k => factors[k] * loadings[k, j]))];
            y[i] = random.NextDouble() < NaiveReference.Sigmoid(x[i].Take(20).Sum()) ? 1 : 0;
        }

        return new NaiveObjective(x, y, l1: l1);
    }

    /// <summary>Features of deviations from 1 to 2, all with one mean.</summary>
    private static NaiveObjective Shifted(double mean, double l1)
    {
        var random = new Random(3);
        double[][] x = new double[400][];
        double[] y = new double[400];
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = [.. Enumerable.Range(0, 30).Select(j => (random.NextDouble() - 0.5) * (2 + j / 15.0))];
            y[i] = random.NextDouble() < NaiveReference.Sigmoid(2 * x[i].Take(10).Sum()) ? 1 : 0;
            for (int j = 0; j < 30; j++)
                x[i][j] += mean;
        }

        return new NaiveObjective(x, y, l2: 1e-3, l1);
    }
}
