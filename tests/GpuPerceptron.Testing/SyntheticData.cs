using GpuPerceptron.Data;

namespace GpuPerceptron.Testing;

/// <summary>Samples and parameters drawn from a seed: the same on every machine.</summary>
public static class SyntheticData
{
    /// <summary>
    /// Features from N(0, scale²), labels from fair coins (so that every parameter leaves residuals of either sign), and
    /// where asked for weights from [0, 2), each tenth of them 0.
    /// </summary>
    /// <param name="rows">N, from 0.</param>
    /// <param name="features">M, from 1.</param>
    /// <param name="seed">The same seed draws the same.</param>
    /// <param name="weighted">Whether samples have weights.</param>
    /// <param name="scale">Of the features.</param>
    public static Dataset Create(int rows, int features, int seed = 1, bool weighted = false, double scale = 1)
    {
        var random = new Random(seed);
        float[] x = new float[rows * features];
        float[] labels = new float[rows];
        float[] weights = new float[weighted ? rows : 0];
        for (int i = 0; i < x.Length; i++)
            x[i] = (float)(scale * Normal(random));
        for (int i = 0; i < rows; i++)
            labels[i] = random.Next(2);
        for (int i = 0; i < weights.Length; i++)
            weights[i] = i % 10 == 9 ? 0f : (float)(2 * random.NextDouble());
        return Dataset.FromRows(x, labels, features, weights);
    }

    /// <summary>M weights and a bias whose logits, on features from N(0, 1), are from N(0, scale²).</summary>
    /// <param name="features">M.</param>
    /// <param name="seed">The same seed draws the same.</param>
    /// <param name="scale">Of the logits.</param>
    public static double[] Parameters(int features, int seed = 2, double scale = 1)
    {
        var random = new Random(seed);
        double[] parameters = new double[features + 1];
        for (int j = 0; j <= features; j++)
            parameters[j] = scale * Normal(random) / Math.Sqrt(features + 1);
        return parameters;
    }

    // Box and Muller.
    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
