using GpuPerceptron.Data;

namespace GpuPerceptron.Testing;

/// <summary>Made data: the same arguments give the same bits.</summary>
public static class SyntheticData
{
    /// <summary>Features uniform in [−scale, scale], labels drawn fairly, weights (if any) uniform in [0, 2] with some zeros.</summary>
    public static Dataset Create(int rows, int features, int seed = 1, bool weighted = false, double scale = 1)
    {
        var random = new Random(seed);
        float[] x = new float[rows * features];
        float[] y = new float[rows];
        float[] s = weighted ? new float[rows] : [];
        for (int i = 0; i < x.Length; i++)
            x[i] = (float)(scale * (2 * random.NextDouble() - 1));
        for (int i = 0; i < rows; i++)
            y[i] = random.Next(2);
        for (int i = 0; i < s.Length; i++)
            s[i] = i % 7 == 3 ? 0f : (float)(2 * random.NextDouble());
        return Dataset.FromRows(x, y, features, s);
    }

    /// <summary>Features standard normal, labels drawn from a logistic model with weights of about 1/√M.</summary>
    public static Dataset Logistic(int rows, int features, int seed = 1)
    {
        var random = new Random(seed);
        double[] w = new double[features];
        for (int j = 0; j < features; j++)
            w[j] = Normal(random) / Math.Sqrt(features);
        float[] x = new float[rows * features];
        float[] y = new float[rows];
        for (int i = 0; i < rows; i++)
        {
            double v = 0.3;
            for (int j = 0; j < features; j++)
            {
                x[i * features + j] = (float)Normal(random);
                v += 2 * w[j] * x[i * features + j];
            }

            y[i] = random.NextDouble() < NaiveReference.Sigmoid(v) ? 1 : 0;
        }

        return Dataset.FromRows(x, y, features);
    }

    /// <summary>Parameters (weights, then the bias) uniform in [−scale, scale].</summary>
    public static double[] Parameters(int features, int seed = 2, double scale = 1)
    {
        var random = new Random(seed);
        double[] parameters = new double[features + 1];
        for (int j = 0; j < parameters.Length; j++)
            parameters[j] = scale * (2 * random.NextDouble() - 1);
        return parameters;
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
