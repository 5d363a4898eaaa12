using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace GpuPerceptron.Kernels;

/// <summary>
/// Sixteen consecutive bytes of a row of X, as they are stored: the most that a GPU's lane loads at once.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
public struct Packet
{
    /// <summary>Its size.</summary>
    public const int Bytes = 16;

    internal uint X;
    internal uint Y;
    internal uint Z;
    internal uint W;
}

/// <summary>What a <see cref="Packet"/> holds.</summary>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "The formats are what it names.")]
public enum PacketFormat
{
    /// <summary>Four features in float32.</summary>
    Float32,

    /// <summary>Eight features in float16.</summary>
    Float16,
}

/// <summary>A row of X: ⌈M/4⌉ or ⌈M/8⌉ packets for M features, zeros at the end.</summary>
/// <param name="Format">What its packets hold.</param>
/// <param name="Packets">P.</param>
public readonly record struct RowShape(PacketFormat Format, int Packets)
{
    /// <summary>C: float4s of weights, or of gradient, that belong to a row.</summary>
    public int Columns => Packets * (Format == PacketFormat.Float16 ? 2 : 1);
}
