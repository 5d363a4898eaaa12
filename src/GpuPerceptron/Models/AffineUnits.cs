namespace GpuPerceptron.Models;

/// <summary>
/// Features in other units, x̂ = (x − a) f: parameters of the one and of the other give the same logits, ŵ·x̂ + b̂ = w·x + b with w = ŵ f and
/// b = b̂ − w·a.
/// </summary>
/// <param name="offset">a, one a feature.</param>
/// <param name="factor">f, none of them 0.</param>
internal sealed class AffineUnits(double[] offset, double[] factor)
{
    /// <summary>a.</summary>
    public double[] Offset => offset;

    /// <summary>f.</summary>
    public double[] Factor => factor;

    /// <summary>How a schema encodes the table's features.</summary>
    public static AffineUnits Of(Schema schema) => new(schema.Offsets(), schema.Factors());

    /// <summary>θ̂ from θ, the bias last.</summary>
    public double[] Encode(ReadOnlySpan<double> parameters)
    {
        double[] result = parameters.ToArray();
        for (int j = 0; j < factor.Length; j++)
        {
            result[j] /= factor[j];
            result[^1] += parameters[j] * offset[j];
        }

        return result;
    }

    /// <summary>θ from θ̂.</summary>
    public double[] Decode(ReadOnlySpan<double> encoded)
    {
        double[] result = encoded.ToArray();
        for (int j = 0; j < factor.Length; j++)
        {
            result[j] *= factor[j];
            result[^1] -= result[j] * offset[j];
        }

        return result;
    }

    /// <summary>Derivatives by θ̂ from those by θ; and Σ rᵢx̂ᵢ from Σ rᵢxᵢ, with Σ rᵢ last.</summary>
    public double[] EncodeGradient(ReadOnlySpan<double> gradient)
    {
        double[] result = gradient.ToArray();
        for (int j = 0; j < factor.Length; j++)
            result[j] = factor[j] * (gradient[j] - offset[j] * gradient[^1]);
        return result;
    }

    /// <summary>Derivatives by θ from those by θ̂: ∂/∂wⱼ = (1/fⱼ) ∂/∂ŵⱼ + aⱼ ∂/∂b̂, the transpose of <see cref="Encode"/>.</summary>
    public double[] DecodeGradient(ReadOnlySpan<double> encoded)
    {
        double[] result = encoded.ToArray();
        for (int j = 0; j < factor.Length; j++)
            result[j] = encoded[j] / factor[j] + offset[j] * encoded[^1];
        return result;
    }
}
