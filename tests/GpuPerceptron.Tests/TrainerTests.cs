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
    public void Features_that_are_scaled_for_training_are_refused_with_a_penalty()
    {
        using var dataset = SyntheticData.Logistic(200, 3, seed: 1);
        var schema = NumericSchema.Fit(dataset, Label, standardize: false) with { Scaled = true };
        var failure = Assert.Throws<PerceptronException>(() => Trainer.Train(dataset, schema, OnCpu with { L2 = 0.1 }));
        Assert.Equal(Fault.Options, failure.Fault);
    }

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

    [Theory]
    [InlineData(0.0), InlineData(1e-3)]
    public void Where_newton_would_do_lbfgs_that_runs_out_of_epochs_is_to_be_dropped(double l1)
    {
        var (features, labels) = Golden.All["pima"].Load();
        var result = Trainer.Train(features, labels, 8, OnCpu with { Solver = SolverKind.Lbfgs, L1 = l1, Epochs = 2, Tolerance = 1e-9 });
        Assert.Equal(StopReason.EpochLimit, result.StopReason);
        Assert.EndsWith(": drop --solver lbfgs, or raise --epochs", result.Explanation, StringComparison.Ordinal);
        Assert.Equal(new GpuPerceptron.Diagnostics.OptionChange("--solver", null), Assert.Single(result.Remedy));
    }

    [Fact]
    public void A_tolerance_that_proves_little_beside_an_l1_penalty_is_named()
    {
        // So many features have no Hessian to prove more with.
        using var dataset = SyntheticData.Logistic(400, 1100, seed: 3);
        var schema = NumericSchema.Fit(dataset, Label);
        var options = OnCpu with { Solver = SolverKind.Lbfgs, L1 = 1e-2, Tolerance = 1e-3 };
        var loose = Trainer.Train(dataset, schema, options);
        Assert.Equal(StopReason.Converged, loose.Model.Training.StopReason);
        Assert.EndsWith("so that little is proved: use --tolerance 0.0001", loose.Explanation, StringComparison.Ordinal);
        Assert.Equal(new GpuPerceptron.Diagnostics.OptionChange("--tolerance", "0.0001"), Assert.Single(loose.Remedy));

        var tight = Trainer.Train(dataset, schema, options with { Tolerance = 1e-5 });
        Assert.Equal("", tight.Explanation);
        Assert.InRange(tight.Model.Training.Certificate!.Gap!.Value, 0, 1e-3 * tight.Model.Training.Objective);
    }

    [Theory]
    [InlineData(SolverKind.Newton, 1), InlineData(SolverKind.Lbfgs, 1), InlineData(SolverKind.Newton, 2), InlineData(SolverKind.Lbfgs, 2)]
    public void A_large_tolerance_beside_an_l1_penalty_proves_enough_where_there_is_a_Hessian(SolverKind solver, int copies)
    {
        var (single, labels) = Golden.All["pima"].Load();
        float[] features = [.. single.Chunk(8).SelectMany(row => Enumerable.Repeat(row, copies).SelectMany(copy => copy))];
        var result = Trainer.Train(features, labels, 8 * copies, OnCpu with { Solver = solver, L1 = 1e-3, Tolerance = 1e-3 });
        Assert.Equal("", result.Explanation);
        Assert.InRange(result.Model.Training.Certificate!.Gap!.Value, 0, 1e-3 * result.Model.Training.Objective);
    }

    [Theory]
    [InlineData(SolverKind.Newton)]
    [InlineData(SolverKind.Lbfgs)]
    public void A_model_is_a_start_that_needs_no_step_even_on_other_units(SolverKind solver)
    {
        var golden = Golden.All["pima"];
        var (features, labels) = golden.Load();
        var options = OnCpu with { Solver = solver, Tolerance = 3e-6 };
        var first = Trainer.Train(features, labels, 8, options with { Tolerance = 3e-7 }).Model;
        var again = Trainer.Train(features, labels, 8, options with { Start = first });
        Assert.Equal(0, again.Model.Training.Epochs);

        // The first 400 samples have another mean and deviation, but the same boundary is as good a start.
        int cold = Trainer.Train(features.AsSpan(0, 400 * 8), labels.AsSpan(0, 400), 8, options).Model.Training.Epochs;
        var warm = Trainer.Train(features.AsSpan(0, 400 * 8), labels.AsSpan(0, 400), 8, options with { Start = first });
        Assert.Equal(StopReason.Converged, warm.StopReason);
        Assert.InRange(warm.Model.Training.Epochs, 1, cold);
    }

    [Fact]
    public void A_start_with_another_schema_is_refused_and_says_where_it_differs()
    {
        var start = Trainer.Train([1, 2, 3, 4], [0, 1, 0, 1], 1, OnCpu).Model;
        var failure = Assert.Throws<PerceptronException>(() => Trainer.Train([1, 2, 3, 4], [0, 1], 2, OnCpu with { Start = start }));
        Assert.Equal(Fault.Data, failure.Fault);
        Assert.Contains("it has 1 features, the data 2", failure.Message);
        failure = Assert.Throws<PerceptronException>(
            () => Trainer.Train([1, 2, 3, 4], [0, 1, 0, 1], 1, OnCpu with { Start = start }, ["other"]));
        Assert.Contains("its feature 1 is 'x0', the data's 'other'", failure.Message);
    }

    [Fact]
    public void Balanced_classes_are_as_if_each_sample_came_as_often_as_its_weight()
    {
        // 6 negatives weigh 8/12 each and 2 positives 8/4, three times as much: as if each positive were there three times.
        float[] x = [1, 2, 3, 4, 5, 6, 4, 7], y = [0, 0, 0, 0, 0, 0, 1, 1];
        float[] repeated = [.. x, 4, 7, 4, 7], labels = [.. y, 1, 1, 1, 1];
        var label = new LabelSchema("label", "0", "1");
        using var one = Dataset.FromRows(x, y, 1);
        using var other = Dataset.FromRows(repeated, labels, 1);
        var schema = NumericSchema.Fit(one, label, standardize: false);
        var balanced = Trainer.Train(one, schema, OnCpu with { ClassWeight = ClassWeight.Balanced, L2 = 0.01 }).Model;
        var expected = Trainer.Train(other, schema, OnCpu with { L2 = 0.01 }).Model;
        Assert.Equal(expected.Weights[0], balanced.Weights[0], 1e-5);
        Assert.Equal(expected.Bias, balanced.Bias, 1e-5);
        Assert.Equal(8, one.TotalWeight); // the caller's dataset is as it was
        Assert.False(one.HasSampleWeights);
    }

    [Theory]
    [InlineData(1.0), InlineData(1e-39)] // then a class has a factor beyond float32
    public void Balanced_classes_weigh_the_same_and_a_weight_is_as_so_many_samples(double unit)
    {
        float[] x = [1, 2, 3, 4, 5, 6, 4, 7], y = [0, 0, 0, 0, 0, 0, 1, 1], copies = [1, 3, 1, 2, 1, 1, 2, 1];
        float[] Repeated(float[] values) => [.. values.SelectMany((value, i) => Enumerable.Repeat(value, (int)copies[i]))];
        using var weighted = Dataset.FromRows(x, y, 1, [.. copies.Select((count, i) => y[i] == 1 ? (float)(count * unit) : count)]);
        using var repeated = Dataset.FromRows(Repeated(x), Repeated(y), 1);
        using var balanced = weighted.Balanced();
        Assert.Equal(0.5, balanced.Blocks.Sum(block => Enumerable.Range(0, block.Rows).Sum(i => block.Labels[i] * (double)block.SampleWeights[i])) / balanced.TotalWeight, 1e-6);

        var schema = NumericSchema.Fit(weighted, Label, standardize: false);
        var options = OnCpu with { ClassWeight = ClassWeight.Balanced, L2 = 0.01 };
        var (one, other) = (Trainer.Train(weighted, schema, options).Model, Trainer.Train(repeated, schema, options).Model);
        Assert.Equal(other.Weights[0], one.Weights[0], 1e-5);
        Assert.Equal(other.Bias, one.Bias, 1e-5);
    }

    [Fact]
    public void Balanced_samples_without_weights_weigh_n_over_twice_their_class()
    {
        using var dataset = SyntheticData.Logistic(rows: 1000, features: 2);
        using var balanced = dataset.Balanced();
        foreach (var block in balanced.Blocks)
        {
            for (int i = 0; i < block.Rows; i++)
            {
                long count = block.Labels[i] == 1 ? dataset.Positives : dataset.Samples - dataset.Positives;
                Assert.Equal((float)(dataset.Samples / (2.0 * count)), block.SampleWeights[i]);
            }
        }
    }

    [Fact]
    public void An_l1_penalty_makes_weights_exactly_zero_and_is_refused_by_methods_that_cannot()
    {
        using var dataset = SyntheticData.Logistic(rows: 2000, features: 10);
        var schema = NumericSchema.Fit(dataset, Label);
        var model = Trainer.Train(dataset, schema, OnCpu with { L1 = 0.05 }).Model;
        Assert.Contains(model.Weights, weight => weight == 0);
        Assert.Contains(model.Weights, weight => weight != 0);
        Assert.Equal(model.Training.MeanLogLoss + 0.05 * model.Weights.Sum(Math.Abs), model.Training.Objective, 1e-9);
        var failure = Assert.Throws<PerceptronException>(
            () => Trainer.Train(dataset, schema, OnCpu with { L1 = 0.05, Solver = SolverKind.Nesterov }));
        Assert.Contains("--solver auto", failure.Message);
    }

    [Fact]
    public void Auto_says_what_it_took_and_why()
    {
        TrainingSetup Setup(int features, TrainingOptions options)
        {
            using var dataset = SyntheticData.Create(rows: 50, features);
            TrainingSetup? setup = null;
            Trainer.Train(dataset, NumericSchema.Fit(dataset, Label), options with { Epochs = 1, L2 = 0.1 }, events: new() { Prepared = s => setup = s });
            return setup!;
        }

        var (few, many) = (Setup(3, OnCpu), Setup(Newton.MaximumFeatures + 1, OnCpu));
        Assert.Equal(("newton", "at most 1,024 features"), (few.Solver, few.SolverReason));
        Assert.Equal(("lbfgs", "more than 1,024 features"), (many.Solver, many.SolverReason));
        Assert.Equal("owl-qn", Setup(Newton.MaximumFeatures + 1, OnCpu with { L1 = 0.1 }).Solver);
        Assert.Equal("nesterov", Setup(3, OnCpu with { LearningRate = 0.1 }).Solver);
        Assert.Equal("", Setup(3, OnCpu with { Solver = SolverKind.Lbfgs }).SolverReason);
        Assert.Null(few.LearningRate);
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
    public void Separable_data_without_penalty_is_proved_so_and_named_with_the_remedy()
    {
        float[] x = [1, 2, 3, 4], y = [0, 0, 1, 1];
        var early = Trainer.Train(x, y, 1, OnCpu with { Epochs = 1, Solver = SolverKind.Nesterov });
        Assert.Contains("can be told apart without an error", early.Explanation);
        var capped = Trainer.Train(x, y, 1, OnCpu with { Epochs = 50, Solver = SolverKind.Nesterov });
        Assert.Equal(StopReason.EpochLimit, capped.StopReason);
        Assert.Contains("can be told apart without an error", capped.Explanation);
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

    [Theory]
    [InlineData(1e-14), InlineData(1e-7)]
    public void A_learning_rate_too_small_for_float32_to_see_is_no_limit_of_float32(double learningRate)
    {
        var (features, labels) = Golden.All["pima"].Load();
        var result = Trainer.Train(features, labels, 8, OnCpu with { Solver = SolverKind.GradientDescent, LearningRate = learningRate });
        Assert.Contains("far below 1/L = 1.9", result.Explanation, StringComparison.Ordinal);
        Assert.Equal(new GpuPerceptron.Diagnostics.OptionChange("--learning-rate", null), Assert.Single(result.Remedy));
    }

    [Fact]
    public void Where_a_penalty_makes_steps_too_small_for_the_bias_another_solver_is_proposed_and_no_tolerance()
    {
        var (features, labels) = Golden.All["pima"].Load();
        var result = Trainer.Train(features, labels, 8, OnCpu with { Solver = SolverKind.GradientDescent, L2 = 1e10 });
        Assert.Equal(StopReason.Stalled, result.StopReason);
        Assert.EndsWith(": drop --solver gd", result.Explanation, StringComparison.Ordinal);
        Assert.DoesNotContain(result.Remedy, change => change.Option == "--tolerance");
    }

    [Fact]
    public void So_it_is_where_labels_are_so_even_that_the_start_is_nearly_as_good()
    {
        var random = new Random(5);
        float[] labels = [.. Enumerable.Range(0, 400).Select(i => i % 2 == 0 ? 1f : 0f)];
        labels[1] = labels[3] = 1;
        float[] features = [.. Enumerable.Range(0, 400 * 5).Select(_ => random.NextSingle() - 0.5f)];
        var result = Trainer.Train(features, labels, 5, OnCpu with { Solver = SolverKind.GradientDescent, L2 = 1e10 });
        Assert.Equal(StopReason.Stalled, result.StopReason);
        Assert.DoesNotContain(result.Remedy, change => change.Option == "--tolerance");
    }

    [Fact]
    public void A_mini_batch_solver_that_no_longer_gains_is_not_told_to_take_more_epochs()
    {
        var (features, labels) = Golden.All["pima"].Load();
        var result = Trainer.Train(features, labels, 8, OnCpu with { Solver = SolverKind.StochasticGradient, Tolerance = 1e-15, Epochs = 50_000 });
        Assert.Equal(StopReason.Stalled, result.StopReason);
        Assert.DoesNotContain("--epochs", result.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void A_remedy_that_standardises_drops_the_rate_that_suited_raw_features()
    {
        using var dataset = SyntheticData.Logistic(rows: 1000, features: 2);
        dataset.Transform([0, 1], [0, 0], [1e6, 1e-3]);
        var schema = NumericSchema.Fit(dataset, Label, standardize: false);
        var result = Trainer.Train(dataset, schema, OnCpu with { Solver = SolverKind.GradientDescent, LearningRate = 4e-12 });
        Assert.Equal(StopReason.Stalled, result.StopReason);
        Assert.Contains("drop --standardize false", result.Explanation, StringComparison.Ordinal);
        Assert.Equal(["--standardize", "--learning-rate", "--solver"], result.Remedy.Select(change => change.Option));
        Assert.All(result.Remedy, change => Assert.Null(change.Value));
    }

    [Fact]
    public void A_tolerance_that_float32_cannot_reach_is_still_told_of_near_the_optimum()
    {
        var (features, labels) = Golden.All["pima"].Load();
        var result = Trainer.Train(features, labels, 8, OnCpu with { Solver = SolverKind.GradientDescent, Tolerance = 1e-15 });
        Assert.Equal(StopReason.Stalled, result.StopReason);
        Assert.Contains("float32 arithmetic cannot resolve", result.Explanation, StringComparison.Ordinal);
        Assert.Equal("--tolerance", Assert.Single(result.Remedy).Option);
    }

    [Theory]
    [InlineData(SolverKind.Auto), InlineData(SolverKind.GradientDescent)]
    public void Partly_separable_data_without_penalty_are_named_with_the_remedy(SolverKind solver)
    {
        float[] labels = [.. Enumerable.Range(0, 400).Select(i => i * 7 % 5 < 2 ? 1f : 0f)];
        float[] features = [.. Enumerable.Range(0, 400).SelectMany(i => new[] { i % 3 + labels[i], i % 10 == 0 ? labels[i] : 0 })];
        var result = Trainer.Train(features, labels, 2, OnCpu with { Solver = solver, Tolerance = solver == SolverKind.Auto ? 1e-6 : 1e-9 });
        Assert.Equal(solver == SolverKind.Auto ? StopReason.Converged : StopReason.EpochLimit, result.StopReason);
        Assert.Contains("add --l2 0.001", result.Explanation, StringComparison.Ordinal);
        Assert.Contains("a part of the samples can be told apart without an error", result.Explanation, StringComparison.Ordinal);
        Assert.Contains(result.Findings, finding => finding.Code == "quasi_separation" && finding.Message.StartsWith("x1 ", StringComparison.Ordinal));
        Assert.Contains(new GpuPerceptron.Diagnostics.OptionChange("--l2", "0.001"), result.Remedy);
        Assert.Empty(Trainer.Train(features, labels, 2, OnCpu with { L2 = 0.001 }).Explanation);
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

    [Theory]
    [InlineData(0), InlineData(1)]
    public void A_label_whose_samples_weigh_nothing_is_refused(int label)
    {
        float[] labels = [0, 1, 0, 1];
        using var dataset = Dataset.FromRows([1, 2, 3, 4], labels, 1, [.. labels.Select(y => y == label ? 0f : 1f)]);
        var schema = NumericSchema.Fit(dataset, Label);
        foreach (var attempt in (Action[])
            [
                () => Trainer.Train(dataset, schema, OnCpu),
                () => Trainer.Train(dataset, schema, OnCpu with { ClassWeight = ClassWeight.Balanced }),
                () => GpuPerceptron.Diagnostics.Diagnoser.Diagnose(dataset, schema),
            ])
        {
            var failure = Assert.Throws<PerceptronException>(attempt);
            Assert.Equal(Fault.Data, failure.Fault);
            Assert.Contains($"label {label} weigh 0", failure.Message);
        }

        Assert.Equal(Fault.Data, Assert.Throws<PerceptronException>(() => CrossValidation.Run(dataset, OnCpu, [0.1], 2)).Fault);
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
