using GpuPerceptron.Data;

namespace GpuPerceptron.Diagnostics;

/// <summary>Features of a block, however they are kept.</summary>
internal static unsafe class DatasetRows
{
    /// <summary>Whether a sample weighs more than 0: what does not counts for nothing.</summary>
    public static bool Weighs(SampleBlock block, int row) => !block.HasSampleWeights || block.SampleWeights[row] > 0;

    /// <summary>One value.</summary>
    public static float Value(SampleBlock block, int row, int column)
    {
        if (block.Sparse is { } sparse)
        {
            int place = sparse.ColumnsOf(row).IndexOf(column);
            return place < 0 ? 0f : sparse.ValuesOf(row)[place];
        }

        nint index = (nint)row * block.Stride + column;
        return block.Storage == FeatureStorage.Float16 ? (float)block.HalfPointer[index] : block.FeaturePointer[index];
    }

    /// <summary>A row.</summary>
    public static void Copy(SampleBlock block, int row, Span<float> target)
    {
        if (block.Sparse is { } sparse)
        {
            target.Clear();
            var columns = sparse.ColumnsOf(row);
            var values = sparse.ValuesOf(row);
            for (int k = 0; k < columns.Length; k++)
                target[columns[k]] = values[k];
            return;
        }

        if (block.Storage == FeatureStorage.Float32)
        {
            block.Row(row).CopyTo(target);
            return;
        }

        for (int j = 0; j < target.Length; j++)
            target[j] = Value(block, row, j);
    }
}
