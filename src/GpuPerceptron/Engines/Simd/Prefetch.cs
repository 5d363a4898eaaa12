using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace GpuPerceptron.Engines.Simd;

/// <summary>Asks for memory before it is needed, where the processor can be asked.</summary>
internal static unsafe class Prefetch
{
    /// <summary>What memory brings at a time.</summary>
    public const int LineBytes = 64;

    private const int PageBytes = 4 << 10;

    /// <summary>
    /// Asks for up to 512 bytes: into the nearest cache where that is large, or else into the second. The smaller caches have fewer requests
    /// under way at a time than the second-level ones (measured: 10 % of a pass on Zen 3, 10 to 35 % on Zen 4).
    /// </summary>
    /// <param name="address">The first; it need not exist.</param>
    /// <param name="count">How many, a constant: a power of two up to 512; a line at least.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Bytes(byte* address, int count)
    {
        if (Processor.HasLargeCache)
            Lines<IntoNearest>(address, count);
        else
            Lines<IntoSecond>(address, count);
    }

    /// <summary>
    /// The same of rows that are read a tile later, and for the page after the next. On Intel's into the second cache: what memory brings into the nearest keeps
    /// what comes from the second waiting (measured: 5 to 10 % of a pass over rows of 48 to 512 values, a fourth over longer ones).
    /// </summary>
    /// <param name="address">The first; it need not exist.</param>
    /// <param name="count">How many, a constant: a power of two up to 512; a line at least.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OfNextTile(byte* address, int count)
    {
        if (Processor.Kind == ProcessorKind.Intel)
            Lines<IntoSecond>(address, count);
        else
            Bytes(address, count);
        PageAfterNext(address);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Lines<TCache>(byte* address, int count)
        where TCache : struct, ICache
    {
        if (!Sse.IsSupported) return;
        TCache.Ask(address);
        if (count > 64)
            TCache.Ask(address + 64);
        if (count > 128)
        {
            TCache.Ask(address + 128);
            TCache.Ask(address + 192);
        }

        if (count > 256)
        {
            TCache.Ask(address + 256);
            TCache.Ask(address + 320);
            TCache.Ask(address + 384);
            TCache.Ask(address + 448);
        }
    }

    /// <summary>
    /// Asks for the first line of the page after the next. A processor follows a run of lines by itself, but stops at a page's
    /// end, and misses a few lines of the next before it has found the run again: a line asked for early sets it off in time. Done
    /// where there is AVX-512 or the nearest cache is large: measured, it gains a fourth on Zen 5 on one host and nothing on another, 5 to 10 % on Intel's, nothing on Zen 4, and costs
    /// some 5 % on Zen 3.
    /// </summary>
    /// <param name="address">Where reading has come to; what is asked for need not exist.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PageAfterNext(byte* address)
    {
        if (Avx512F.IsSupported || (Sse.IsSupported && Processor.HasLargeCache))
            Sse.Prefetch0((byte*)(((nint)address + 2 * PageBytes) & -PageBytes));
    }

    /// <summary>The same of labels, a few times a page: of rows so short that theirs are much of what is read.</summary>
    /// <param name="labels">y from row 0 on.</param>
    /// <param name="row">Where reading has come to.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LabelsAfterNextPage(byte* labels, int row)
    {
        if (row % (PageBytes / 4) == 0) PageAfterNext(labels + row);
    }

    /// <summary>Asks for bytes that are read once, so that they push nothing out of the outer caches.</summary>
    /// <param name="address">The first.</param>
    /// <param name="count">How many, at least 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Once(byte* address, int count)
    {
        if (!Sse.IsSupported) return;
        for (int i = 0; i < count; i += LineBytes)
            Sse.PrefetchNonTemporal(address + i);
        Sse.PrefetchNonTemporal(address + count - 1);
    }

    private interface ICache
    {
        static abstract void Ask(byte* line);
    }

    private readonly struct IntoNearest : ICache
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void ICache.Ask(byte* line) => Sse.Prefetch0(line);
    }

    private readonly struct IntoSecond : ICache
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void ICache.Ask(byte* line) => Sse.Prefetch1(line);
    }
}
