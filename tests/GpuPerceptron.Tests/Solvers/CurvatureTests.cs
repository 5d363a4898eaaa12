using GpuPerceptron.Objectives;
using GpuPerceptron.Solvers;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Solvers;

/// <summary>The solvers that use curvature, on objectives in float64.</summary>
public sealed class CurvatureTests
{
    private static readonly SolverOptions Exact = new() { LearningRate = 1, Tolerance = 1e-10 };

    public static TheoryData<SolverKind> Kinds() => [SolverKind.Lbfgs, SolverKind.Newton];

    private static SolverResult Minimize(SolverKind kind, IObjective objective, SolverOptions? options = null, double[]? start = null) =>
        SolverFactory.Create(kind).Minimize(objective, start ?? new double[objective.Dimension], options ?? Exact);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void They_reach_the_optimum_in_few_passes(SolverKind kind)
    {
        var objective = NaiveObjective.Made(samples: 500, features: 6);
        var result = Minimize(kind, objective);
        Assert.Equal(StopReason.Converged, result.StopReason);
        Assert.InRange(objective.Evaluations, 3, kind == SolverKind.Newton ? 9 : 25);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void They_take_about_one_pass_a_step(SolverKind kind)
    {
        var objective = NaiveObjective.Made(samples: 500, features: 20, l2: 1e-4, seed: 3);
        var result = Minimize(kind, objective);
        Assert.Equal(StopReason.Converged, result.StopReason);
        Assert.InRange(objective.Evaluations, result.Epochs + 1, result.Epochs + 4);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void From_far_away_they_are_damped_and_arrive(SolverKind kind)
    {
        var objective = NaiveObjective.Made(samples: 300, features: 4);
        var near = Minimize(kind, objective);
        var far = Minimize(kind, objective, start: [10, -10, 10, -10, 5]);
        Assert.Equal(StopReason.Converged, far.StopReason);
        Assert.All(near.Parameters.Zip(far.Parameters), pair => Assert.Equal(pair.First, pair.Second, 1e-7));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_growing_sample_saves_passes_and_leads_to_the_optimum_over_all_samples(SolverKind kind)
    {
        var objective = NaiveObjective.Made(samples: 40_000, features: 5);
        var result = Minimize(kind, objective, new SolverOptions { Tolerance = 1e-6 });
        Assert.Equal(StopReason.Converged, result.StopReason);
        Assert.InRange(objective.Evaluations, 2, 5);
        Assert.Equal(0, objective.HessianEvaluations);

        double[] gradient = new double[6];
        objective.Evaluate(result.Parameters, gradient);
        Assert.All(gradient, value => Assert.Equal(0, value, 1e-6));
    }

    [Fact]
    public void A_neighbours_optimum_is_a_start_and_a_samples_hessian_there_tells_how_far_it_is()
    {
        var options = new SolverOptions { Tolerance = 1e-8 };
        double[] neighbour = Minimize(SolverKind.Newton, NaiveObjective.Made(20_000, 60, l2: 1e-3), options).Parameters;
        var objective = NaiveObjective.Made(20_000, 60, l2: 1e-4);
        using var steps = GrowingSample.Begin(objective, neighbour, hessians: true);
        Assert.Equal((1, 0), (objective.Evaluations, objective.HessianEvaluations));
        Assert.Equal(neighbour, steps.Here.Parameters);
        double gap = steps.Here.Objective - Minimize(SolverKind.Newton, objective, options).Objective;
        Assert.InRange(steps.SquaredDecrement() / 2, 0.7 * gap, 1.4 * gap);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_start_far_away_is_left_for_a_samples_optimum(SolverKind kind)
    {
        var objective = NaiveObjective.Made(20_000, 20);
        double[] far = [.. Enumerable.Range(0, 21).Select(j => j % 2 == 0 ? 5.0 : -5)];
        var result = Minimize(kind, objective, new SolverOptions { Tolerance = 1e-6 }, far);
        Assert.Equal(StopReason.Converged, result.StopReason);
        Assert.InRange(objective.Evaluations, 3, 7);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_duplicate_column_shares_its_weight(SolverKind kind)
    {
        var plain = NaiveObjective.Made(samples: 200, features: 3);
        double[][] Doubled(out double[] labels)
        {
            using var dataset = SyntheticData.Logistic(200, 3);
            var block = dataset.Blocks[0];
            labels = [.. block.Labels.ToArray().Select(y => (double)y)];
            return [.. Enumerable.Range(0, 200).Select(i => { var x = block.Row(i); return new double[] { x[0], x[1], x[2], x[0] }; })];
        }

        var doubled = new NaiveObjective(Doubled(out double[] labels), labels);
        double[] single = Minimize(kind, plain).Parameters;
        var result = Minimize(kind, doubled);
        Assert.Equal(StopReason.Converged, result.StopReason);
        Assert.Equal(single[0] / 2, result.Parameters[0], 1e-6);
        Assert.Equal(single[0] / 2, result.Parameters[3], 1e-6);
        Assert.Equal(single[1], result.Parameters[1], 1e-6);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void On_separable_data_weights_grow_until_the_tolerance_and_stay_finite(SolverKind kind)
    {
        double[][] x = [[1, 0.3], [2, -0.1], [3, 0.2], [4, -0.3]];
        var result = Minimize(kind, new NaiveObjective(x, [0, 0, 1, 1]), new SolverOptions { Tolerance = 1e-8 });
        Assert.Equal(StopReason.Converged, result.StopReason);
        Assert.InRange(result.Epochs, 5, 60);
        Assert.All(result.Parameters, value => Assert.True(double.IsFinite(value)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void More_features_than_samples_need_a_penalty_and_then_converge(SolverKind kind)
    {
        var result = Minimize(kind, NaiveObjective.Made(samples: 20, features: 50, l2: 0.01));
        Assert.Equal(StopReason.Converged, result.StopReason);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_same_bits_twice(SolverKind kind) => Assert.Equal(
        Minimize(kind, NaiveObjective.Made(20_000, 4)).Parameters, Minimize(kind, NaiveObjective.Made(20_000, 4)).Parameters);

    [Theory]
    [InlineData(SolverKind.Lbfgs, 60)]
    [InlineData(SolverKind.Newton, 100)]
    public void Rosenbrocks_valley_is_followed_to_its_end(SolverKind kind, int evaluations)
    {
        var valley = new Rosenbrock();
        var result = Minimize(kind, valley, start: [-1.2, 1]);
        Assert.Equal(StopReason.Converged, result.StopReason);
        Assert.All(result.Parameters, value => Assert.Equal(1, value, 1e-8));
        Assert.InRange(valley.Evaluations, 10, evaluations);
    }

    [Fact]
    public void Newton_refuses_more_features_than_it_is_for_and_names_lbfgs()
    {
        var failure = Assert.Throws<PerceptronException>(() => Minimize(SolverKind.Newton, new Flat(Newton.MaximumFeatures + 2)));
        Assert.Equal(Fault.Options, failure.Fault);
        Assert.Contains("--solver lbfgs", failure.Message);
    }

    /// <summary>f(x, y) = 100 (y − x²)² + (1 − x)².</summary>
    private sealed class Rosenbrock : ICurvedObjective
    {
        public int Evaluations { get; private set; }

        public int Dimension => 2;

        public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient) => Evaluate(parameters, gradient, new double[4]);

        public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient, Span<double> hessian)
        {
            Evaluations++;
            double x = parameters[0], y = parameters[1], valley = y - x * x;
            gradient[0] = -400 * x * valley - 2 * (1 - x);
            gradient[1] = 200 * valley;
            hessian[0] = 1200 * x * x - 400 * y + 2;
            hessian[1] = hessian[2] = -400 * x;
            hessian[3] = 200;
            return 100 * valley * valley + (1 - x) * (1 - x);
        }
    }

    private sealed class Flat(int dimension) : ICurvedObjective
    {
        public int Dimension => dimension;

        public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient) => 0;

        public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient, Span<double> hessian) => 0;
    }
}
