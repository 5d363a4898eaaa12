using System.Runtime.CompilerServices;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>How a loop asks for memory before it reads it.</summary>
internal enum Requests
{
    /// <summary>As <see cref="Prefetch.Bytes"/> does.</summary>
    Usual,

    /// <summary>Into the second cache.</summary>
    IntoSecond,

    /// <summary>Only for the page after the next: the rest the processor does by itself.</summary>
    Pages,

    /// <summary>Not at all: the processor does by itself.</summary>
    None,
}

/// <summary>Makes requests.</summary>
internal static unsafe class RequestsExtensions
{
    /// <summary>Asks for bytes, and for the page after the next.</summary>
    /// <param name="requests">How.</param>
    /// <param name="address">The first; it need not exist.</param>
    /// <param name="count">How many, a constant: as <see cref="Prefetch.Bytes"/> has it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ask(this Requests requests, byte* address, int count)
    {
        if (requests == Requests.None) return;
        if (requests == Requests.IntoSecond)
            Prefetch.BytesIntoSecond(address, count);
        else if (requests == Requests.Usual)
            Prefetch.Bytes(address, count);
        Prefetch.PageAfterNext(address);
    }
}
