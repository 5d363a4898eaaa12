using ILGPU;

namespace GpuPerceptron.Kernels;

/// <summary>
/// What every pass kernel is launched with. A row of M features is P packets of X as they are stored (see
/// <see cref="RowShape"/>), and C float4s of weights or gradient, zeros at the end.
/// </summary>
public readonly struct PassArguments
{
    /// <summary>N, at least 1.</summary>
    public required long Rows { get; init; }

    /// <summary>P.</summary>
    public required int Packets { get; init; }

    /// <summary>C.</summary>
    public required int Columns { get; init; }

    /// <summary>X: N × P, row-major.</summary>
    public required ArrayView<Packet> Features { get; init; }

    /// <summary>y: N.</summary>
    public required ArrayView<float> Labels { get; init; }

    /// <summary>s: N, or a single 1 where every weight is 1.</summary>
    public required ArrayView<float> SampleWeights { get; init; }

    /// <summary>w in <see cref="PassGeometry.Span"/> float4s, zeros past column C; then b, and three zeros.</summary>
    public required ArrayView<Float4> Parameters { get; init; }

    /// <summary>
    /// <see cref="PassGeometry.PartialRows"/> × (C + 1) × 4 sums, which the pass adds to: the gradient by w in C float4s,
    /// then one of the gradient by b, the loss, and two zeros.
    /// </summary>
    public required ArrayView<double> Partials { get; init; }

    /// <summary>A row of X.</summary>
    /// <param name="row">From 0 to N − 1.</param>
    public ArrayView<Packet> Row(long row) => Features.SubView(row * Packets, Packets);

    /// <summary>s of a row: a load without a branch, which would hold back the loads behind it.</summary>
    /// <param name="row">From 0 to N − 1.</param>
    public float SampleWeight(long row) => SampleWeights[IntrinsicMath.Min(row, SampleWeights.Length - 1)];

    /// <summary>Adds four float32 sums to the float64 ones.</summary>
    /// <param name="partialRow">Row of <see cref="Partials"/>; no two lanes add to the same four.</param>
    /// <param name="column">From 0 to C.</param>
    /// <param name="sums">What is added.</param>
    public void AddToPartial(int partialRow, int column, Float4 sums)
    {
        long first = ((long)partialRow * (Columns + 1) + column) * Float4.Count;
        Partials[first] += sums.X;
        Partials[first + 1] += sums.Y;
        Partials[first + 2] += sums.Z;
        Partials[first + 3] += sums.W;
    }

    /// <summary>Adds the float32 sums that belong to no feature to the float64 ones.</summary>
    /// <param name="partialRow">Row of <see cref="Partials"/>; one lane only adds to it.</param>
    /// <param name="residuals">Σ s·∂ℓ/∂v.</param>
    /// <param name="losses">Σ s·ℓ.</param>
    public void AddToPartial(int partialRow, float residuals, float losses)
    {
        long first = ((long)partialRow * (Columns + 1) + Columns) * Float4.Count;
        Partials[first] += residuals;
        Partials[first + 1] += losses;
    }
}
