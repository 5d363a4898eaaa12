using GpuPerceptron.Data;

namespace GpuPerceptron.Diagnostics.Gradients;

/// <summary>Draws rows at random, each as likely as any other, and keeps their order.</summary>
internal static class RowSample
{
    /// <summary>Copies some rows.</summary>
    /// <param name="dataset">Features in float32.</param>
    /// <param name="rows">How many; all where there are no more.</param>
    /// <param name="seed">Of the draw.</param>
    public static Dataset Take(Dataset dataset, long rows, ulong seed)
    {
        // Selection sampling (Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S).
        var random = new Random(unchecked((int)(seed ^ (seed >> 32))));
        using var builder = new DatasetBuilder(dataset.Features, dataset.HasSampleWeights);
        long left = dataset.Samples;
        foreach (var block in dataset.Read())
        {
            for (int row = 0; row < block.Rows; row++, left--)
            {
                if (random.NextDouble() * left >= rows) continue;
                rows--;
                var target = builder.Reserve(1);
                block.Row(row).CopyTo(target.Row(0));
                target.Labels[0] = block.Labels[row];
                if (dataset.HasSampleWeights) target.SampleWeights[0] = block.SampleWeights[row];
            }
        }

        return builder.Build();
    }
}
