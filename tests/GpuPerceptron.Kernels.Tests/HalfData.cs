using GpuPerceptron.Data;
using GpuPerceptron.Testing;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>Made data in float16, and the same values in float32 for the reference.</summary>
internal sealed class HalfData : IDisposable
{
    /// <summary>As <see cref="SyntheticData.Create"/> makes it, rounded to float16.</summary>
    public HalfData(int rows, int features, bool weighted = false, double scale = 1)
    {
        Stored = SyntheticData.Create(rows, features, weighted: weighted, scale: scale);
        Stored.Narrow();
        Widened = SyntheticData.Create(rows, features, weighted: weighted, scale: scale);
        foreach (var block in Widened.Blocks)
        {
            for (int i = 0; i < block.Rows; i++)
            {
                foreach (ref float value in block.Row(i))
                    value = (float)(Half)value;
            }
        }
    }

    /// <summary>In float16.</summary>
    public Dataset Stored { get; }

    /// <summary>The same values in float32.</summary>
    public Dataset Widened { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stored.Dispose();
        Widened.Dispose();
    }
}
