using ILGPU;

namespace GpuPerceptron.Kernels;

/// <summary>How four neighbouring features of a row of X are loaded as float32. An empty struct.</summary>
public interface IColumn
{
    /// <summary>Loads a row's float4.</summary>
    /// <param name="row">The row.</param>
    /// <param name="column">From 0 to C − 1.</param>
    Float4 Load(ArrayView<Packet> row, int column);
}

/// <summary>A packet of float32.</summary>
public readonly struct Float32Column : IColumn
{
    /// <inheritdoc/>
    public Float4 Load(ArrayView<Packet> row, int column)
    {
        var stored = row[column];
        Float4 result;
        result.X = Interop.IntAsFloat(stored.X);
        result.Y = Interop.IntAsFloat(stored.Y);
        result.Z = Interop.IntAsFloat(stored.Z);
        result.W = Interop.IntAsFloat(stored.W);
        return result;
    }
}

/// <summary>Half a packet of float16.</summary>
/// <typeparam name="THalf">How a float16 becomes a float32.</typeparam>
public readonly struct HalfColumn<THalf> : IColumn
    where THalf : unmanaged, IHalfConversion
{
    /// <inheritdoc/>
    public Float4 Load(ArrayView<Packet> row, int column)
    {
        var stored = row[column / 2];
        uint first = column % 2 == 0 ? stored.X : stored.Z;
        uint second = column % 2 == 0 ? stored.Y : stored.W;
        Float4 result;
        result.X = default(THalf).ToFloat(first & 0xFFFF);
        result.Y = default(THalf).ToFloat(first >> 16);
        result.Z = default(THalf).ToFloat(second & 0xFFFF);
        result.W = default(THalf).ToFloat(second >> 16);
        return result;
    }
}
