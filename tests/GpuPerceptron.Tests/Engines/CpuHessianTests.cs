using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Engines.Simd;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Engines;

public sealed class CpuHessianTests
{
    private static readonly int[] Rows = [0, 1, 2, 7, 9, 15, 16, 17, 61, 300, 512, 513, 1000];
    private static readonly int[] Features = [.. Enumerable.Range(1, 33), 47, 63, 64, 100, 129, 255, 256, 300]; // of up to 32 each has code of its own

    public static MatrixTheoryData<FeatureStorage, bool, SimdWidth> Cases =>
        new([FeatureStorage.Float32, FeatureStorage.Float16], [false, true], Enum.GetValues<SimdWidth>());

    [Theory]
    [MemberData(nameof(Cases))]
    public void It_agrees_with_the_naive_reference_at_every_shape(FeatureStorage storage, bool weighted, SimdWidth width)
    {
        Assert.SkipUnless(width.IsSupported(), $"this processor has no {width} registers");
        foreach (int rows in Rows)
        {
            foreach (int features in Features)
            {
                if ((long)rows * features * features > 4_000_000) continue; // the naive reference would take seconds
                using var dataset = SyntheticData.Create(rows, features, seed: rows + features, weighted);
                if (storage == FeatureStorage.Float16) dataset.Narrow();
                using var engine = new CpuEngine(dataset, threads: 2, width);
                double difference = PassComparison.HessianRelativeDifference(engine, dataset, SyntheticData.Parameters(features));
                Assert.True(difference <= 1e-5, $"{rows} × {features}: {difference:g3}");
            }
        }
    }

    [Theory]
    [InlineData(SimdWidth.Bits128)]
    [InlineData(SimdWidth.Bits256)]
    [InlineData(SimdWidth.Bits512)]
    public void Entries_are_right_whatever_the_features_sizes(SimdWidth width)
    {
        Assert.SkipUnless(width.IsSupported(), $"this processor has no {width} registers");
        foreach (int features in (int[])[5, 16, 28, 32, 40, 140])
        {
            using var dataset = SyntheticData.Create(1_100, features, weighted: features % 2 == 0);
            foreach (var block in dataset.Blocks)
            {
                for (int i = 0; i < block.Rows; i++)
                {
                    for (int j = 0; j < features; j++)
                        block.Row(i)[j] *= MathF.Pow(10, j % 7 - 3);
                }
            }

            double[] parameters = [.. Enumerable.Range(0, features + 1).Select(j => j < features ? Math.Sin(j) / Math.Pow(10, j % 7 - 3) / features : 0.1)];
            int order = features + 1;
            double[] gradient = new double[order], hessian = new double[order * order], expected = new double[order * order];
            NaiveReference.HessianPass(dataset, parameters, gradient, expected);
            using var engine = new CpuEngine(dataset, threads: 2, width);
            engine.HessianPass(parameters, gradient, hessian);
            for (int i = 0; i < order; i++)
            {
                for (int j = 0; j < order; j++)
                {
                    double size = Math.Sqrt(expected[i * order + i] * expected[j * order + j]);
                    Assert.Equal(expected[i * order + j] / size, hessian[i * order + j] / size, 3e-6);
                }
            }
        }
    }

    [Theory]
    [InlineData(3_000, 28)]
    [InlineData(6_000, 1_000)]
    public void The_number_of_threads_leaves_no_trace(int rows, int features)
    {
        // Losses of very different size, so that their sum's last digits tell in which order they were added.
        using var dataset = SyntheticData.Create(rows, features, weighted: true);
        foreach (var block in dataset.Blocks)
        {
            for (int i = 0; i < block.Rows; i++)
                block.SampleWeights[i] = i < 256 ? 1f : 1e-15f * (1 + i % 7);
        }

        double[] parameters = SyntheticData.Parameters(features, scale: 0.3);
        double[] one = Pass(1);
        Assert.Equal(one, Pass(2));
        Assert.Equal(one, Pass(3));

        double[] Pass(int threads)
        {
            using var engine = new CpuEngine(dataset, threads);
            double[] gradient = new double[features + 1], hessian = new double[(features + 1) * (features + 1)];
            return [engine.HessianPass(parameters, gradient, hessian), .. gradient, .. hessian];
        }
    }
}
