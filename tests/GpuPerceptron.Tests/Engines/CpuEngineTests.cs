using System.Diagnostics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Engines.Simd;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Engines;

public sealed class CpuEngineTests
{
    private static readonly int[] Rows = [0, 1, 2, 7, 9, 31, 32, 33, 61, 1000];
    private static readonly int[] Features = [1, 3, 4, 5, 8, 9, 24, 28, 31, 32, 33, 52, 90, 111, 113, 129, 255, 257, 322, 1000, 1030, 2047, 2050, 8193];

    public static TheoryData<PassLoss, bool, FeatureStorage, SimdWidth> Cases()
    {
        var cases = new TheoryData<PassLoss, bool, FeatureStorage, SimdWidth>();
        foreach (var loss in Enum.GetValues<PassLoss>())
        {
            foreach (var width in Enum.GetValues<SimdWidth>())
            {
                cases.Add(loss, false, FeatureStorage.Float32, width);
                cases.Add(loss, true, FeatureStorage.Float32, width);
                cases.Add(loss, true, FeatureStorage.Float16, width);
            }

            cases.Add(loss, false, FeatureStorage.Float16, SimdWidth.Auto);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_pass_agrees_with_the_naive_reference_at_every_shape(
        PassLoss loss, bool weighted, FeatureStorage storage, SimdWidth width)
    {
        Assert.SkipUnless(width.IsSupported(), $"this processor has no {width} registers");
        foreach (int rows in Rows)
        {
            foreach (int features in Features)
            {
                if ((long)rows * features > 2_000_000) continue; // the naive reference would take seconds
                using var dataset = SyntheticData.Create(rows, features, seed: rows + features, weighted);
                if (storage == FeatureStorage.Float16) dataset.Narrow();
                using var engine = new CpuEngine(dataset, threads: 2, width);
                double difference = PassComparison.RelativeDifference(engine, loss, dataset, SyntheticData.Parameters(features));
                Assert.True(difference <= 1e-5, $"{rows} × {features}: {difference:g3}");
            }
        }
    }

    [Theory]
    [InlineData(SimdWidth.Bits128)]
    [InlineData(SimdWidth.Bits256)]
    [InlineData(SimdWidth.Bits512)]
    public void Float16_below_its_normal_numbers_meets_great_weights_and_small_residuals(SimdWidth width)
    {
        Assert.SkipUnless(width.IsSupported(), $"this processor has no {width} registers");
        foreach (int features in (int[])[3, 8, 28, 1000])
        {
            // x of whole multiples of 2⁻²⁴, all below the least normal half, 2⁻¹⁴; w so great that v is some 15, and s so that s·r is some 1.
            const int Samples = 100;
            float[] x = [.. Enumerable.Range(0, Samples * features).Select(i => MathF.ScaleB(1 + i % 31, -24))];
            float[] y = [.. Enumerable.Repeat(1f, Samples)], s = [.. Enumerable.Repeat(4e6f, Samples)];
            using var dataset = Dataset.FromRows(x, y, features, s);
            dataset.Narrow();
            using var engine = new CpuEngine(dataset, width: width);
            double[] parameters = [.. Enumerable.Repeat(Math.ScaleB(1.0 / features, 24), features), 0];
            double difference = PassComparison.RelativeDifference(engine, PassLoss.Logistic, dataset, parameters);
            Assert.True(difference <= 1e-5, $"{features} features: {difference:g3}");
        }
    }

    [Fact]
    public void What_lies_beyond_the_last_row_is_not_looked_at()
    {
        // Room for more rows than there are, and what was there before is no number.
        foreach (int features in (int[])[1, 5, 17, 24, 28, 29, 100, 132, 1000])
        {
            foreach (var (rows, storage) in ((int, FeatureStorage)[])[
                (3, FeatureStorage.Float32), (32, FeatureStorage.Float32), (61, FeatureStorage.Float32), (32, FeatureStorage.Float16), (61, FeatureStorage.Float16)])
            {
                using var block = new SampleBlock(features, capacity: 64);
                block.Append(64);
                for (int row = 0; row < 64; row++)
                    block.Row(row).Fill(float.NaN);
                block.Clear();
                block.Append(rows);
                using var dataset = new Dataset(features, hasSampleWeights: false, [block]);
                if (storage == FeatureStorage.Float16) dataset.Narrow();
                foreach (var width in Enum.GetValues<SimdWidth>().Where(width => width.IsSupported()))
                {
                    using var engine = new CpuEngine(dataset, width: width);
                    double[] gradient = new double[features + 1];
                    Assert.Equal(rows * Math.Log(2), engine.Pass(PassLoss.Logistic, new double[features + 1], gradient), 1e-5);
                    Assert.Equal([.. new double[features], 0.5 * rows], gradient);
                }
            }
        }
    }

    [Fact]
    public async Task Registers_that_the_processor_lacks_are_refused()
    {
        var missing = Enum.GetValues<SimdWidth>().Where(width => !width.IsSupported()).ToList();
        if (missing.Count == 0)
        {
            // This processor has them all, but the runtime can be told to see a lesser one: the test, in a process of its own.
            Assert.NotEqual("0", Environment.GetEnvironmentVariable("DOTNET_EnableAVX"));
            string method = $"{typeof(CpuEngineTests)}.{nameof(Registers_that_the_processor_lacks_are_refused)}";
            var start = new ProcessStartInfo("dotnet", [typeof(CpuEngineTests).Assembly.Location, "-method", method, "-noColor"])
            {
                RedirectStandardOutput = true,
                Environment = { ["DOTNET_EnableAVX"] = "0" },
            };
            using var process = Process.Start(start)!;
            string output = await process.StandardOutput.ReadToEndAsync();
            Assert.Contains("Total: 1, Errors: 0, Failed: 0, Skipped: 0", output, StringComparison.Ordinal);
            return;
        }

        using var dataset = SyntheticData.Create(rows: 10, features: 3);
        Assert.All(missing, width => Assert.Throws<PlatformNotSupportedException>(() => new CpuEngine(dataset, width: width)));
        using var engine = new CpuEngine(dataset);
        Assert.Equal(0, engine.Passes);
    }

    [Theory]
    [InlineData(1e4)]
    [InlineData(-1e4)]
    public void Logits_of_ten_thousand_neither_overflow_nor_lose_the_answer(double logit)
    {
        using var dataset = SyntheticData.Create(rows: 100, features: 3);
        using var engine = new CpuEngine(dataset);
        double[] parameters = [1, -1, 0.5, logit];
        Assert.True(PassComparison.RelativeDifference(engine, PassLoss.Logistic, dataset, parameters) <= 1e-5);
    }

    [Fact]
    public void A_loss_far_below_one_keeps_its_digits()
    {
        // Every sample right by a margin of 30: ℓ = e⁻³⁰ and |z − y| = e⁻³⁰, which sums with 1 in float32 would lose.
        using var dataset = Data(rows: 64, x: i => i % 2 == 0 ? 30 : -30, y: i => i % 2 == 0 ? 1 : 0);
        using var engine = new CpuEngine(dataset);
        Assert.True(PassComparison.RelativeDifference(engine, PassLoss.Logistic, dataset, [1, 0]) <= 1e-5);
    }

    [Fact]
    public void A_sample_of_weight_zero_counts_for_nothing_even_where_its_logit_overflows()
    {
        using var dataset = Dataset.FromRows([1f, float.MaxValue], [1f, 0f], 1, [1f, 0f]);
        using var engine = new CpuEngine(dataset);
        double[] gradient = new double[2];
        double loss = engine.Pass(PassLoss.Logistic, [4, 0], gradient);
        Assert.Equal(NaiveReference.Softplus(-4), loss, 1e-7);
        Assert.Equal(NaiveReference.Sigmoid(4) - 1, gradient[0], 1e-7);
    }

    [Fact]
    public void The_same_pass_gives_the_same_bits_at_any_number_of_threads()
    {
        using var dataset = SyntheticData.Create(rows: 20_011, features: 29);
        double[] parameters = SyntheticData.Parameters(29);
        var results = new List<double[]>();
        foreach (int threads in (int[])[1, 2, 2, 5])
        {
            using var engine = new CpuEngine(dataset, threads);
            double[] gradient = new double[30];
            double loss = engine.Pass(PassLoss.Logistic, parameters, gradient);
            results.Add([loss, .. gradient]);
        }

        Assert.All(results, result => Assert.Equal(results[0], result));
    }

    [Fact]
    public void The_gradient_is_the_derivative_of_the_loss()
    {
        using var dataset = SyntheticData.Create(rows: 500, features: 12, weighted: true);
        using var engine = new CpuEngine(dataset);
        double[] parameters = [.. SyntheticData.Parameters(12).Select(value => (double)(float)value)];
        double[] gradient = new double[13], unused = new double[13];
        engine.Pass(PassLoss.Logistic, parameters, gradient);
        // Steps that float32 parameters represent exactly, losses in float64: the difference is of the formula alone.
        const double Step = 1.0 / 1024;
        for (int j = 0; j < parameters.Length; j++)
        {
            double[] up = [.. parameters], down = [.. parameters];
            up[j] = (float)(up[j] + Step);
            down[j] = (float)(down[j] - Step);
            double slope = (NaiveReference.Pass(PassLoss.Logistic, dataset, up, unused)
                - NaiveReference.Pass(PassLoss.Logistic, dataset, down, unused)) / (up[j] - down[j]);
            Assert.Equal(slope, gradient[j], 1e-5 * gradient.Max(Math.Abs));
        }
    }

    [Fact]
    public void A_gradient_over_a_million_rows_is_right_to_a_millionth()
    {
        using var dataset = SyntheticData.Logistic(rows: 1_000_000, features: 3);
        using var engine = new CpuEngine(dataset);
        Assert.True(PassComparison.RelativeDifference(engine, PassLoss.Logistic, dataset, [0.5, -2, 1, 3]) <= 1e-6);
    }

    private static Dataset Data(int rows, Func<int, float> x, Func<int, float> y) =>
        Dataset.FromRows([.. Enumerable.Range(0, rows).Select(x)], [.. Enumerable.Range(0, rows).Select(y)], 1);
}
