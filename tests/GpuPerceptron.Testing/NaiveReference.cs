using GpuPerceptron.Data;
using GpuPerceptron.Engines;

namespace GpuPerceptron.Testing;

/// <summary>The pass in float64, written to be read: what every engine is held against.</summary>
public static class NaiveReference
{
    /// <summary>Σ s ℓ(v, y) and its gradient, as <see cref="IEngine.Pass"/> defines them.</summary>
    public static double Pass(PassLoss loss, Dataset dataset, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        gradient.Clear();
        double total = 0;
        foreach (var block in dataset.Blocks)
        {
            for (int i = 0; i < block.Rows; i++)
            {
                double[] x = Features(block, i);
                double y = block.Labels[i];
                double s = block.HasSampleWeights ? block.SampleWeights[i] : 1;

                // Engines take float32 parameters. Rounding them here too leaves only the arithmetic to compare.
                double v = (float)parameters[^1];
                for (int j = 0; j < x.Length; j++)
                    v += (double)(float)parameters[j] * x[j];

                // softplus(−v) is softplus(v) − v, and −σ(−v) is σ(v) − 1, without the cancellation.
                var (value, slope) = loss == PassLoss.HalfSquare ? (v * v / 2, v)
                    : y == 0 ? (Softplus(v), Sigmoid(v))
                    : (Softplus(-v), -Sigmoid(-v));

                total += s * value;
                for (int j = 0; j < x.Length; j++)
                    gradient[j] += s * slope * x[j];
                gradient[^1] += s * slope;
            }
        }

        return total;
    }

    /// <summary>The logistic loss, its gradient and its Hessian, as <see cref="IEngine.HessianPass"/> defines them.</summary>
    public static double HessianPass(
        Dataset dataset, ReadOnlySpan<double> parameters, Span<double> gradient, Span<double> hessian)
    {
        hessian.Clear();
        int order = parameters.Length;
        foreach (var block in dataset.Blocks)
        {
            for (int i = 0; i < block.Rows; i++)
            {
                double[] x = [.. Features(block, i), 1];
                double v = 0;
                for (int j = 0; j < order; j++)
                    v += (double)(float)parameters[j] * x[j];

                // z(1 − z) = σ(v)·σ(−v), neither of which cancels.
                double d = (block.HasSampleWeights ? block.SampleWeights[i] : 1) * Sigmoid(v) * Sigmoid(-v);
                for (int j = 0; j < order; j++)
                {
                    for (int k = 0; k <= j; k++)
                        hessian[j * order + k] += d * x[j] * x[k];
                }
            }
        }

        for (int j = 0; j < order; j++)
        {
            for (int k = 0; k < j; k++)
                hessian[k * order + j] = hessian[j * order + k];
        }

        return Pass(PassLoss.Logistic, dataset, parameters, gradient);
    }

    private static unsafe double[] Features(SampleBlock block, int row)
    {
        double[] x = new double[block.Features];
        for (int j = 0; j < x.Length; j++)
        {
            nint index = (nint)row * block.Stride + j;
            x[j] = block.Storage == FeatureStorage.Float16 ? (double)block.HalfPointer[index] : block.FeaturePointer[index];
        }

        return x;
    }

    /// <summary>1 / (1 + e⁻ᵛ).</summary>
    public static double Sigmoid(double v) => v >= 0 ? 1 / (1 + Math.Exp(-v)) : Math.Exp(v) / (1 + Math.Exp(v));

    /// <summary>log(1 + eᵛ) = max(v, 0) + log(1 + e) with e = e^(−|v|); a small e by the logarithm's series, since 1 + e rounds.</summary>
    public static double Softplus(double v)
    {
        double e = Math.Exp(-Math.Abs(v));
        return Math.Max(v, 0) + (e < 1e-5 ? e * (1 - e / 2 + e * e / 3) : Math.Log(1 + e));
    }
}
