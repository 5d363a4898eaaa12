using GpuPerceptron.Models;

namespace GpuPerceptron.Diagnostics.Certificates;

/// <summary>
/// Parameters and gradients between the units that a dataset is encoded in ("trained") and standardised ones:
/// x̂ = (x − offset) · factor, where w·x + b = (w/factor)·x̂ + (b + w·offset).
/// </summary>
internal sealed class StandardUnits
{
    /// <param name="schema">How the dataset is encoded.</param>
    /// <param name="asTheyAre">Whether the units of the dataset are taken for standardised ones.</param>
    public StandardUnits(Schema schema, bool asTheyAre = false)
    {
        (Mean, Deviation) = (schema.Means(), schema.Deviations());
        bool same = asTheyAre || schema.Standardized;
        double[] taken = schema.Offsets(), factors = schema.Factors();
        Offset = same ? new double[Mean.Length] : [.. Mean.Select((mean, j) => (mean - taken[j]) * factors[j])];
        Factor = same ? [.. Enumerable.Repeat(1.0, Mean.Length)] : [.. Deviation.Select((deviation, j) => 1 / (deviation * factors[j]))];
    }

    /// <summary>The features' means in raw units.</summary>
    public double[] Mean { get; }

    /// <summary>The features' standard deviations in raw units.</summary>
    public double[] Deviation { get; }

    /// <summary>What is still to be taken from each feature, as it is encoded.</summary>
    public double[] Offset { get; }

    /// <summary>What each feature is then multiplied by.</summary>
    public double[] Factor { get; }

    /// <summary>Parameters of standardised features from those trained.</summary>
    public double[] Standardize(ReadOnlySpan<double> trained)
    {
        double[] result = trained.ToArray();
        for (int j = 0; j < Factor.Length; j++)
        {
            result[j] /= Factor[j];
            result[^1] += trained[j] * Offset[j];
        }

        return result;
    }

    /// <summary>∂F in the units trained in: ∂F/∂wⱼ = (1/factorⱼ) ∂F/∂ŵⱼ + offsetⱼ ∂F/∂b̂.</summary>
    public double[] TrainedGradient(ReadOnlySpan<double> standardized)
    {
        double[] result = standardized.ToArray();
        for (int j = 0; j < Factor.Length; j++)
            result[j] = standardized[j] / Factor[j] + Offset[j] * standardized[^1];
        return result;
    }

    /// <summary>
    /// A u in raw units, of a matrix A that is known for standardised features: Tᵀ A T u, with T u = (sd ∘ u, u_b + mean·u).
    /// </summary>
    public double[] RawTimes(double[] u, Func<double[], double[]> times)
    {
        double[] inner = [.. u];
        for (int j = 0; j < Mean.Length; j++)
        {
            inner[j] *= Deviation[j];
            inner[^1] += Mean[j] * u[j];
        }

        double[] product = times(inner);
        double[] result = [.. product];
        for (int j = 0; j < Mean.Length; j++)
            result[j] = Deviation[j] * product[j] + Mean[j] * product[^1];
        return result;
    }

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
