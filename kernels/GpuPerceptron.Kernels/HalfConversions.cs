using ILGPU;

namespace GpuPerceptron.Kernels;

/// <summary>How a device turns float16 into float32, exactly. Infinities and NaNs are not asked for: X is finite.</summary>
public interface IHalfConversion
{
    /// <summary>The value of a float16.</summary>
    /// <param name="bits">Its 16 bits; the others are 0.</param>
    float ToFloat(uint bits);
}

/// <summary>One instruction, on every CUDA device.</summary>
public readonly struct HalfInstruction : IHalfConversion
{
    /// <inheritdoc/>
    public float ToFloat(uint bits) => Interop.IntAsFloat((ushort)bits);
}

/// <summary>
/// Integer arithmetic, for OpenCL devices without <c>cl_khr_fp16</c>. Never touches a float32 denormal, which a device
/// may take for 0.
/// </summary>
public readonly struct HalfArithmetic : IHalfConversion
{
    private const uint ExponentUnit = 1u << 23;
    private const float SmallestNormal = 1f / (1 << 14);

    /// <inheritdoc/>
    public float ToFloat(uint bits)
    {
        // float32's exponent is biased by 127, float16's by 15. Where float16's is 0, its fraction f stands for 2⁻¹⁴·f
        // without the leading one: 2⁻¹⁴·(1 + f) − 2⁻¹⁴.
        uint magnitude = (bits & 0x7FFF) << 13;
        float value = magnitude < ExponentUnit
            ? Interop.IntAsFloat(magnitude + 113 * ExponentUnit) - SmallestNormal
            : Interop.IntAsFloat(magnitude + 112 * ExponentUnit);
        return (bits & 0x8000) == 0 ? value : -value;
    }
}
