using System.Runtime.InteropServices;

namespace GpuPerceptron.Data;

/// <summary>Memory in pages of 2 MiB where Linux grants them: fewer faults when it is filled, fewer walks when it is read.</summary>
internal static unsafe partial class HugePages
{
    /// <summary>Bytes a page.</summary>
    public const int Bytes = 2 << 20;

    private const int Advice = 14; // MADV_HUGEPAGE

    /// <summary>Native memory, to be freed as aligned memory; that of a page or more begins one.</summary>
    /// <param name="bytes">How much.</param>
    /// <param name="alignment">Of less than a page: a power of two.</param>
    public static void* Allocate(nuint bytes, int alignment)
    {
        if (bytes < Bytes || !OperatingSystem.IsLinux())
            return NativeMemory.AlignedAlloc(bytes, (nuint)alignment);
        void* memory = NativeMemory.AlignedAlloc(bytes, Bytes);
        Ask(memory, bytes);
        return memory;
    }

    /// <summary>An array that does not move, its values not set.</summary>
    /// <param name="length">Values.</param>
    public static T[] Array<T>(int length) where T : unmanaged
    {
        var array = GC.AllocateUninitializedArray<T>(length, pinned: true);
        fixed (T* first = array)
            Ask(first, (nuint)length * (nuint)sizeof(T));
        return array;
    }

    /// <summary>Asks for large pages wherever a whole one fits. A wish: where it is refused, pages are small.</summary>
    private static void Ask(void* memory, nuint bytes)
    {
        nuint start = ((nuint)memory + Bytes - 1) / Bytes * Bytes, end = ((nuint)memory + bytes) / Bytes * Bytes;
        if (end > start && OperatingSystem.IsLinux()) _ = Advise((void*)start, end - start, Advice);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* start, nuint bytes, int advice);
}
