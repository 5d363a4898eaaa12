using GpuPerceptron.Models;

namespace GpuPerceptron.Diagnostics.Certificates;

/// <summary>
/// Parameters and gradients between the units that a dataset is encoded in ("trained") and standardised ones:
/// <see cref="AffineUnits"/> of the one and the other.
/// </summary>
internal sealed class StandardUnits
{
    private readonly AffineUnits _trained, _raw;

    /// <param name="schema">How the dataset is encoded.</param>
    /// <param name="asTheyAre">Whether the units of the dataset are taken for standardised ones.</param>
    public StandardUnits(Schema schema, bool asTheyAre = false)
    {
        (Mean, Deviation) = (schema.Means(), schema.Deviations());
        double[] ones = [.. Enumerable.Repeat(1.0, Mean.Length)], taken = schema.Offsets(), factors = schema.Factors();
        _raw = new AffineUnits(Mean, [.. Deviation.Select(deviation => 1 / deviation)]);
        _trained = asTheyAre || schema.Standardized ? new AffineUnits(new double[Mean.Length], ones)
            : new AffineUnits(
                [.. Mean.Select((mean, j) => (mean - taken[j]) * factors[j])], [.. Deviation.Select((deviation, j) => 1 / (deviation * factors[j]))]);
    }

    /// <summary>The features' means in raw units.</summary>
    public double[] Mean { get; }

    /// <summary>The features' standard deviations in raw units.</summary>
    public double[] Deviation { get; }

    /// <summary>What is still to be taken from each feature, as it is encoded.</summary>
    public double[] Offset => _trained.Offset;

    /// <summary>What each feature is then multiplied by.</summary>
    public double[] Factor => _trained.Factor;

    /// <summary>Parameters of standardised features from those trained.</summary>
    public double[] Standardize(ReadOnlySpan<double> trained) => _trained.Encode(trained);

    /// <summary>∂F in the units trained in.</summary>
    public double[] TrainedGradient(ReadOnlySpan<double> standardized) => _trained.DecodeGradient(standardized);

    /// <summary>A u in raw units, of a matrix A that is known for standardised features: TᵀATu, with Tu as parameters become standardised.</summary>
    public double[] RawTimes(double[] u, Func<double[], double[]> times) => _raw.DecodeGradient(times(_raw.Encode(u)));

    /// <summary>A matrix A in raw units, row-major.</summary>
    public double[] RawHessian(double[] standardized)
    {
        int size = Mean.Length + 1;
        double[] result = new double[size * size];
        for (int j = 0; j < size; j++)
        {
            double[] unit = new double[size];
            unit[j] = 1;
            RawTimes(unit, v => Spectrum.Times(standardized, v)).CopyTo(result, j * size);
        }

        return result;
    }
}
