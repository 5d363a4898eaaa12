using GpuPerceptron.Data;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Data;

public sealed class RowCopiesTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Rows_come_with_labels_and_weights_and_larger_samples_hold_smaller_ones(bool weighted, bool narrow)
    {
        using var dataset = SyntheticData.Create(rows: 3000, features: 7, weighted: weighted);
        if (narrow) dataset.Narrow();
        using var small = RowCopies.Draw(dataset, 100, seed: 4);
        using var large = RowCopies.Draw(dataset, 700, seed: 4);
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
