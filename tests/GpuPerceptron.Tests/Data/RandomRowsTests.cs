using GpuPerceptron.Data;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Data;

public sealed class RandomRowsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(64)]
    [InlineData(1000)]
    [InlineData(4097)]
    public void A_random_order_is_an_order(int count)
    {
        var order = new RandomOrder(count, seed: 3);
        long[] items = [.. Enumerable.Range(0, count).Select(place => order[place])];
        Assert.Equal(Enumerable.Range(0, count).Select(i => (long)i), items.Order());
        if (count >= 64) Assert.NotEqual(items.Order(), items);
    }

    [Fact]
    public void Its_beginning_is_spread_evenly_over_all_items()
    {
        var order = new RandomOrder(1_000_000, seed: 1);
        int[] tenths = new int[10];
        for (int place = 0; place < 10_000; place++)
            tenths[order[place] / 100_000]++;
        Assert.All(tenths, count => Assert.InRange(count, 850, 1150)); // 1000 ± 5 deviations
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Rows_come_with_labels_and_weights_and_larger_samples_hold_smaller_ones(bool weighted, bool narrow)
    {
        using var dataset = SyntheticData.Create(rows: 3000, features: 7, weighted: weighted);
        if (narrow) dataset.Narrow();
        using var small = RandomRows.Draw(dataset, 100, seed: 4);
        using var large = RandomRows.Draw(dataset, 700, seed: 4);
        Assert.Equal(100, small.Samples);
        Assert.Equal(Rows(small), Rows(large).Take(100));
        var all = Rows(dataset).ToHashSet();
        Assert.All(Rows(large), row => Assert.Contains(row, all));
        Assert.Equal(700, Rows(large).Distinct().Count());
    }

    private static unsafe List<string> Rows(Dataset dataset)
    {
        var rows = new List<string>();
        foreach (var block in dataset.Blocks)
        {
            for (int i = 0; i < block.Rows; i++)
            {
                float[] x = new float[block.Features];
                for (int j = 0; j < x.Length; j++)
                    x[j] = block.Storage == FeatureStorage.Float16 ? (float)block.HalfPointer[i * block.Stride + j] : block.Row(i)[j];
                rows.Add($"{string.Join(' ', x)} {block.Labels[i]} {(block.HasSampleWeights ? block.SampleWeights[i] : 1)}");
            }
        }

        return rows;
    }
}
