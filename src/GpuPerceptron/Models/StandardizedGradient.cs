using GpuPerceptron.LinearAlgebra;

namespace GpuPerceptron.Models;

/// <summary>
/// The gradient as it would be of standardised features, whatever units samples are encoded in: what a tolerance is for. A derivative is in 1 / the
/// feature's unit, so that of an income in cents it is a hundred times that of one in euros, and so are the digits that float32 leaves of it.
/// </summary>
/// <remarks>With x̂ = (x − offset) factor the features encoded: ∂F/∂ŵⱼ = (∂F/∂wⱼ − offsetⱼ ∂F/∂b) factorⱼ.</remarks>
internal sealed class StandardizedGradient
{
    private readonly double[] _offset, _factor;

    private StandardizedGradient(Schema schema)
    {
        double[] offsets = schema.Offsets(), factors = schema.Factors();
        _offset = [.. schema.Means().Select((mean, j) => (mean - offsets[j]) * factors[j])];
        _factor = [.. schema.Deviations().Select((deviation, j) => 1 / (deviation * factors[j]))];
    }

    /// <summary>That of a schema's features; null where they are standardised, or sparse: these are taken as they are.</summary>
    public static StandardizedGradient? Of(Schema schema) =>
        schema.Standardized || schema.Sparse is not null ? null : new StandardizedGradient(schema);

    /// <summary>max |∂F|.</summary>
    /// <param name="gradient">By the parameters of encoded features, the bias's last.</param>
    public double Norm(ReadOnlySpan<double> gradient)
    {
        double[] result = gradient.ToArray();
        for (int j = 0; j < _factor.Length; j++)
            result[j] = (gradient[j] - _offset[j] * gradient[^1]) * _factor[j];
        return Vectors.MaxNorm(result);
    }
}
