using GpuPerceptron.Data;

namespace GpuPerceptron.Bench;

/// <summary>The mean log-loss in float64, by plain loops: the judge of every trainer alike.</summary>
internal static class ExactLoss
{
    /// <param name="dataset">X in float32, and y.</param>
    /// <param name="parameters">M weights, then the bias.</param>
    public static double Mean(Dataset dataset, double[] parameters)
    {
        double[] sums = new double[dataset.Blocks.Count];
        Parallel.For(0, sums.Length, i => sums[i] = Sum(dataset.Blocks[i], parameters));
        return sums.Sum() / dataset.Samples;
    }

    /// <summary>Σ log(1 + eᵛ) − y·v with v = w·x + b, where log(1 + eᵛ) = max(v, 0) + log(1 + e^−|v|) cannot overflow.</summary>
    private static double Sum(SampleBlock block, double[] parameters)
    {
        double sum = 0;
        for (int i = 0; i < block.Rows; i++)
        {
            double logit = parameters[^1];
            var row = block.Row(i);
            for (int j = 0; j < row.Length; j++)
                logit += parameters[j] * row[j];
            sum += Math.Max(logit, 0) + Math.Log(1 + Math.Exp(-Math.Abs(logit))) - block.Labels[i] * logit;
        }

        return sum;
    }
}
