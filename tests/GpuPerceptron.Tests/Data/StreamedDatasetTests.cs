using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Engines.Simd;
using GpuPerceptron.Models;
using GpuPerceptron.Solvers;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Data;

/// <summary>Samples in a file are to be worth the same as in memory.</summary>
public sealed class StreamedDatasetTests
{
    public static TheoryData<int, int, bool> Shapes => new()
    {
        { 1, 3, false },
        { 700, 1, true },
        { 5_000, 28, true },
        { 200_000, 36, false }, // tiles of 48 rows, and pipelines that add up every 256
        { 170_000, 28, false }, // two blocks
        { 40_001, 130, true },  // the same, and an odd end
        { 1_000_000, 28, true }, // units of more than one piece
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_pass_gives_the_same_bits(int rows, int features, bool weighted)
    {
        using var resident = SyntheticData.Create(rows, features, weighted: weighted);
        using var streamed = StreamedData.CopyOf(resident);
        Assert.True(streamed.IsStreamed);
        Assert.Equal((resident.Samples, resident.Positives, resident.TotalWeight), (streamed.Samples, streamed.Positives, streamed.TotalWeight));
        foreach (int threads in (int[])[1, 2])
        {
            Assert.Equal(PassOf(resident, 1), PassOf(streamed, threads));
            Assert.Equal(HessianOf(resident, 1), HessianOf(streamed, threads));
        }

        resident.Narrow();
        streamed.Narrow();
        Assert.Equal(PassOf(resident, 1), PassOf(streamed, 2));
    }

    [Theory]
    [InlineData(330_000, 20, FeatureStorage.Float32)]
    [InlineData(110_000, 28, FeatureStorage.Float32)]
    [InlineData(70_000, 130, FeatureStorage.Float32)]
    [InlineData(20_000, 1_000, FeatureStorage.Float32)]
    [InlineData(10_000, 2_500, FeatureStorage.Float32)]
    [InlineData(90_000, 144, FeatureStorage.Float16)]
    public void So_it_does_in_registers_of_every_width(int rows, int features, FeatureStorage storage)
    {
        using var resident = SyntheticData.Create(rows, features, weighted: true);
        using var streamed = StreamedData.CopyOf(resident);
        if (storage == FeatureStorage.Float16)
        {
            resident.Narrow();
            streamed.Narrow();
        }

        Assert.All(Enum.GetValues<SimdWidth>().Where(width => width.IsSupported()), width =>
            Assert.Equal(PassOf(resident, 1, width), PassOf(streamed, 2, width)));
    }

    [Fact]
    public void Statistics_weights_samples_and_transformations_are_the_same()
    {
        using var resident = SyntheticData.Create(170_000, 28, weighted: true);
        using var streamed = StreamedData.CopyOf(resident);
        var (a, b) = (ColumnStatistics.Compute(resident), ColumnStatistics.Compute(streamed));
        Assert.Equal(a.Mean, b.Mean);
        Assert.Equal(a.StandardDeviation, b.StandardDeviation);
        Assert.Equal(Folds.Assign(resident, 3, 5), Folds.Assign(streamed, 3, 5));

        foreach (long count in (long[])[50, 90_000]) // row by row, and by whole blocks
        {
            using var some = RowCopies.Draw(resident, count, 1);
            using var same = RowCopies.Draw(streamed, count, 1);
            Assert.False(same.IsStreamed);
            Assert.Equal(PassOf(some, 1), PassOf(same, 1));
        }

        using (var balanced = resident.Balanced())
        using (var same = streamed.Balanced())
        {
            Assert.Equal(balanced.TotalWeight, same.TotalWeight);
            Assert.Equal(PassOf(balanced, 1), PassOf(same, 2));
            using var doubled = same.Reweighted((place, _, weight) => place % 2 * weight);
            using var expected = balanced.Reweighted((place, _, weight) => place % 2 * weight);
            Assert.Equal(PassOf(expected, 1), PassOf(doubled, 2));
        }

        int[] keep = [.. Enumerable.Range(0, 28).Where(j => j % 3 > 0)];
        resident.Transform(keep, new double[keep.Length], [.. keep.Select(j => 1.0 + j)]);
        streamed.Transform(keep, new double[keep.Length], [.. keep.Select(j => 1.0 + j)]);
        Assert.Equal(keep.Length, streamed.Features);
        Assert.Equal(PassOf(resident, 1), PassOf(streamed, 1));
    }

    [Theory]
    [InlineData(SolverKind.Newton, 0)]
    [InlineData(SolverKind.Lbfgs, 0.01)]
    [InlineData(SolverKind.Nesterov, 0.01)]
    public void A_training_ends_with_the_same_model_and_proof(SolverKind solver, double l2)
    {
        var options = new TrainingOptions { Device = DeviceRequest.Parse("cpu"), Solver = solver, L2 = l2 };
        using var resident = SyntheticData.Logistic(20_000, 28);
        using var streamed = StreamedData.CopyOf(resident);
        var schema = NumericSchema.Fit(resident, new LabelSchema("y", "0", "1"));
        NumericSchema.Fit(streamed, new LabelSchema("y", "0", "1"));
        var (a, b) = (Trainer.Train(resident, schema, options, resident), Trainer.Train(streamed, schema, options, streamed));
        Assert.Equal(a.Model.Weights, b.Model.Weights);
        Assert.Equal(a.Model.Training.Certificate, b.Model.Training.Certificate);
        Assert.Equal(a.Validation, b.Validation);
    }

    [Fact]
    public void Cross_validation_measures_the_same()
    {
        var options = new TrainingOptions { Device = DeviceRequest.Parse("cpu") };
        using var resident = SyntheticData.Logistic(4_000, 7);
        using var streamed = StreamedData.CopyOf(resident);
        var (a, b) = (CrossValidation.Run(resident, options, [0.1, 0.001], 3), CrossValidation.Run(streamed, options, [0.1, 0.001], 3));
        Assert.All(a.Penalties.Zip(b.Penalties), pair => Assert.Equal(pair.First.LogLoss, pair.Second.LogLoss, 1e-6));
    }

    [Theory]
    [InlineData(MiniBatchMethod.Momentum, 9_000, 28, FeatureStorage.Float32)]
    [InlineData(MiniBatchMethod.Adam, 9_000, 28, FeatureStorage.Float32)]
    [InlineData(MiniBatchMethod.Momentum, 800_001, 28, FeatureStorage.Float32)] // three windows, an odd end
    [InlineData(MiniBatchMethod.Adam, 5_003, 4_096, FeatureStorage.Float32)]
    [InlineData(MiniBatchMethod.Adam, 500_123, 75, FeatureStorage.Float16)]
    public void Mini_batches_are_those_of_memory_to_the_bit(MiniBatchMethod method, int rows, int features, FeatureStorage storage)
    {
        using var resident = SyntheticData.Create(rows, features, weighted: true);
        using var streamed = StreamedData.CopyOf(resident);
        if (storage == FeatureStorage.Float16)
        {
            resident.Narrow();
            streamed.Narrow();
        }

        Assert.Equal(AfterEpochs(resident, method, threads: 1), AfterEpochs(streamed, method, threads: 2));
    }

    [Fact]
    public void Mini_batches_of_several_windows_take_every_sample_once_an_epoch()
    {
        const int Features = 4_096;
        using var streamed = SyntheticData.Create(6 * 1_024, Features); // three windows of 2,048 rows
        double[] start = new double[Features + 1], gradient = new double[Features + 1], reached = new double[Features + 1];
        using var engine = new CpuEngine(streamed);
        engine.Pass(PassLoss.Logistic, start, gradient);
        using var batches = engine.MiniBatches(
            new MiniBatchOptions { BatchRows = 512, Method = MiniBatchMethod.Momentum, Seed = 3 }, streamed.TotalWeight, l2: 0, start);
        Assert.Equal(12, batches.StepsPerEpoch);

        // With steps so small that θ stays where it is, the steps of an epoch add up to that of all samples.
        const double Rate = 1e-6;
        batches.Run(0, _ => Rate);
        batches.Read(reached);
        double largest = gradient.Max(Math.Abs) / streamed.TotalWeight;
        for (int j = 0; j <= Features; j++)
            Assert.Equal(gradient[j] / streamed.TotalWeight, -reached[j] / (12 * Rate), 1e-4 * largest);
        Assert.Equal(AfterEpochs(streamed, MiniBatchMethod.Adam, threads: 1), AfterEpochs(streamed, MiniBatchMethod.Adam, threads: 2));
    }

    [Fact]
    public void A_batch_that_memory_is_not_to_hold_is_refused()
    {
        using var resident = SyntheticData.Create(70_000, 128);
        using var streamed = StreamedData.CopyOf(resident);
        var options = new MiniBatchOptions { BatchRows = 65_537, Method = MiniBatchMethod.Momentum };
        Assert.Equal(70_000, new SampleWindows(resident, 70_000, 1).MaximumBatchRows);
        using var engine = new CpuEngine(streamed);
        var failure = Assert.Throws<PerceptronException>(() => engine.MiniBatches(options, 1, 0, new double[129]));
        Assert.Equal(Fault.Options, failure.Fault);
        Assert.Contains("a --batch-size of 65536 at most", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_fits_is_brought_to_memory_and_changes_nothing()
    {
        using var resident = SyntheticData.Create(170_000, 28);
        using var streamed = StreamedData.CopyOf(resident);
        Assert.Equal(0, streamed.ResidentBytes);
        streamed.Load(17_500_000);
        Assert.True(streamed.IsStreamed);
        Assert.InRange(streamed.ResidentBytes, 16_000_000, 17_500_000);
        Assert.Equal(PassOf(resident, 1), PassOf(streamed, 2));
        streamed.Load(long.MaxValue);
        Assert.False(streamed.IsStreamed);
        Assert.Equal(PassOf(resident, 1), PassOf(streamed, 2));
    }

    [Fact]
    public void The_file_goes_with_its_last_user_or_stays_under_its_name()
    {
        string path = Path.Combine(Path.GetTempPath(), $"gpuperceptron-tests-{Guid.NewGuid():N}");
        using var block = new SampleBlock(3, 5);
        block.Append(5);
        var file = SampleFile.Create(path);
        var first = block.StoreIn(file);
        var second = block.StoreIn(file);
        first.Dispose();
        Assert.True(File.Exists(path));
        second.Dispose();
        Assert.False(File.Exists(path));

        file = SampleFile.Create(path);
        first = block.StoreIn(file);
        file.Keep(path + ".kept");
        first.Dispose();
        Assert.True(File.Exists(path + ".kept"));
        File.Delete(path + ".kept");
    }

    [Fact]
    public void A_file_that_ends_early_is_told_in_one_line()
    {
        string path = Path.Combine(Path.GetTempPath(), $"gpuperceptron-tests-{Guid.NewGuid():N}");
        using var spill = new SampleSpill(0, () => SampleFile.Create(path));
        using var builder = new DatasetBuilder(4, hasSampleWeights: false, spill);
        builder.Reserve(100);
        builder.Reserve(100);
        using var dataset = builder.Build();
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(100);
        using var engine = new CpuEngine(dataset);
        var failure = Assert.Throws<PerceptronException>(() => engine.Pass(PassLoss.Logistic, new double[5], new double[5]));
        Assert.Equal(Fault.Data, failure.Fault);
        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
    }

    private static double[] AfterEpochs(Dataset dataset, MiniBatchMethod method, int threads)
    {
        double[] parameters = new double[dataset.Features + 1];
        using var engine = new CpuEngine(dataset, threads);
        using var batches = engine.MiniBatches(
            new MiniBatchOptions { BatchRows = 700, Method = method, Momentum = 0.9, Seed = 3 }, dataset.TotalWeight, l2: 0.01, parameters);
        for (int epoch = 0; epoch < 2; epoch++)
            batches.Run(epoch, _ => 0.01);
        batches.Read(parameters);
        return parameters;
    }

    private static double[] PassOf(Dataset dataset, int threads, SimdWidth width = SimdWidth.Auto)
    {
        using var engine = new CpuEngine(dataset, threads, width);
        double[] gradient = new double[dataset.Features + 1];
        double loss = engine.Pass(PassLoss.Logistic, SyntheticData.Parameters(dataset.Features, scale: 0.3), gradient);
        return [loss, .. gradient];
    }

    private static double[] HessianOf(Dataset dataset, int threads)
    {
        using var engine = new CpuEngine(dataset, threads);
        int order = dataset.Features + 1;
        double[] gradient = new double[order], hessian = new double[order * order];
        double loss = engine.HessianPass(SyntheticData.Parameters(dataset.Features, scale: 0.3), gradient, hessian);
        return [loss, .. gradient, .. hessian];
    }
}
