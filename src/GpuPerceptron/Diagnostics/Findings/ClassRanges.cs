using GpuPerceptron.Data;

namespace GpuPerceptron.Diagnostics.Findings;

/// <summary>
/// Each column's least and greatest value among the samples of either label, of weight above 0: what shows whether a feature
/// tells the classes apart by itself.
/// </summary>
internal sealed class ClassRanges
{
    private ClassRanges(int features)
    {
        Minimum = [Filled(features, float.PositiveInfinity), Filled(features, float.PositiveInfinity)];
        Maximum = [Filled(features, float.NegativeInfinity), Filled(features, float.NegativeInfinity)];
    }

    /// <summary>The least values, by label and column.</summary>
    public float[][] Minimum { get; }

    /// <summary>The greatest values, by label and column.</summary>
    public float[][] Maximum { get; }

    /// <summary>Reads X once.</summary>
    public static ClassRanges Of(Dataset dataset)
    {
        var blocks = new ClassRanges[dataset.Blocks.Count];
        dataset.ReadParallel((index, block) =>
        {
            blocks[index] = new ClassRanges(dataset.Features);
            blocks[index].Add(block);
        });
        var all = new ClassRanges(dataset.Features);
        foreach (var block in blocks)
            all.Add(block);
        return all;
    }

    private static float[] Filled(int count, float value)
    {
        float[] values = new float[count];
        Array.Fill(values, value);
        return values;
    }

    private void Add(SampleBlock block)
    {
        float[] row = new float[block.Features];
        for (int i = 0; i < block.Rows; i++)
        {
            if (!DatasetRows.Weighs(block, i)) continue;
            int label = block.Labels[i] != 0 ? 1 : 0;
            float[] minimum = Minimum[label], maximum = Maximum[label];
            DatasetRows.Copy(block, i, row);
            for (int j = 0; j < row.Length; j++)
            {
                minimum[j] = Math.Min(minimum[j], row[j]);
                maximum[j] = Math.Max(maximum[j], row[j]);
            }
        }
    }

    private void Add(ClassRanges other)
    {
        for (int label = 0; label < 2; label++)
        {
            for (int j = 0; j < Minimum[label].Length; j++)
            {
                Minimum[label][j] = Math.Min(Minimum[label][j], other.Minimum[label][j]);
                Maximum[label][j] = Math.Max(Maximum[label][j], other.Maximum[label][j]);
            }
        }
    }
}
