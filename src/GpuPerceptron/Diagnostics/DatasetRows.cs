using GpuPerceptron.Data;

namespace GpuPerceptron.Diagnostics;

/// <summary>Features of a block, however they are kept.</summary>
internal static unsafe class DatasetRows
{
    /// <summary>One value.</summary>
    public static float Value(SampleBlock block, int row, int column)
    {
        nint index = (nint)row * block.Stride + column;
        return block.Storage == FeatureStorage.Float16 ? (float)block.HalfPointer[index] : block.FeaturePointer[index];
    }

    /// <summary>A row.</summary>
    public static void Copy(SampleBlock block, int row, Span<float> target)
    {
        if (block.Storage == FeatureStorage.Float32)
        {
            block.Row(row).CopyTo(target);
            return;
        }

        for (int j = 0; j < target.Length; j++)
            target[j] = Value(block, row, j);
    }
}
