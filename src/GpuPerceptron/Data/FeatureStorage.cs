using System.Diagnostics.CodeAnalysis;

namespace GpuPerceptron.Data;

/// <summary>How the features are kept in memory, on the host and on a device. Arithmetic is in float32 either way.</summary>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "The formats are what it names.")]
public enum FeatureStorage
{
    /// <summary>Four bytes a value, a relative rounding error of at most 2⁻²⁴.</summary>
    Float32,

    /// <summary>
    /// Two bytes a value, so that a pass moves half the bytes: a relative rounding error of at most 2⁻¹¹ (0.05%) for
    /// magnitudes from 6.1e-5 to 65,504, an absolute one of at most 3e-8 below, and nothing above.
    /// </summary>
    Float16,

    /// <summary>Values that are not 0 alone, in float32, each with its column: eight bytes a value. See
    /// <see cref="SparseRows"/>.</summary>
    Sparse,
}
