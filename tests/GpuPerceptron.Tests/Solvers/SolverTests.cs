using GpuPerceptron.Objectives;
using GpuPerceptron.Solvers;
using Xunit;

namespace GpuPerceptron.Tests.Solvers;

public sealed class SolverTests
{
    public static TheoryData<SolverKind> Kinds() => [SolverKind.GradientDescent, SolverKind.Nesterov];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_quadratic_is_minimised_where_its_gradient_is_zero(SolverKind kind)
    {
        var quadratic = new Quadratic(curvatures: [1, 10, 100], minimum: [3, -2, 0.5]);
        var result = SolverFactory.Create(kind).Minimize(quadratic, [0, 0, 0], new SolverOptions { LearningRate = 0.01 });
        Assert.Equal(StopReason.Converged, result.StopReason);
        Assert.True(result.GradientNorm <= 1e-6);
        Assert.All(result.Parameters.Zip([3, -2, 0.5]), pair => Assert.Equal(pair.Second, pair.First, 1e-6));
        Assert.Equal(result.Epochs + 1, quadratic.Evaluations); // the start is evaluated too
    }

    [Fact]
    public void Nesterov_needs_about_the_square_root_of_the_epochs_of_gradient_descent()
    {
        var options = new SolverOptions { LearningRate = 1e-4 };
        int Epochs(ISolver solver) => solver.Minimize(new Quadratic([1, 1e4], [1, 1]), [0, 0], options).Epochs;
        int plain = Epochs(new GradientDescent()), accelerated = Epochs(new Nesterov());
        Assert.True(accelerated < plain / 20, $"gd {plain}, nesterov {accelerated}");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_learning_rate_above_two_over_the_curvature_is_reported_as_divergence(SolverKind kind)
    {
        var quadratic = new Quadratic([1, 10], [1, 1]);
        var result = SolverFactory.Create(kind).Minimize(quadratic, [0, 0], new SolverOptions { LearningRate = 2.1 / 10 });
        Assert.Equal(StopReason.Diverged, result.StopReason);
        Assert.True(result.FailedObjective > result.Objective);
        Assert.All(result.Parameters, value => Assert.True(double.IsFinite(value)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_learning_rate_just_below_two_over_the_curvature_is_not(SolverKind kind)
    {
        var result = SolverFactory.Create(kind).Minimize(new Quadratic([1, 10], [1, 1]), [0, 0], new SolverOptions { LearningRate = 1.9 / 10 });
        Assert.Equal(StopReason.Converged, result.StopReason);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_objective_that_overflows_is_divergence_and_returns_the_point_before(SolverKind kind)
    {
        var result = SolverFactory.Create(kind).Minimize(new Quadratic([1e200], [1e10]), [0], new SolverOptions { LearningRate = 1 });
        Assert.Equal(StopReason.Diverged, result.StopReason);
        Assert.All(result.Parameters, value => Assert.True(double.IsFinite(value)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_cap_on_epochs_holds(SolverKind kind)
    {
        var quadratic = new Quadratic([1, 1e6], [1, 1]);
        var result = SolverFactory.Create(kind).Minimize(quadratic, [0, 0], new SolverOptions { LearningRate = 1e-6, MaximumEpochs = 7 });
        Assert.Equal(StopReason.EpochLimit, result.StopReason);
        Assert.Equal(7, result.Epochs);
        Assert.Equal(8, quadratic.Evaluations);
        Assert.NotEqual([0, 0], result.Parameters);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_observer_can_stop_and_sees_the_parameters_returned(SolverKind kind)
    {
        double[] seen = [];
        var result = SolverFactory.Create(kind).Minimize(
            new Quadratic([1, 10], [1, 1]), [0, 0], new SolverOptions { LearningRate = 0.1 },
            (in EpochReport report, ReadOnlySpan<double> parameters) =>
            {
                seen = parameters.ToArray();
                return report.Epoch == 3 ? StopReason.Interrupted : null;
            });
        Assert.Equal(StopReason.Interrupted, result.StopReason);
        Assert.Equal(3, result.Epochs);
        Assert.Equal(seen, result.Parameters);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_gradient_that_rounding_keeps_above_the_tolerance_ends_as_a_stall(SolverKind kind)
    {
        var result = SolverFactory.Create(kind).Minimize(new NoisyParabola(), [1], new SolverOptions { LearningRate = 0.5 });
        Assert.Equal(StopReason.Stalled, result.StopReason);
    }

    [Fact]
    public void A_first_step_far_too_long_is_shortened_where_the_loss_is_steep_before_the_minimum_and_flat_beyond()
    {
        var cliff = new Cliff();
        var result = new Lbfgs().Minimize(cliff, [0, 0], new SolverOptions { Tolerance = 1e-9 });
        Assert.Equal(StopReason.Converged, result.StopReason);
        Assert.InRange(cliff.Evaluations, 2, 40);
    }

    /// <summary>F = Σ cⱼ/2 (θⱼ − mⱼ)².</summary>
    private sealed class Quadratic(double[] curvatures, double[] minimum) : IObjective
    {
        public int Evaluations { get; private set; }

        public int Dimension => curvatures.Length;

        public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient)
        {
            Evaluations++;
            double value = 0;
            for (int j = 0; j < curvatures.Length; j++)
            {
                double distance = parameters[j] - minimum[j];
                value += curvatures[j] / 2 * distance * distance;
                gradient[j] = curvatures[j] * distance;
            }

            return value;
        }
    }

    /// <summary>log(1 + e^(−1000 θ)) + 10 θ, whose slope goes from −490 at 0 to 10 beyond its minimum near 0.005.</summary>
    private sealed class Cliff : IObjective
    {
        public int Evaluations { get; private set; }

        public int Dimension => 2;

        public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient)
        {
            Evaluations++;
            double e = Math.Exp(-1000 * Math.Abs(parameters[0])), odds = parameters[0] >= 0 ? e / (1 + e) : 1 / (1 + e);
            (gradient[0], gradient[1]) = (10 - 1000 * odds, 0);
            return Math.Max(0, -1000 * parameters[0]) + Math.Log(1 + e) + 10 * parameters[0];
        }
    }

    /// <summary>θ²/2 with a gradient that never reads below 10⁻³, as rounding does to it.</summary>
    private sealed class NoisyParabola : IObjective
    {
        public int Dimension => 1;

        public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient)
        {
            gradient[0] = Math.Abs(parameters[0]) < 1e-3 ? 1e-3 : parameters[0];
            return 1 + parameters[0] * parameters[0] / 2e9;
        }
    }
}
