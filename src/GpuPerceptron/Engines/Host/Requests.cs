namespace GpuPerceptron.Engines.Host;

/// <summary>How a loop asks for memory before it reads it.</summary>
internal enum Requests
{
    /// <summary>As <see cref="Simd.Prefetch.Bytes"/> does.</summary>
    Usual,

    /// <summary>Into the second cache.</summary>
    IntoSecond,

    /// <summary>Not at all: the processor does by itself.</summary>
    None,
}
