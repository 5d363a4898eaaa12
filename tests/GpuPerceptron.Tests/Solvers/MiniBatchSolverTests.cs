using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Models;
using GpuPerceptron.Objectives;
using GpuPerceptron.Solvers;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Solvers;

public sealed class MiniBatchSolverTests
{
    private const SolverKind Sgd = SolverKind.StochasticGradient;

    private static readonly TrainingOptions OnCpu = new() { Device = new DeviceRequest(DeviceKind.Cpu), Seed = 1 };

    public static TheoryData<string, SolverKind> Goldens()
    {
        var cases = new TheoryData<string, SolverKind>();
        foreach (string name in Golden.All.Keys)
        {
            cases.Add(name, Sgd);
            cases.Add(name, SolverKind.Adam);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Goldens))]
    public void Defaults_come_within_a_thousandth_of_every_golden(string name, SolverKind solver)
    {
        var golden = Golden.All[name];
        var (features, labels) = golden.Load();
        var result = Trainer.Train(
            features, labels, golden.FeatureNames.Length, OnCpu with { Solver = solver, L2 = golden.L2 }, golden.FeatureNames);
        Assert.True(result.StopReason is StopReason.EpochLimit or StopReason.Converged);
        Assert.Equal(golden.Objective, result.Model.Training.Objective, 1e-3);
    }

    [Theory]
    [InlineData(Sgd, ScheduleKind.Step)]
    [InlineData(Sgd, ScheduleKind.Inverse)]
    [InlineData(SolverKind.Adam, ScheduleKind.Constant)]
    [InlineData(SolverKind.Adam, ScheduleKind.Step)]
    [InlineData(SolverKind.Adam, ScheduleKind.Inverse)]
    public void Every_falling_schedule_comes_within_a_thousandth(SolverKind solver, ScheduleKind schedule)
    {
        var golden = Golden.All["pima_l2"];
        var (features, labels) = golden.Load();
        var result = Trainer.Train(features, labels, 8, OnCpu with { Solver = solver, L2 = golden.L2, Schedule = schedule, WarmUpEpochs = 2 });
        Assert.Equal(golden.Objective, result.Model.Training.Objective, 1e-3);
    }

    [Fact]
    public void Two_epochs_of_49_steps_each_come_within_a_hundredth_of_the_optimum()
    {
        using var dataset = SyntheticData.Logistic(200_000, 28);
        using var engine = new CpuEngine(dataset);
        var objective = new LogisticObjective(engine, dataset.TotalWeight, l2: 0);
        double lipschitz = LipschitzBound.Estimate(engine, dataset.TotalWeight, l2: 0, seed: 1, relativeChange: 0.01);
        double optimum = new Nesterov().Minimize(
            objective, new double[29], new SolverOptions { LearningRate = 1 / lipschitz, Tolerance = 1e-4 }).Objective;
        var settings = new MiniBatchSettings { BatchRows = 4096 };
        foreach (var solver in (ISolver[])[new StochasticGradient(settings), new Adam(settings)])
        {
            double rate = solver.AutomaticRate(lipschitz, 29, dataset.Samples);
            var result = solver.Minimize(objective, new double[29], new SolverOptions { LearningRate = rate, MaximumEpochs = 2 });
            Assert.InRange(result.Objective / optimum, 1 - 1e-6, 1.01);
        }
    }

    [Theory]
    [InlineData(Sgd)]
    [InlineData(SolverKind.Adam)]
    public void A_file_sorted_by_label_trains_as_well_as_a_shuffled_one(SolverKind solver)
    {
        using var shuffled = SyntheticData.Logistic(50_000, 10);
        using var sorted = SortedByLabel(shuffled);
        double optimum = Minimize(shuffled, SolverKind.Nesterov).Objective;
        foreach (var data in (Dataset[])[shuffled, sorted])
        {
            var result = Minimize(data, solver, options => options with { Epochs = 3, BatchSize = 1024 });
            Assert.InRange(result.Objective / optimum, 1 - 1e-6, 1.003);
        }
    }

    [Theory]
    [InlineData(Sgd)]
    [InlineData(SolverKind.Adam)]
    public void Weighted_samples_lead_to_the_weighted_optimum(SolverKind solver)
    {
        using var dataset = SyntheticData.Create(3000, 6, weighted: true);
        double optimum = Minimize(dataset, SolverKind.Nesterov).Objective;
        Assert.Equal(optimum, Minimize(dataset, solver).Objective, 1e-5);
    }

    [Theory]
    [InlineData(Sgd)]
    [InlineData(SolverKind.Adam)]
    public void Balanced_classes_lead_to_their_optimum_and_a_start_there_stays(SolverKind solver)
    {
        using var dataset = SyntheticData.Logistic(3000, 4);
        var balanced = Train(dataset, SolverKind.Nesterov, options => options with { ClassWeight = ClassWeight.Balanced });
        double optimum = balanced.Model.Training.Objective;
        Assert.Equal(optimum, Minimize(dataset, solver, options => options with { ClassWeight = ClassWeight.Balanced }).Objective, 1e-5);
        var stayed = Minimize(dataset, solver, options => options with
        {
            ClassWeight = ClassWeight.Balanced,
            Start = balanced.Model,
            Epochs = 5,
            LearningRate = 1e-5,
            Tolerance = 1e-12,
        });
        Assert.Equal(optimum, stayed.Objective, 1e-7);
    }

    [Theory]
    [InlineData(Sgd)]
    [InlineData(SolverKind.Adam)]
    public void Float16_and_batches_of_one_come_near_too(SolverKind solver)
    {
        using var dataset = SyntheticData.Logistic(2000, 5);
        double optimum = Minimize(dataset, SolverKind.Nesterov).Objective;
        var result = Minimize(dataset, solver, options => options with { Storage = FeatureStorage.Float16, BatchSize = 1, Epochs = 30 });
        Assert.Equal(optimum, result.Objective, 1e-3);
    }

    [Theory]
    [InlineData(Sgd)]
    [InlineData(SolverKind.Adam)]
    public void Separable_classes_are_separated_and_the_end_says_so(SolverKind solver)
    {
        float[] x = [.. Enumerable.Range(0, 400).Select(i => i < 200 ? -1f - i % 7 : 1f + i % 5)];
        float[] y = [.. Enumerable.Range(0, 400).Select(i => i < 200 ? 0f : 1f)];
        var result = Trainer.Train(x, y, 1, OnCpu with { Solver = solver, LearningRate = 1, Epochs = 500 });
        Assert.Contains("told apart without an error", result.Explanation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Sgd)]
    [InlineData(SolverKind.Adam)]
    public void The_same_seed_gives_the_same_weights_at_any_number_of_threads_and_another_seed_does_not(SolverKind solver)
    {
        using var dataset = SyntheticData.Logistic(20_000, 12);
        string Hash(ulong seed, int threads) =>
            Train(dataset, solver, options => options with { Seed = seed, Threads = threads, Epochs = 2, BatchSize = 2048 }).Model.WeightsHash;
        Assert.Equal(Hash(1, 1), Hash(1, 2));
        Assert.NotEqual(Hash(1, 2), Hash(2, 2));
    }

    [Fact]
    public void Each_epoch_is_a_pass_of_steps_and_one_to_look()
    {
        using var dataset = SyntheticData.Logistic(1000, 3);
        using var engine = new CpuEngine(dataset);
        var objective = new LogisticObjective(engine, dataset.TotalWeight, 0);
        var seen = new List<int>();
        var result = new Adam(new MiniBatchSettings { BatchRows = 100 }).Minimize(
            objective, new double[4], new SolverOptions { LearningRate = 0.01, MaximumEpochs = 4 },
            (in EpochReport report, ReadOnlySpan<double> _) =>
            {
                seen.Add(report.Epoch);
                return null;
            });
        Assert.Equal([0, 1, 2, 3, 4], seen);
        Assert.Equal(4, result.Epochs);
        Assert.Equal(2 * 4 + 1, engine.Passes);
    }

    [Theory]
    [InlineData(Sgd, 50)]
    [InlineData(SolverKind.Adam, 1000)]
    public void Divergence_is_noticed_and_explained_and_the_point_before_is_kept(SolverKind solver, double learningRate)
    {
        var golden = Golden.All["pima"];
        var (features, labels) = golden.Load();
        var result = Trainer.Train(features, labels, 8, OnCpu with { Solver = solver, LearningRate = learningRate, Schedule = ScheduleKind.Constant });
        Assert.Equal(StopReason.Diverged, result.StopReason);
        Assert.Contains("--learning-rate auto", result.Explanation, StringComparison.Ordinal);
        Assert.All(result.Model.Weights, weight => Assert.True(double.IsFinite(weight)));
        Assert.InRange(result.Model.Training.Objective, 0, Math.Log(2) * 2);
    }

    [Fact]
    public void A_start_at_the_optimum_may_get_worse_and_is_no_divergence()
    {
        using var dataset = SyntheticData.Logistic(2000, 5);
        using var engine = new CpuEngine(dataset);
        var objective = new LogisticObjective(engine, dataset.TotalWeight, l2: 0.01);
        var optimum = new Lbfgs().Minimize(objective, new double[6], new SolverOptions());
        var result = new StochasticGradient(new MiniBatchSettings { BatchRows = 10, Schedule = ScheduleKind.Constant }).Minimize(
            objective, optimum.Parameters, new SolverOptions { LearningRate = 0.1, MaximumEpochs = 5, Tolerance = 1e-12 });
        Assert.Equal(StopReason.EpochLimit, result.StopReason);
        Assert.InRange(result.Objective, optimum.Objective * 1.001, Math.Log(2));
    }

    [Fact]
    public void The_end_says_what_mini_batches_cannot_do_and_what_can()
    {
        using var dataset = SyntheticData.Logistic(1000, 3);
        string explanation = Train(dataset, SolverKind.Adam).Explanation;
        Assert.Contains("--solver auto", explanation, StringComparison.Ordinal);
        Assert.Contains("--epochs", explanation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Sgd), InlineData(SolverKind.Adam)]
    public void A_learning_rate_far_below_the_automatic_one_is_what_the_end_speaks_of(SolverKind solver)
    {
        var (features, labels) = Golden.All["pima"].Load();
        var result = Trainer.Train(features, labels, 8, OnCpu with { Solver = solver, LearningRate = 1e-10, Epochs = 20 });
        Assert.Contains("1e-10 is far below the automatic one, 0.", result.Explanation, StringComparison.Ordinal);
        Assert.Equal(new GpuPerceptron.Diagnostics.OptionChange("--learning-rate", null), Assert.Single(result.Remedy));
        string automatic = Trainer.Train(features, labels, 8, OnCpu with { Solver = solver, Epochs = 20 }).Explanation;
        Assert.Contains("mini-batches seldom reach: ", automatic, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_a_constant_rate_keeps_the_noise_the_schedule_is_named()
    {
        using var dataset = SyntheticData.Logistic(1000, 3);
        var result = Trainer.Train(dataset, NumericSchema.Fit(dataset, new LabelSchema("label", "0", "1")), OnCpu with { Solver = Sgd, Schedule = ScheduleKind.Constant, Epochs = 20 });
        Assert.Contains("whose noise a constant rate keeps: drop --schedule", result.Explanation, StringComparison.Ordinal);
        Assert.Contains("--solver auto", result.Explanation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1_000_000_000, 4096)]
    [InlineData(262_144, 4096)]
    [InlineData(262_143, 2048)]
    [InlineData(2000, 16)]
    [InlineData(10, 16)]
    [InlineData(300_000, 2048, 2_200)] // more would not go into a window
    [InlineData(64, 8, 600_000)]
    [InlineData(64, 1, 100_000_000)]
    public void The_default_batch_leaves_some_steps_an_epoch(long samples, int expected, int features = 28) =>
        Assert.Equal(expected, MiniBatchSettings.DefaultBatchRows(samples, features));

    [Fact]
    public void The_automatic_rate_of_sgd_is_one_over_L_of_full_batches_and_less_the_noisier_the_batches()
    {
        double Rate(int batch, double momentum) =>
            new StochasticGradient(new MiniBatchSettings { BatchRows = batch, Momentum = momentum }).AutomaticRate(lipschitz: 2, dimension: 30, samples: 1000);
        Assert.Equal(0.5, Rate(1000, 0.9));
        Assert.Equal(0.5, Rate(5000, 0));
        Assert.Equal(1 / (2 * 61.0), Rate(1, 0), 1e-12);
        Assert.True(Rate(10, 0.9) < Rate(10, 0) && Rate(10, 0) < Rate(100, 0));
    }

    public static TheoryData<string, TrainingOptions> Mistakes() => new()
    {
        { "the batch size is 0", new TrainingOptions { Solver = Sgd, BatchSize = 0 } },
        { "the batch size is 101, but there are 100 training samples", new TrainingOptions { Solver = SolverKind.Adam, BatchSize = 101 } },
        { "the momentum is 1;", new TrainingOptions { Solver = Sgd, Momentum = 1 } },
        { "the momentum is NaN", new TrainingOptions { Solver = Sgd, Momentum = double.NaN } },
        { "--solver sgd", new TrainingOptions { Solver = SolverKind.Adam, Momentum = 0.5 } },
        { "the warm-up is -1", new TrainingOptions { Solver = Sgd, WarmUpEpochs = -1 } },
        { "the warm-up takes 5 of 5 epochs", new TrainingOptions { Solver = Sgd, WarmUpEpochs = 5, Epochs = 5 } },
        { "--solver sgd or --solver adam", new TrainingOptions { Solver = SolverKind.Lbfgs, BatchSize = 10 } },
        { "--solver sgd or --solver adam", new TrainingOptions { Schedule = ScheduleKind.Step } },
        { "the learning rate is 0", new TrainingOptions { Solver = Sgd, LearningRate = 0 } },
        { "the learning rate is NaN", new TrainingOptions { Solver = SolverKind.Adam, LearningRate = double.NaN } },
        { "an l1 penalty is for the solvers lbfgs", new TrainingOptions { Solver = Sgd, L1 = 0.1 } },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_setting_out_of_its_range_is_refused(string message, TrainingOptions options)
    {
        float[] x = [.. Enumerable.Range(0, 100).Select(i => (float)i)], y = [.. Enumerable.Range(0, 100).Select(i => i % 2f)];
        var failure = Assert.Throws<PerceptronException>(() => Trainer.Train(x, y, 1, options with { Device = OnCpu.Device }));
        Assert.Equal(Fault.Options, failure.Fault);
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    private static TrainingResult Train(Dataset dataset, SolverKind solver, Func<TrainingOptions, TrainingOptions>? change = null)
    {
        // As they are: made features are standardised.
        var columns = Enumerable.Range(0, dataset.Features).Select(j => new ColumnSchema(
            $"x{j}", ColumnKind.Number, 0, [new FeatureSchema($"x{j}", 0, 1)])).ToArray();
        var schema = new Schema(new LabelSchema("label", "0", "1"), columns, Standardized: false);
        var options = OnCpu with { Solver = solver };
        return Trainer.Train(dataset, schema, change is null ? options : change(options));
    }

    private static TrainingRecord Minimize(Dataset dataset, SolverKind solver, Func<TrainingOptions, TrainingOptions>? change = null) =>
        Train(dataset, solver, change).Model.Training;

    private static Dataset SortedByLabel(Dataset dataset)
    {
        var rows = dataset.Blocks.SelectMany(block => Enumerable.Range(0, block.Rows).Select(i => (block, i)))
            .OrderBy(row => row.block.Labels[row.i]).ToList();
        return Dataset.FromRows(
            [.. rows.SelectMany(row => row.block.Row(row.i).ToArray())], [.. rows.Select(row => row.block.Labels[row.i])], dataset.Features);
    }
}
