using System.Globalization;
using System.Text;

namespace GpuPerceptron.Bench;

/// <summary>
/// A made LIBSVM file: columns drawn by a power law, as words and clicks are, and labels of a logistic model over some of them,
/// so that no model is better than 80 of 100. The same arguments give the same file.
/// </summary>
internal static class SparseFile
{
    private const double Signal = 2.3;     // deviation of the true logits: a best accuracy of about 0.8
    private const double WeightsPart = 0.3; // of the columns, that say anything

    /// <param name="file">Where to.</param>
    /// <param name="samples">Lines.</param>
    /// <param name="features">Indices, from 1.</param>
    /// <param name="nonZeros">Values a line, about.</param>
    /// <param name="seed">Of everything random.</param>
    public static void Make(string file, int samples, int features, int nonZeros, int seed)
    {
        var random = new Random(seed);
        double[] cumulative = new double[features], weights = new double[features];
        double total = 0;
        for (int j = 0; j < features; j++)
        {
            total += Math.Pow(j + 10, -1.1);
            cumulative[j] = total;
            if (random.NextDouble() < WeightsPart)
                weights[j] = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        }

        int[] names = [.. Enumerable.Range(1, features)];
        random.Shuffle(names); // frequent ones anywhere
        double scale = Signal / Math.Sqrt(WeightsPart * nonZeros);
        using var writer = new StreamWriter(file, append: false, new UTF8Encoding(false), 1 << 20) { NewLine = "\n" };
        var row = new SortedDictionary<int, (int Column, double Value)>();
        for (int i = 0; i < samples; i++)
        {
            row.Clear();
            double logit = 0;
            for (int k = random.Next(nonZeros / 2, nonZeros + nonZeros / 2 + 1); k > 0; k--)
            {
                int column = Array.BinarySearch(cumulative, total * random.NextDouble());
                column = Math.Min(features - 1, column < 0 ? ~column : column);
                double value = Math.Round(Math.Log(1 + Math.Ceiling(-1.96 * Math.Log(1 - random.NextDouble()))), 5);
                if (row.TryAdd(names[column], (column, value))) logit += weights[column] * value;
            }

            writer.Write(random.NextDouble() < 1 / (1 + Math.Exp(-scale * logit)) ? "+1" : "-1");
            foreach (var (name, (_, value)) in row)
                writer.Write(string.Create(CultureInfo.InvariantCulture, $" {name}:{value}"));
            writer.WriteLine();
        }
    }
}
