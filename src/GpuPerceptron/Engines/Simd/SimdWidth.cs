using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace GpuPerceptron.Engines.Simd;

/// <summary>The width of the registers that the cpu engine computes in.</summary>
public enum SimdWidth
{
    /// <summary>The widest that the processor is fast with.</summary>
    Auto,

    /// <summary>128 bits: SSE, or AdvSimd on Arm. Runs everywhere.</summary>
    Bits128,

    /// <summary>256 bits: AVX2 with FMA.</summary>
    Bits256,

    /// <summary>512 bits: AVX-512.</summary>
    Bits512,
}

/// <summary>What this machine can do.</summary>
public static class SimdWidths
{
    /// <summary>Whether the engine can compute in registers of a width here.</summary>
    /// <param name="width">The width.</param>
    public static bool IsSupported(this SimdWidth width) => width switch
    {
        SimdWidth.Bits512 => Avx512F.IsSupported && SimdWidth.Bits256.IsSupported(),
        SimdWidth.Bits256 => Avx2.IsSupported && Fma.IsSupported,
        _ => true,
    };

    /// <summary>The width itself, or where it is left open the widest that pays: some processors slow down in 512 bits.</summary>
    /// <param name="width">The width.</param>
    /// <exception cref="PlatformNotSupportedException">This processor has no such registers.</exception>
    public static SimdWidth Resolve(this SimdWidth width)
    {
        if (!width.IsSupported())
            throw new PlatformNotSupportedException($"this processor has no instructions for {width.Describe()}");
        if (width != SimdWidth.Auto) return width;
        return Vector512.IsHardwareAccelerated && SimdWidth.Bits512.IsSupported() ? SimdWidth.Bits512
            : SimdWidth.Bits256.IsSupported() ? SimdWidth.Bits256
            : SimdWidth.Bits128;
    }

    /// <summary>The instructions, in words.</summary>
    /// <param name="width">The width.</param>
    public static string Describe(this SimdWidth width) => width switch
    {
        SimdWidth.Auto => Describe(width.Resolve()),
        SimdWidth.Bits512 => "AVX-512",
        SimdWidth.Bits256 => "AVX2",
        _ when AdvSimd.IsSupported => "AdvSimd",
        _ => "128-bit SIMD",
    };
}
