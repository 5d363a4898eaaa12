using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Models;
using GpuPerceptron.Solvers;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests;

public sealed class TrainerTests
{
    private static readonly LabelSchema Label = new("label", "0", "1");
    private static readonly TrainingOptions OnCpu = new() { Device = new DeviceRequest(DeviceKind.Cpu) };

    [Fact]
    public void Probabilities_are_those_of_the_standardised_model_in_raw_units()
    {
        var golden = Golden.All["pima_l2"];
        var (features, labels) = golden.Load();
        var model = Trainer.Train(features, labels, 8, OnCpu with { L2 = golden.L2 }).Model;
        var row = features.AsSpan(0, 8);
        double logit = golden.BiasRaw;
        for (int j = 0; j < 8; j++)
            logit += golden.WeightsRaw[j] * row[j];
        Assert.Equal(NaiveReference.Sigmoid(logit), model.Probability(row), 1e-4);
        Assert.Throws<PerceptronException>(() => model.Probability([1f, 2f]));
    }

    [Fact]
    public void The_same_training_gives_the_same_bits_at_any_number_of_threads()
    {
        string Hash(int threads)
        {
            using var dataset = SyntheticData.Logistic(rows: 30_000, features: 10);
            var schema = NumericSchema.Fit(dataset, Label);
            return Trainer.Train(dataset, schema, OnCpu with { Threads = threads }).Model.WeightsHash;
        }

        Assert.Equal(Hash(1), Hash(1));
        Assert.Equal(Hash(1), Hash(2));
    }

    [Fact]
    public void A_feature_without_variation_gets_no_weight()
    {
        float[] x = [1, 7, 2, 7, 3, 7, 4, 7];
        var model = Trainer.Train(x, [0, 1, 0, 1], 2, OnCpu with { L2 = 0.1 }).Model;
        Assert.Equal(0, model.Weights[1]);
        Assert.NotEqual(0, model.Weights[0]);
    }

    [Fact]
    public void Separable_data_without_penalty_is_proved_so_once_the_loss_is_small_and_named_with_the_remedy()
    {
        float[] x = [1, 2, 3, 4], y = [0, 0, 1, 1];
        var early = Trainer.Train(x, y, 1, OnCpu with { Epochs = 1, Solver = SolverKind.Nesterov });
        Assert.Contains("if the classes may be separable", early.Explanation);
        var capped = Trainer.Train(x, y, 1, OnCpu with { Epochs = 50, Solver = SolverKind.Nesterov });
        Assert.Equal(StopReason.EpochLimit, capped.StopReason);
        Assert.Contains("separates the classes without an error", capped.Explanation);
        var converged = Trainer.Train(x, y, 1, OnCpu with { Tolerance = 1e-2 });
        Assert.Equal(StopReason.Converged, converged.StopReason);
        Assert.Contains("no finite optimum exists", converged.Explanation);
        Assert.Contains("--l2 0.001", converged.Explanation);
        Assert.Empty(Trainer.Train(x, y, 1, OnCpu with { L2 = 0.001 }).Explanation);
    }

    [Fact]
    public void One_epoch_is_one_step()
    {
        float[] x = [1, 2, 3, 4], y = [0, 1, 0, 1];
        var result = Trainer.Train(x, y, 1, OnCpu with { Epochs = 1, Solver = SolverKind.GradientDescent, LearningRate = 1 });
        Assert.Equal(1, result.Model.Training.Epochs);
        // From θ = 0 all residuals are ±1/2: w₁ = η/N Σ (y − 1/2) x̂ with x̂ = (x − 2.5)/√1.25.
        double sum = 0.5 * (-(1 - 2.5) + (2 - 2.5) - (3 - 2.5) + (4 - 2.5)) / Math.Sqrt(1.25);
        Assert.Equal(sum / 4, result.Model.Weights[0], 1e-7);
    }

    [Fact]
    public void A_learning_rate_that_is_far_too_small_is_named_beside_one_over_L()
    {
        var result = Trainer.Train([1, 2, 3, 4], [0, 1, 0, 1], 1, OnCpu with { Epochs = 10, LearningRate = 1e-9 });
        Assert.Contains("far below 1/L", result.Explanation);
    }

    [Fact]
    public void A_learning_rate_that_is_too_large_is_named_beside_two_over_L()
    {
        var golden = Golden.All["wdbc_l2"];
        var (features, labels) = golden.Load();
        using var dataset = Dataset.FromRows(features, labels, 30);
        var schema = NumericSchema.Fit(dataset, Label, standardize: false);
        var result = Trainer.Train(dataset, schema, OnCpu with { LearningRate = 0.01, Solver = SolverKind.GradientDescent });
        Assert.Equal(StopReason.Diverged, result.StopReason);
        Assert.Contains("learning rate 0.01", result.Explanation);
        Assert.Contains("2/L = 4.803E-06", result.Explanation, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("--standardize false", result.Explanation);
    }

    [Fact]
    public void Early_stopping_returns_the_parameters_with_the_lowest_validation_loss()
    {
        // 40 noisy samples of 30 features: the longer it trains, the worse it does on others.
        using var training = SyntheticData.Create(rows: 40, features: 30, seed: 3);
        using var validation = SyntheticData.Create(rows: 400, features: 30, seed: 4);
        var schema = NumericSchema.Fit(training, Label, standardize: false);
        var losses = new List<double>();
        var result = Trainer.Train(
            training, schema, OnCpu with { EarlyStopping = 5 }, validation,
            new TrainingEvents { EpochEnded = progress => losses.Add(progress.ValidationLoss!.Value) });
        Assert.Equal(StopReason.EarlyStopping, result.StopReason);
        Assert.Equal(losses.Min(), result.Validation!.LogLoss, 1e-6);
        Assert.Equal(losses.IndexOf(losses.Min()) + 1 + 5, losses.Count); // the start is the first
    }

    [Fact]
    public void An_interrupted_training_returns_the_model_so_far()
    {
        using var dataset = SyntheticData.Logistic(rows: 1000, features: 5);
        var schema = NumericSchema.Fit(dataset, Label);
        using var source = new CancellationTokenSource();
        var events = new TrainingEvents { EpochEnded = progress => { if (progress.Epoch == 3) source.Cancel(); } };
        var result = Trainer.Train(dataset, schema, OnCpu, events: events, cancellation: source.Token);
        Assert.Equal(StopReason.Interrupted, result.StopReason);
        Assert.Equal(3, result.Model.Training.Epochs);
        Assert.Contains(result.Model.Weights, weight => weight != 0);
    }

    [Theory]
    [InlineData(0.0, 0.0, 1e-6, "learning rate is 0")]
    [InlineData(-1.0, 0.0, 1e-6, "learning rate is -1")]
    [InlineData(double.NaN, 0.0, 1e-6, "learning rate is NaN")]
    [InlineData(double.PositiveInfinity, 0.0, 1e-6, "learning rate is")]
    [InlineData(1.0, -0.5, 1e-6, "l2 penalty is -0.5")]
    [InlineData(1.0, double.NaN, 1e-6, "l2 penalty")]
    [InlineData(1.0, 0.0, 0.0, "tolerance is 0")]
    public void Options_out_of_range_are_refused(double learningRate, double l2, double tolerance, string says)
    {
        var options = OnCpu with { LearningRate = learningRate, L2 = l2, Tolerance = tolerance };
        var failure = Assert.Throws<PerceptronException>(() => Trainer.Train([1, 2], [0, 1], 1, options));
        Assert.Equal(Fault.Options, failure.Fault);
        Assert.Contains(says, failure.Message);
    }

    [Fact]
    public void One_class_no_samples_and_no_finite_features_are_refused()
    {
        Assert.Contains("same label", Refusal([1, 2], [1, 1]));
        Assert.Contains("no samples", Refusal([], []));
        Assert.Contains("'x0' holds a NaN", Refusal([float.NaN, 2], [1, 0]));
        Assert.Contains("'x0' holds a NaN", Refusal([float.NegativeInfinity, 2], [1, 0]));

        static string Refusal(float[] features, float[] labels)
        {
            var failure = Assert.Throws<PerceptronException>(() => Trainer.Train(features, labels, 1, OnCpu));
            Assert.Equal(Fault.Data, failure.Fault);
            return failure.Message;
        }
    }
}
