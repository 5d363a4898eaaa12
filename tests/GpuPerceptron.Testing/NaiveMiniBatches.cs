using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Kernels;

namespace GpuPerceptron.Testing;

/// <summary>Stochastic gradient descent and Adam in float64, a sample at a time: what every engine's steps are held against.</summary>
public static class NaiveMiniBatches
{
    /// <summary>The parameters after some epochs, from θ, with η the same at each step.</summary>
    public static double[] Run(Dataset dataset, MiniBatchOptions options, double[] start, double rate, double l2, int epochs)
    {
        var samples = dataset.Blocks.SelectMany(block => Enumerable.Range(0, block.Rows).Select(i => (
            X: NaiveReference.Features(block, i),
            Y: (double)block.Labels[i],
            S: block.HasSampleWeights ? block.SampleWeights[i] : 1.0))).ToArray();
        int n = samples.Length, d = start.Length, t = 0;
        int batches = (n + options.BatchRows - 1) / options.BatchRows;
        int largest = (n + batches - 1) / batches;
        int runRows = RowOrder.RunRowsFor(largest, dataset.Stride * SampleBlock.BytesPerValue(dataset.Storage));
        double totalWeight = samples.Sum(sample => sample.S);
        double[] theta = [.. start], first = new double[d], second = new double[d];

        for (int epoch = 0; epoch < epochs; epoch++)
        {
            var order = new RowOrder(n, runRows, options.Seed, epoch);
            int position = 0;
            for (int batch = 0; batch < batches; batch++)
            {
                int rows = n / batches + (batch < n % batches ? 1 : 0);
                double[] gradient = new double[d];
                for (int i = 0; i < rows; i++, position++)
                {
                    var (x, y, s) = samples[order.RowAt(position)];
                    double v = (float)theta[^1]; // as every engine rounds them
                    for (int j = 0; j < d - 1; j++)
                        v += (float)theta[j] * x[j];
                    double residual = s * (y == 0 ? NaiveReference.Sigmoid(v) : -NaiveReference.Sigmoid(-v));
                    for (int j = 0; j < d; j++)
                        gradient[j] += residual * (j < d - 1 ? x[j] : 1) * n / (rows * totalWeight);
                }

                t++;
                for (int j = 0; j < d; j++)
                {
                    double g = gradient[j] + (j < d - 1 ? l2 * theta[j] : 0);
                    if (options.Method == MiniBatchMethod.Momentum)
                    {
                        first[j] = options.Momentum * first[j] + g;
                        theta[j] -= rate * first[j];
                    }
                    else
                    {
                        first[j] = 0.9 * first[j] + 0.1 * g;
                        second[j] = 0.999 * second[j] + 0.001 * g * g;
                        theta[j] -= rate * (first[j] / (1 - Math.Pow(0.9, t))) / (Math.Sqrt(second[j] / (1 - Math.Pow(0.999, t))) + 1e-8);
                    }
                }
            }
        }

        return theta;
    }

    /// <summary>How far an engine's parameters are from these: max-norm over the max-norm of how far they came.</summary>
    public static double RelativeDifference(IEngine engine, Dataset dataset, MiniBatchOptions options, double rate, double l2, int epochs)
    {
        double[] start = SyntheticData.Parameters(dataset.Features, scale: 0.5);
        double[] expected = Run(dataset, options, start, rate, l2, epochs);
        double[] actual = new double[start.Length];
        using var batches = engine.MiniBatches(options, dataset.TotalWeight, l2, start);
        for (int epoch = 0; epoch < epochs; epoch++)
            batches.Run(epoch, _ => rate);
        batches.Read(actual);
        double difference = expected.Zip(actual, (a, b) => double.IsNaN(b) ? double.PositiveInfinity : Math.Abs(a - b)).Max();
        return difference / expected.Zip(start, (a, b) => Math.Abs(a - b)).Max();
    }
}
