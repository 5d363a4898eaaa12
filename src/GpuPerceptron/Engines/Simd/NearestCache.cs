using System.Runtime.Intrinsics.X86;

namespace GpuPerceptron.Engines.Simd;

/// <summary>A core's first-level data cache, as the processor describes it.</summary>
/// <remarks>
/// CPUID leaf 4 (Intel 64 and IA-32 Architectures Software Developer's Manual, vol. 2A) or 8000001Dh (AMD64 Architecture Programmer's
/// Manual, vol. 3), which have the same fields: ways, partitions, line and sets, each less one. AMD's comes first: a hypervisor may make up the other.
/// A hypervisor that empties both may still pass on AMD's older leaf 80000005h, which has KiB of data cache in the highest byte of ECX.
/// <para>Where cores differ (Intel's hybrid processors), which one answers is chance, and sums would differ in their last bits from run to run: there it is the usual one.</para>
/// </remarks>
internal static class NearestCache
{
    private const int Usual = 32 << 10;
    private const int Data = 1; // a cache's type
    private const int Features = 7; // a leaf

    /// <summary>Bytes; 32 KiB where the processor does not say.</summary>
    public static readonly int Bytes = Read();

    /// <summary>48 KiB or more: Zen 5, and Intel's since Ice Lake, but for hybrid ones.</summary>
    public static readonly bool IsLarge = Bytes >= 48 << 10;

    /// <summary>Whether the processor's cores are of several kinds.</summary>
    public static bool IsHybrid => X86Base.IsSupported && Has(Features) && (X86Base.CpuId(Features, 0).Edx >> 15 & 1) != 0;

    private static int Read()
    {
        if (!X86Base.IsSupported || IsHybrid) return Usual;
        foreach (int leaf in (ReadOnlySpan<int>)[unchecked((int)0x8000_001D), 4])
        {
            if (!Has(leaf)) continue;
            for (int i = 0; i < 4; i++)
            {
                var (kind, shape, sets, _) = X86Base.CpuId(leaf, i);
                int level = kind >> 5 & 7;
                if ((kind & 31) != Data || level != 1) continue;
                return ((shape >>> 22) + 1) * ((shape >> 12 & 1023) + 1) * ((shape & 4095) + 1) * (sets + 1);
            }
        }

        const int older = unchecked((int)0x8000_0005);
        int kib = Has(older) ? X86Base.CpuId(older, 0).Ecx >>> 24 : 0; // zeros on Intel's
        return kib > 0 ? kib << 10 : Usual;
    }

    private static bool Has(int leaf) => (uint)X86Base.CpuId(leaf & int.MinValue, 0).Eax >= (uint)leaf;
}
