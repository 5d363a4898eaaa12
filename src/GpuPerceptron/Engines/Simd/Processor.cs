using System.Runtime.Intrinsics.X86;

namespace GpuPerceptron.Engines.Simd;

/// <summary>The processor, as it describes itself.</summary>
/// <remarks>
/// The cache is in CPUID leaf 4 (Intel 64 and IA-32 Architectures Software Developer's Manual, vol. 2A) or 8000001Dh (AMD64 Architecture Programmer's
/// Manual, vol. 3), which have the same fields: ways, partitions, line and sets, each less one. AMD's comes first: a hypervisor may make up the other.
/// A hypervisor that empties both may still pass on AMD's older leaf 80000005h, which has KiB of data cache in the highest byte of ECX.
/// <para>
/// The kind decides sums' last bits, so it must not depend on which core is asked: where cores differ (Intel's hybrid processors) they have one maker
/// and several caches.
/// </para>
/// </remarks>
internal static class Processor
{
    private const int Usual = 32 << 10;
    private const int Data = 1; // a cache's type

    /// <summary>Bytes of the core's first-level data cache that answers; 32 KiB where it does not say.</summary>
    public static readonly int NearestCacheBytes = ReadNearestCache();

    /// <summary>Whether that is 48 KiB or more: Zen 5's, and Intel's since Ice Lake.</summary>
    public static readonly bool HasLargeCache = NearestCacheBytes >= 48 << 10;

    /// <summary>Its kind.</summary>
    public static readonly ProcessorKind Kind = IsIntel ? ProcessorKind.Intel : HasLargeCache ? ProcessorKind.LargeCache : ProcessorKind.SmallCache;

    private static bool IsIntel => X86Base.IsSupported && X86Base.CpuId(0, 0) is { Ebx: 0x756E_6547, Edx: 0x4965_6E69, Ecx: 0x6C65_746E }; // "GenuineIntel"

    private static int ReadNearestCache()
    {
        if (!X86Base.IsSupported) return Usual;
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
