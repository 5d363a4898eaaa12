namespace GpuPerceptron.Engines.Simd;

/// <summary>What the loops of a pass, and how memory is asked for, depend on: the kinds of processors that were measured.</summary>
internal enum ProcessorKind
{
    /// <summary>With a nearest cache of 32 KiB: Zen 3 and 4, and whatever is not known.</summary>
    SmallCache,

    /// <summary>With a nearest cache of 48 KiB: Zen 5.</summary>
    LargeCache,

    /// <summary>Intel's, of which one with AVX-512 and a nearest cache of 48 KiB was measured (Emerald Rapids).</summary>
    Intel,
}
