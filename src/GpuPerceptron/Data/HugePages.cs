using System.Runtime.InteropServices;

namespace GpuPerceptron.Data;

/// <summary>Memory in pages of 2 MiB where Linux grants them: fewer faults when it is filled, fewer walks when it is read.</summary>
internal static unsafe partial class HugePages
{
    /// <summary>Bytes a page.</summary>
    public const int Bytes = 2 << 20;

    private const int Advice = 14; // MADV_HUGEPAGE
    private const int LeastOfLastPage = Bytes / 8;

    /// <summary>
    /// Native memory, to be freed as aligned memory; that of a page or more begins one, and ends one unless little of the last is
    /// used: small pages cost a fault each, which on a virtual machine takes up to a hundred times as long as their share of a large one.
    /// </summary>
    /// <param name="bytes">How much.</param>
    /// <param name="alignment">Of less than a page: a power of two.</param>
    public static void* Allocate(nuint bytes, int alignment)
    {
        if (bytes < Bytes || !OperatingSystem.IsLinux())
            return NativeMemory.AlignedAlloc(bytes, (nuint)alignment);
        if (bytes % Bytes > LeastOfLastPage)
            bytes = (bytes + Bytes - 1) / Bytes * Bytes;
        void* memory = NativeMemory.AlignedAlloc(bytes, Bytes);
        _ = Advise(memory, bytes / Bytes * Bytes, Advice); // a wish: where it is refused, pages are small
        return memory;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* start, nuint bytes, int advice);
}
