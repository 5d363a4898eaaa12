using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Data;

/// <summary>Labels as float32, for devices and metrics, which take them as numbers.</summary>
internal static class FloatLabels
{
    /// <summary>Writes labels as numbers.</summary>
    /// <param name="labels">y, a byte each.</param>
    /// <param name="target">Overwritten; no shorter.</param>
    public static unsafe void Write(ReadOnlySpan<byte> labels, Span<float> target)
    {
        target = target[..labels.Length];
        fixed (byte* source = labels)
        fixed (float* numbers = target)
        {
            int i = 0;
            for (; i <= labels.Length - Simd128.Count; i += Simd128.Count)
                Simd128.LoadBytes(source + i).Store(numbers + i);
            for (; i < labels.Length; i++)
                numbers[i] = source[i];
        }
    }
}
