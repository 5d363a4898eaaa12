using GpuPerceptron.Data;

namespace GpuPerceptron.Testing;

/// <summary>Made sparse data, and the same numbers dense: the same arguments give the same bits.</summary>
public static class SparseData
{
    /// <summary>
    /// Features that are 0 but for a part of about <paramref name="density"/>, falling with the column; some rows are empty.
    /// Labels are drawn from a logistic model.
    /// </summary>
    public static (Dataset Dense, Dataset Sparse) Create(int rows, int features, double density = 0.1, int seed = 1,
        bool weighted = false)
    {
        var random = new Random(seed);
        double[] w = [.. Enumerable.Range(0, features).Select(_ => 2 * random.NextDouble() - 1)];
        float[] x = new float[rows * features], y = new float[rows], s = weighted ? new float[rows] : [];
        for (int i = 0; i < rows; i++)
        {
            double v = 0.2;
            for (int j = 0; j < features && i % 11 != 5; j++)
            {
                if (random.NextDouble() > 2 * density * (features - j) / features) continue;
                x[i * features + j] = (float)(2 * random.NextDouble() - 0.7);
                v += w[j] * x[i * features + j];
            }

            y[i] = random.NextDouble() < NaiveReference.Sigmoid(v) ? 1 : 0;
            if (weighted) s[i] = i % 7 == 3 ? 0f : (float)(2 * random.NextDouble());
        }

        var dense = Dataset.FromRows(x, y, features, s);
        return (dense, Of(dense));
    }

    /// <summary>The same samples, sparse.</summary>
    public static Dataset Of(Dataset dense)
    {
        var starts = new List<long> { 0 };
        var (columns, values, labels, weights) = (new List<int>(), new List<float>(), new List<float>(), new List<float>());
        foreach (var block in dense.Blocks)
        {
            for (int row = 0; row < block.Rows; row++)
            {
                for (int j = 0; j < dense.Features; j++)
                {
                    if (block.Row(row)[j] == 0) continue;
                    columns.Add(j);
                    values.Add(block.Row(row)[j]);
                }

                starts.Add(values.Count);
                labels.Add(block.Labels[row]);
                if (dense.HasSampleWeights) weights.Add(block.SampleWeights[row]);
            }
        }

        return Dataset.FromSparseRows([.. starts], [.. columns], [.. values], [.. labels], dense.Features, [.. weights]);
    }
}
