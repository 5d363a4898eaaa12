using System.Runtime.InteropServices;

namespace GpuPerceptron.Kernels;

/// <summary>Four consecutive float32 numbers of weights or gradient.</summary>
[StructLayout(LayoutKind.Sequential, Size = Count * sizeof(float))]
public struct Float4
{
    /// <summary>Floats in one.</summary>
    public const int Count = 4;

    internal float X;
    internal float Y;
    internal float Z;
    internal float W;

    /// <summary>a·b + c, element by element.</summary>
    /// <param name="a">The factor.</param>
    /// <param name="b">What is multiplied.</param>
    /// <param name="c">What is added.</param>
    public static Float4 MultiplyAdd(float a, Float4 b, Float4 c)
    {
        Float4 result;
        result.X = a * b.X + c.X;
        result.Y = a * b.Y + c.Y;
        result.Z = a * b.Z + c.Z;
        result.W = a * b.W + c.W;
        return result;
    }

    /// <summary>The inner product.</summary>
    /// <param name="a">The first factor.</param>
    /// <param name="b">The second factor.</param>
    public static float Dot(Float4 a, Float4 b) => a.X * b.X + a.Y * b.Y + a.Z * b.Z + a.W * b.W;
}
