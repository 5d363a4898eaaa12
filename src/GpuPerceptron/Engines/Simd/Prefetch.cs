using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace GpuPerceptron.Engines.Simd;

/// <summary>Asks for memory before it is needed, where the processor can be asked.</summary>
internal static unsafe class Prefetch
{
    private const int PageBytes = 4 << 10;

    /// <summary>Asks for up to 512 bytes.</summary>
    /// <param name="address">The first; it need not exist.</param>
    /// <param name="count">How many, a constant: a power of two from 64 to 512.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Bytes(byte* address, int count)
    {
        if (!Sse.IsSupported) return;
        Sse.Prefetch0(address);
        if (count > 64)
            Sse.Prefetch0(address + 64);
        if (count > 128)
        {
            Sse.Prefetch0(address + 128);
            Sse.Prefetch0(address + 192);
        }

        if (count > 256)
        {
            Sse.Prefetch0(address + 256);
            Sse.Prefetch0(address + 320);
            Sse.Prefetch0(address + 384);
            Sse.Prefetch0(address + 448);
        }
    }

    /// <summary>
    /// Asks for the first line of the page after the next. A processor follows a run of lines by itself, but stops at a page's
    /// end, and misses a few lines of the next before it has found the run again: a line asked for early sets it off in time.
    /// </summary>
    /// <param name="address">Where reading has come to; what is asked for need not exist.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PageAfterNext(byte* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0((byte*)(((nint)address + 2 * PageBytes) & -PageBytes));
    }

    /// <summary>Asks for bytes that are read once, so that they push nothing out of the outer caches.</summary>
    /// <param name="address">The first.</param>
    /// <param name="count">How many, at least 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Once(byte* address, int count)
    {
        if (!Sse.IsSupported) return;
        for (int i = 0; i < count; i += 64)
            Sse.PrefetchNonTemporal(address + i);
        Sse.PrefetchNonTemporal(address + count - 1);
    }
}
