using GpuPerceptron.Data;
using Xunit;

namespace GpuPerceptron.Tests.Data;

public sealed class MissingValueTests
{
    private static readonly float[] Features =
    [
        float.NaN, 1, 5, float.NaN, 2,
        3, float.NaN, 5, float.NaN, 4,
        7, 5, float.NaN, float.NaN, 6,
    ];

    [Fact]
    public void Statistics_pass_over_missing_values_and_count_them()
    {
        using var dataset = Dataset.FromRows(Features, [0, 1, 1], 5);
        var statistics = ColumnStatistics.Compute(dataset);
        Assert.Equal([1, 1, 1, 3, 0], statistics.Missing);
        Assert.Equal([5, 3, 5, 0, 4], statistics.Mean);
        Assert.Equal([2, 2, 0, 0, Math.Sqrt(8 / 3.0)], statistics.StandardDeviation);
        Assert.Equal([3, 1, 5, 0, 2], statistics.Minimum);
        Assert.Equal([7, 5, 5, 0, 6], statistics.Maximum);
        Assert.Equal([false, false, true, true, false], Enumerable.Range(0, 5).Select(statistics.IsConstant));
    }

    [Fact]
    public void Missing_values_become_what_is_asked_for()
    {
        using var dataset = Dataset.FromRows(Features, [0, 1, 1], 5);
        dataset.Transform([0, 1, 2, 3, 4], [1, 1, 1, 1, 1], [2, 2, 2, 2, 2], [10, 20, 30, 40, 50]);
        Assert.Equal([10, 0, 8, 40, 2], dataset.Blocks[0].Row(0));
        Assert.Equal([4, 20, 8, 40, 6], dataset.Blocks[0].Row(1));
        Assert.Equal([12, 8, 30, 40, 10], dataset.Blocks[0].Row(2));
    }

    [Fact]
    public void Labels_can_be_exchanged()
    {
        using var builder = new DatasetBuilder(1);
        var rows = builder.Reserve(3);
        rows.Labels[1] = 1;
        builder.ExchangeLabels();
        using var dataset = builder.Build();
        Assert.Equal<byte>([1, 0, 1], dataset.Blocks[0].Labels.ToArray());
        Assert.Equal(2, dataset.Positives);
    }
}
