using GpuPerceptron.Solvers;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Solvers;

/// <summary>λ₁: against the conditions of the optimum, and against coordinate descent by golden section.</summary>
public sealed class AbsolutePenaltyTests
{
    private const double Tolerance = 1e-9;

    public static TheoryData<SolverKind, double, double> Cases()
    {
        var cases = new TheoryData<SolverKind, double, double>();
        foreach (var kind in new[] { SolverKind.Lbfgs, SolverKind.Newton, SolverKind.TruncatedNewton })
        {
            cases.Add(kind, 0.03, 0);
            cases.Add(kind, 0.01, 0.02);
            cases.Add(kind, 1e-4, 0);
            cases.Add(kind, 10, 0);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_conditions_of_the_optimum_hold(SolverKind kind, double l1, double l2)
    {
        var objective = NaiveObjective.Made(samples: 200, features: 8, l2, l1, seed: 5);
        var result = Minimize(kind, objective);

        Assert.Equal(StopReason.Converged, result.StopReason);
        double[] gradient = new double[9];
        double value = objective.Evaluate(result.Parameters, gradient) + l1 * result.Parameters[..^1].Sum(Math.Abs);
        Assert.Equal(value, result.Objective, 1e-12);
        for (int j = 0; j < 8; j++)
        {
            double weight = result.Parameters[j];
            if (weight == 0) Assert.InRange(Math.Abs(gradient[j]), 0, l1 + Tolerance);
            else Assert.Equal(-l1 * Math.Sign(weight), gradient[j], 1e-8);
        }

        Assert.Equal(0, gradient[^1], 1e-8); // the bias is free
        if (l1 == 10) Assert.All(result.Parameters[..^1], weight => Assert.Equal(0, weight));
        if (l1 == 0.03) Assert.Contains(result.Parameters, weight => weight == 0);
    }

    [Theory]
    [InlineData(SolverKind.Lbfgs)]
    [InlineData(SolverKind.Newton)]
    [InlineData(SolverKind.TruncatedNewton)]
    public void Coordinate_descent_finds_the_same_weights(SolverKind kind)
    {
        var objective = NaiveObjective.Made(samples: 100, features: 4, l2: 0.01, l1: 0.04, seed: 2);
        double[] expected = CoordinateDescent(objective);
        Assert.All(expected.Zip(Minimize(kind, objective).Parameters), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.Contains(expected, weight => Math.Abs(weight) < 1e-6);
    }

    [Theory]
    [InlineData(SolverKind.Lbfgs)]
    [InlineData(SolverKind.Newton)]
    [InlineData(SolverKind.TruncatedNewton)]
    public void Duplicate_columns_and_more_features_than_samples_end_at_one_objective(SolverKind kind)
    {
        double[][] x = [.. Enumerable.Range(0, 12).Select(i => Enumerable.Range(0, 20).Select(j => Math.Sin(i * (1 + j % 10))).ToArray())];
        double[] y = [.. Enumerable.Range(0, 12).Select(i => i % 3 == 0 ? 1.0 : 0)];
        var result = Minimize(kind, new NaiveObjective(x, y, l1: 0.02));
        Assert.Equal(StopReason.Converged, result.StopReason);
        Assert.Equal(Minimize(SolverKind.Newton, new NaiveObjective(x, y, l1: 0.02)).Objective, result.Objective, 1e-8);
    }

    [Fact]
    public void Newton_needs_few_passes_where_owl_qn_needs_many()
    {
        var golden = Golden.All["wdbc_l2"];
        NaiveObjective Objective()
        {
            var (features, labels) = golden.Load();
            using var dataset = GpuPerceptron.Data.Dataset.FromRows(features, labels, 30);
            GpuPerceptron.Models.NumericSchema.Fit(dataset, new("label", "0", "1"));
            var block = dataset.Blocks[0];
            return new NaiveObjective(
                [.. Enumerable.Range(0, block.Rows).Select(i => block.Row(i).ToArray().Select(v => (double)v).ToArray())],
                [.. block.Labels.ToArray().Select(v => (double)v)], l1: 1e-3);
        }

        NaiveObjective newton = Objective(), orthants = Objective();
        var options = new SolverOptions { Tolerance = 1e-6 };
        var a = new Newton().Minimize(newton, new double[31], options);
        var b = new Lbfgs().Minimize(orthants, new double[31], options);
        Assert.Equal(StopReason.Converged, a.StopReason);
        Assert.Equal(StopReason.Converged, b.StopReason);
        Assert.Equal(a.Objective, b.Objective, 1e-7);
        Assert.InRange(newton.Evaluations, 5, 25);
        Assert.True(orthants.Evaluations > 3 * newton.Evaluations, $"{orthants.Evaluations} and {newton.Evaluations}");
    }

    [Theory]
    [InlineData(SolverKind.Lbfgs)]
    [InlineData(SolverKind.Newton)]
    public void A_growing_sample_leads_to_the_optimum_over_all_samples(SolverKind kind)
    {
        var objective = NaiveObjective.Made(samples: 40_000, features: 5, l1: 0.02);
        var result = SolverFactory.Create(kind).Minimize(objective, new double[6], new SolverOptions());
        Assert.Equal(StopReason.Converged, result.StopReason);
        Assert.InRange(objective.Evaluations, 2, 12);
    }

    private static SolverResult Minimize(SolverKind kind, NaiveObjective objective) =>
        SolverFactory.Create(kind).Minimize(objective, new double[objective.Dimension], new SolverOptions { Tolerance = Tolerance });

    /// <summary>One coordinate at a time, each by golden section: slow, and nothing in common with the solvers.</summary>
    private static double[] CoordinateDescent(NaiveObjective objective)
    {
        double[] parameters = new double[objective.Dimension], gradient = new double[objective.Dimension];
        double At(int j, double value)
        {
            parameters[j] = value;
            return objective.Evaluate(parameters, gradient) + objective.L1 * parameters[..^1].Sum(Math.Abs);
        }

        double ratio = (Math.Sqrt(5) - 1) / 2;
        for (int sweep = 0; sweep < 60; sweep++)
        {
            for (int j = 0; j < parameters.Length; j++)
            {
                double low = -5, high = 5;
                while (high - low > 1e-9)
                {
                    double a = high - ratio * (high - low), b = low + ratio * (high - low);
                    if (At(j, a) < At(j, b)) high = b;
                    else low = a;
                }

                parameters[j] = (low + high) / 2;
            }
        }

        return parameters;
    }
}
