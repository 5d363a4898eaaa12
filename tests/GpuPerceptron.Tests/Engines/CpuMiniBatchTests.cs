using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Engines.Simd;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Engines;

public sealed class CpuMiniBatchTests
{
    private static readonly int[] Rows = [1, 2, 7, 61, 1000, 4099];
    private static readonly int[] Features = [1, 4, 5, 28, 129, 1000];
    private static readonly int[] Batches = [1, 7, 64, 1000, 2050, 5000];

    [Theory]
    [InlineData(MiniBatchMethod.Momentum, false, FeatureStorage.Float32)]
    [InlineData(MiniBatchMethod.Momentum, true, FeatureStorage.Float16)]
    [InlineData(MiniBatchMethod.Adam, false, FeatureStorage.Float16)]
    [InlineData(MiniBatchMethod.Adam, true, FeatureStorage.Float32)]
    public void Steps_agree_with_the_naive_reference_at_every_shape(MiniBatchMethod method, bool weighted, FeatureStorage storage)
    {
        foreach (int rows in Rows)
        {
            foreach (int features in Features)
            {
                foreach (int batch in Batches)
                {
                    // The naive reference takes long over many samples, and a step for each of them is as many chances for
                    // rounding to turn Adam's first steps, which have the sign of the gradient alone.
                    if ((long)rows * features > 70_000 || rows / batch > 200) continue;
                    using var dataset = SyntheticData.Create(rows, features, seed: rows + features, weighted);
                    if (storage == FeatureStorage.Float16) dataset.Narrow();
                    if (dataset.TotalWeight == 0) continue;
                    using var engine = new CpuEngine(dataset, threads: 2);
                    var options = new MiniBatchOptions { BatchRows = batch, Method = method, Momentum = 0.8, Seed = 5 };
                    double rate = method == MiniBatchMethod.Adam ? 0.01 : 0.5 / features;
                    double difference = NaiveMiniBatches.RelativeDifference(engine, dataset, options, rate, l2: 0.01, epochs: 2);
                    Assert.True(difference <= 1e-4, $"{rows} × {features}, batches of {batch}: {difference:g3}");
                }
            }
        }
    }

    [Fact]
    public void A_batch_of_all_samples_is_a_step_of_gradient_descent()
    {
        using var dataset = SyntheticData.Create(rows: 1000, features: 12, weighted: true);
        using var engine = new CpuEngine(dataset);
        double[] start = SyntheticData.Parameters(12), gradient = new double[13], reached = new double[13];
        using var batches = engine.MiniBatches(
            new MiniBatchOptions { BatchRows = 1000, Method = MiniBatchMethod.Momentum }, dataset.TotalWeight, l2: 0.3, start);
        batches.Run(0, _ => 0.7);
        batches.Read(reached);
        engine.Pass(PassLoss.Logistic, start, gradient);
        for (int j = 0; j < start.Length; j++)
        {
            double slope = gradient[j] / dataset.TotalWeight + (j < 12 ? 0.3 * start[j] : 0);
            Assert.Equal(start[j] - 0.7 * slope, reached[j], 1e-6);
        }
    }

    [Theory]
    [InlineData(MiniBatchMethod.Momentum)]
    [InlineData(MiniBatchMethod.Adam)]
    public void The_same_steps_give_the_same_bits_at_any_number_of_threads(MiniBatchMethod method)
    {
        using var dataset = SyntheticData.Create(rows: 40_011, features: 29);
        var results = new List<double[]>();
        foreach (int threads in (int[])[1, 2, 2, 3, 5])
        {
            using var engine = new CpuEngine(dataset, threads);
            using var batches = engine.MiniBatches(
                new MiniBatchOptions { BatchRows = 3000, Method = method, Momentum = 0.9, Seed = 3 }, dataset.TotalWeight, 0, new double[30]);
            double[] parameters = new double[30];
            batches.Run(0, _ => 0.01);
            batches.Run(1, _ => 0.01);
            batches.Read(parameters);
            results.Add(parameters);
        }

        Assert.All(results, result => Assert.Equal(results[0], result));
    }

    [Fact]
    public void Another_seed_gives_another_order()
    {
        using var dataset = SyntheticData.Create(rows: 500, features: 3);
        double[] Reach(ulong seed)
        {
            using var engine = new CpuEngine(dataset);
            using var batches = engine.MiniBatches(
                new MiniBatchOptions { BatchRows = 10, Method = MiniBatchMethod.Momentum, Seed = seed }, dataset.TotalWeight, 0, new double[4]);
            double[] parameters = new double[4];
            batches.Run(0, _ => 0.1);
            batches.Read(parameters);
            return parameters;
        }

        Assert.Equal(Reach(1), Reach(1));
        Assert.NotEqual(Reach(1), Reach(2));
    }

    [Fact]
    public void An_epoch_counts_as_a_pass_and_passes_may_come_between()
    {
        using var dataset = SyntheticData.Create(rows: 300, features: 5);
        using var engine = new CpuEngine(dataset);
        var options = new MiniBatchOptions { BatchRows = 100, Method = MiniBatchMethod.Adam };
        using var batches = engine.MiniBatches(options, dataset.TotalWeight, 0, new double[6]);
        Assert.Equal(3, batches.StepsPerEpoch);
        double[] reached = new double[6];
        batches.Run(0, _ => 0.1);
        engine.Pass(PassLoss.Logistic, [9, 9, 9, 9, 9, 9], new double[6]);
        batches.Run(1, _ => 0.1);
        batches.Read(reached);
        Assert.Equal(3, engine.Passes);

        double[] expected = NaiveMiniBatches.Run(dataset, options, new double[6], rate: 0.1, l2: 0, epochs: 2);
        Assert.All(expected.Zip(reached), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Fact]
    public void Steps_are_numbered_over_all_epochs_and_get_their_own_rate()
    {
        using var dataset = SyntheticData.Create(rows: 100, features: 2);
        using var engine = new CpuEngine(dataset, threads: 1);
        using var batches = engine.MiniBatches(
            new MiniBatchOptions { BatchRows = 30, Method = MiniBatchMethod.Momentum }, dataset.TotalWeight, 0, new double[3]);
        var asked = new List<long>();
        double Rate(long step)
        {
            asked.Add(step);
            return 0;
        }

        batches.Run(0, Rate);
        batches.Run(1, Rate);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], asked);
    }

    [Fact]
    public void A_thread_that_fails_takes_the_others_with_it()
    {
        using var dataset = SyntheticData.Create(rows: 40_000, features: 29);
        using var engine = new CpuEngine(dataset, threads: 2);
        using var batches = engine.MiniBatches(
            new MiniBatchOptions { BatchRows = 8000, Method = MiniBatchMethod.Momentum }, dataset.TotalWeight, 0, new double[30]);
        Assert.Throws<InvalidOperationException>(() => batches.Run(0, step => step == 2 ? throw new FormatException() : 0.1));
    }

    [Fact]
    public void Registers_of_every_width_take_the_same_steps()
    {
        using var dataset = SyntheticData.Create(rows: 1000, features: 29, weighted: true);
        foreach (var width in Enum.GetValues<SimdWidth>().Where(width => width.IsSupported()))
        {
            using var engine = new CpuEngine(dataset, threads: 2, width);
            var options = new MiniBatchOptions { BatchRows = 128, Method = MiniBatchMethod.Adam, Seed = 9 };
            Assert.InRange(NaiveMiniBatches.RelativeDifference(engine, dataset, options, rate: 0.01, l2: 0, epochs: 3), 0, 1e-4);
        }
    }
}
