using GpuPerceptron.Data;

namespace GpuPerceptron.Testing;

/// <summary>Datasets that lie in a file.</summary>
public static class StreamedData
{
    /// <summary>A copy of a dataset in float32, sparse if that is, in a file that goes with it.</summary>
    public static Dataset CopyOf(Dataset dataset)
    {
        string path = Path.Combine(Path.GetTempPath(), $"gpuperceptron-tests-{Guid.NewGuid():N}.samples");
        using var spill = new SampleSpill(0, () => SampleFile.Create(path));
        if (dataset.IsSparse) return SparseDataset.Store(dataset, spill.File);
        using var builder = new DatasetBuilder(dataset.Features, dataset.HasSampleWeights, spill);
        foreach (var block in dataset.Blocks)
        {
            for (int row = 0; row < block.Rows; row++)
            {
                var target = builder.Reserve(1);
                block.Row(row).CopyTo(target.Row(0));
                target.Labels[0] = block.Labels[row];
                if (dataset.HasSampleWeights) target.SampleWeights[0] = block.SampleWeights[row];
            }
        }

        return builder.Build();
    }
}
