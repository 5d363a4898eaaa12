namespace GpuPerceptron.Models;

/// <summary>
/// Parameters between the units that samples are encoded in, x̂ = (x − offset) · factor, and the table's own:
/// ŵ·x̂ + b̂ = w·x + b with w = ŵ factor and b = b̂ − w·offset.
/// </summary>
/// <param name="schema">How the samples are encoded.</param>
internal sealed class TableUnits(Schema schema)
{
    private readonly double[] _offset = schema.Offsets(), _factor = schema.Factors();

    /// <summary>θ in the table's units.</summary>
    /// <param name="encoded">Of encoded features, the bias last.</param>
    public double[] FromEncoded(ReadOnlySpan<double> encoded)
    {
        double[] result = encoded.ToArray();
        for (int j = 0; j < _factor.Length; j++)
        {
            result[j] *= _factor[j];
            result[^1] -= result[j] * _offset[j];
        }

        return result;
    }

    /// <summary>θ of encoded features.</summary>
    /// <param name="raw">In the table's units, the bias last.</param>
    public double[] ToEncoded(ReadOnlySpan<double> raw)
    {
        double[] result = raw.ToArray();
        for (int j = 0; j < _factor.Length; j++)
        {
            result[j] /= _factor[j];
            result[^1] += raw[j] * _offset[j];
        }

        return result;
    }

    /// <summary>TᵀATu for ATu = A(Tu) of encoded features, with T = <see cref="ToEncoded"/>: a Hessian's product in the table's units.</summary>
    /// <param name="encoded">The product of encoded features; overwritten.</param>
    public void TransposeToTable(Span<double> encoded)
    {
        for (int j = 0; j < _factor.Length; j++)
            encoded[j] = encoded[j] / _factor[j] + _offset[j] * encoded[^1];
    }
}
