using GpuPerceptron.LinearAlgebra;

namespace GpuPerceptron.Models;

/// <summary>
/// The gradient by weights per deviation of their feature, whatever units samples are encoded in: what a tolerance is for. A derivative by a weight
/// is in 1 / the feature's unit, so that of an income in cents it is a hundred times that of one in euros, and so are the digits that float32 leaves of it.
/// </summary>
internal sealed class StandardizedGradient
{
    private readonly double[] _factor; // 1 / the deviation of what is encoded

    private StandardizedGradient(Schema schema) =>
        _factor = [.. schema.Deviations().Zip(schema.Factors(), (deviation, factor) => 1 / (deviation * factor))];

    /// <summary>That of a schema's features; null where all deviations are 1, or the features are sparse: these are taken as they are.</summary>
    public static StandardizedGradient? Of(Schema schema) => schema.IsEven || schema.Sparse is not null ? null : new StandardizedGradient(schema);

    /// <summary>max |∂F|.</summary>
    /// <param name="gradient">By the parameters of encoded features, the bias's last.</param>
    public double Norm(ReadOnlySpan<double> gradient)
    {
        double[] result = gradient.ToArray();
        for (int j = 0; j < _factor.Length; j++)
            result[j] *= _factor[j];
        return Vectors.MaxNorm(result);
    }
}
