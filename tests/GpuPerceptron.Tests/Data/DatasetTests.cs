using GpuPerceptron.Data;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Data;

public sealed class DatasetTests
{
    [Fact]
    public unsafe void Rows_are_padded_with_zeros_to_sixteen_bytes_and_start_aligned()
    {
        using var dataset = Dataset.FromRows([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [0, 1], 5);
        var block = Assert.Single(dataset.Blocks);
        Assert.Equal(8, block.Stride);
        Assert.Equal(0, (long)block.FeaturePointer % 64);
        Assert.Equal([1, 2, 3, 4, 5, 0, 0, 0, 6, 7, 8, 9, 10, 0, 0, 0], new ReadOnlySpan<float>(block.FeaturePointer, 16));
        Assert.Equal(1, dataset.Positives);
        Assert.Equal(2, dataset.TotalWeight);
    }

    [Fact]
    public void A_table_larger_than_a_block_keeps_its_order_over_the_blocks()
    {
        const int Rows = 300_000, Features = 30;
        float[] x = new float[Rows * Features];
        for (int i = 0; i < Rows; i++)
            x[i * Features] = i;
        float[] y = [.. Enumerable.Range(0, Rows).Select(i => (float)(i % 2))];

        using var dataset = Dataset.FromRows(x, y, Features);

        Assert.True(dataset.Blocks.Count > 1);
        int row = 0;
        foreach (var block in dataset.Blocks)
        {
            for (int i = 0; i < block.Rows; i++, row++)
            {
                Assert.Equal(row, block.Row(i)[0]);
                Assert.Equal(row % 2, block.Labels[i]);
            }
        }

        Assert.Equal(Rows, row);
    }

    [Fact]
    public void Transform_keeps_the_chosen_columns_and_standardises_them()
    {
        using var dataset = Dataset.FromRows([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [0, 1], 5);
        dataset.Transform(keep: [0, 4], offset: [1, 0], factor: [2, 0.5]);
        Assert.Equal(2, dataset.Features);
        Assert.Equal(4, dataset.Stride);
        Assert.Equal([0, 2.5f], dataset.Blocks[0].Row(0));
        Assert.Equal([10, 5], dataset.Blocks[0].Row(1));
    }

    [Fact]
    public void Statistics_are_those_of_float64_even_where_the_mean_is_far_from_zero()
    {
        using var dataset = SyntheticData.Create(rows: 5000, features: 3, scale: 0.5);
        foreach (var block in dataset.Blocks)
        {
            for (int i = 0; i < block.Rows; i++)
            {
                block.Row(i)[1] = 1e6f + i % 10; // exact in float32
                block.Row(i)[2] = 42;
            }
        }

        var statistics = ColumnStatistics.Compute(dataset);

        Assert.Equal(1e6 + 4.5, statistics.Mean[1], 1e-6);
        Assert.Equal(Math.Sqrt(8.25), statistics.StandardDeviation[1], 1e-9);
        Assert.Equal((1e6f, 1e6f + 9), (statistics.Minimum[1], statistics.Maximum[1]));
        Assert.Equal([false, false, true], Enumerable.Range(0, 3).Select(statistics.IsConstant));
        Assert.Equal((42, 0), (statistics.Mean[2], statistics.StandardDeviation[2]));
    }

    [Theory]
    [InlineData(new float[] { 1, 2, 3 }, new float[] { 0, 1 }, 2, "4 feature values")]
    [InlineData(new float[] { 1, 2 }, new float[] { 0, 2 }, 1, "label of sample 1 is 2")]
    [InlineData(new float[] { }, new float[] { }, 0, "at least one")]
    public void Rows_that_do_not_fit_are_refused(float[] features, float[] labels, int featureCount, string says)
    {
        var failure = Assert.Throws<PerceptronException>(() => Dataset.FromRows(features, labels, featureCount));
        Assert.Equal(Fault.Data, failure.Fault);
        Assert.Contains(says, failure.Message);
    }

    [Theory]
    [InlineData(-1f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_weight_that_is_none_is_refused(float weight) =>
        Assert.Contains("weight of sample 1", Assert.Throws<PerceptronException>(
            () => Dataset.FromRows([1f, 2f], [0f, 1f], 1, [1f, weight])).Message);
}
