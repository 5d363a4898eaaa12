using GpuPerceptron.Data;
using GpuPerceptron.Engines;

namespace GpuPerceptron.Testing;

/// <summary>A pass as it stands in a textbook: one thread, float64, one row after the other.</summary>
public static class NaiveReference
{
    /// <summary>Returns Σ sᵢ ℓ(vᵢ, yᵢ) and writes its gradient: what <see cref="IEngine.Pass"/> does.</summary>
    /// <remarks>
    /// The parameters are rounded to float32 first, as every engine rounds them, so that a comparison shows the engine's
    /// arithmetic and not the rounding of its input.
    /// </remarks>
    /// <param name="loss">ℓ.</param>
    /// <param name="dataset">The samples.</param>
    /// <param name="parameters">M weights, then the bias.</param>
    /// <param name="gradient">M + 1 values, the bias last; overwritten.</param>
    public static double Pass(PassLoss loss, Dataset dataset, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        int features = dataset.Features;
        double total = 0;
        gradient.Clear();
        foreach (var block in dataset.Blocks)
        {
            for (int i = 0; i < block.Rows; i++)
            {
                var x = block.Row(i);
                double y = block.Labels[i];
                double s = block.HasSampleWeights ? block.SampleWeights[i] : 1;

                double v = (float)parameters[features];
                for (int j = 0; j < features; j++)
                    v += (double)x[j] * (float)parameters[j];

                total += s * (loss == PassLoss.Logistic ? Softplus(v) - y * v : v * v / 2);
                double residual = loss == PassLoss.Logistic ? Sigmoid(v) - y : v;
                for (int j = 0; j < features; j++)
                    gradient[j] += s * residual * x[j];
                gradient[features] += s * residual;
            }
        }

        return total;
    }

    private static double Softplus(double v) => Math.Max(v, 0) + Math.Log(1 + Math.Exp(-Math.Abs(v)));

    private static double Sigmoid(double v) => v >= 0 ? 1 / (1 + Math.Exp(-v)) : Math.Exp(v) / (1 + Math.Exp(v));
}
