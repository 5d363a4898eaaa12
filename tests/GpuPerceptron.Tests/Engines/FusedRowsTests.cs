using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Engines.Host;
using GpuPerceptron.Engines.Simd;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Engines;

public sealed unsafe class FusedRowsTests
{
    /// <summary>Of rows through every kind of loop, in float32 and float16.</summary>
    private static readonly int[] Features = [3, 8, 20, 28, 40, 52, 100, 200, 400, 1_000, 1_200, 2_100];

    [Theory]
    [InlineData(SimdWidth.Bits128)]
    [InlineData(SimdWidth.Bits256)]
    [InlineData(SimdWidth.Bits512)]
    public void Sums_have_the_same_bits_in_parts_as_at_once(SimdWidth width)
    {
        Assert.SkipUnless(width.IsSupported(), $"this processor has no {width} registers");
        foreach (int features in Features)
        {
            foreach (var storage in (FeatureStorage[])[FeatureStorage.Float32, FeatureStorage.Float16])
            {
                int part = FusedRows.FlushMultiple(SampleBlock.StrideFor(features) * (storage == FeatureStorage.Float16 ? 2 : 4));
                using var dataset = SyntheticData.Create(2 * part + 61, features, weighted: features % 8 == 0);
                if (storage == FeatureStorage.Float16) dataset.Narrow();
                Assert.Equal(SumsOf(dataset, width, dataset.Blocks.Sum(block => block.Rows)), SumsOf(dataset, width, part));
            }
        }
    }

    /// <summary>The loss, the bias's gradient and the weights', of passes over so many rows at a time.</summary>
    private static double[] SumsOf(Dataset dataset, SimdWidth width, int part)
    {
        var rows = FusedRows.Create(width);
        var block = Assert.Single(dataset.Blocks);
        using var scratch = new PassScratch(block.Stride);
        var sums = new PassSums(block.Stride);
        float[] weights = new float[FusedRows.PaddedStride(block.Stride)];
        for (int j = 0; j < dataset.Features; j++)
            weights[j] = MathF.Sin(j) / MathF.Sqrt(dataset.Features);
        fixed (float* w = weights)
        {
            for (int first = 0; first < block.Rows; first += part)
                rows.Pass(PassLoss.Logistic, block, first, Math.Min(part, block.Rows - first), w, 0.1f, scratch, sums);
        }

        return [sums.Loss, sums.BiasGradient, .. sums.Gradient.AsSpan(0, dataset.Features)];
    }
}
