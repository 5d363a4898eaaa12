using System.Globalization;
using GpuPerceptron.Data;
using GpuPerceptron.Models;
using GpuPerceptron.Testing;

namespace GpuPerceptron.Tests.Diagnostics;

/// <summary>A table in plain arrays, one sample a row, and gradients computed from it the way that people do, mistakes included.</summary>
internal sealed class PlainTable
{
    public PlainTable(double[][] rows, double[] labels, double[]? sampleWeights = null)
    {
        (X, Y, S) = (rows, labels, sampleWeights ?? [.. labels.Select(_ => 1.0)]);
        HasSampleWeights = sampleWeights is not null;
    }

    public double[][] X { get; }
    public double[] Y { get; }
    public double[] S { get; }
    public bool HasSampleWeights { get; }
    public int N => Y.Length;
    public int M => X[0].Length;
    public IEnumerable<int> Samples => Enumerable.Range(0, N);

    public static PlainTable Pima { get; } = Of(Golden.All["pima"], rows: 150);
    public static PlainTable Cars { get; } = Of(Golden.All["mtcars"], rows: 32);

    /// <summary>Made samples of M features whose spreads and means differ.</summary>
    public static PlainTable Made(int samples, int features, bool weighted = false)
    {
        var random = new Random(samples + features);
        double[][] rows = [.. Enumerable.Range(0, samples).Select(_ => Enumerable.Range(0, features)
            .Select(j => (double)(float)((random.NextDouble() - 0.3) * (1 + j))).ToArray())];
        double[] labels = [.. rows.Select(row => row[0] + random.NextDouble() > 0.6 ? 1.0 : 0.0)];
        return new PlainTable(rows, labels, weighted ? [.. labels.Select(_ => (double)(float)(0.2 + random.NextDouble()))] : null);
    }

    /// <summary>A table of numbers that comes with the repository.</summary>
    public static PlainTable Sample(string name, string label)
    {
        string[][] lines = [.. File.ReadLines(Repository.PathOf("samples", "data", $"{name}.csv")).Select(line => line.Split(','))];
        int place = Array.IndexOf(lines[0], label);
        return new PlainTable(
            [.. lines[1..].Select(line => line.Where((_, j) => j != place).Select(word => (double)float.Parse(word, CultureInfo.InvariantCulture)).ToArray())],
            [.. lines[1..].Select(line => line[place] == lines[1][place] ? 1.0 : 0.0)]);
    }

    private static PlainTable Of(Golden golden, int rows)
    {
        var (features, labels) = golden.Load();
        int count = golden.FeatureNames.Length;
        return new PlainTable(
            [.. labels.Take(rows).Select((_, i) => features.AsSpan(i * count, count).ToArray().Select(value => (double)value).ToArray())],
            [.. labels.Take(rows).Select(label => (double)label)]);
    }

    /// <summary>The same rows with other features.</summary>
    public PlainTable With(Func<double[], double[], double[]> column) => Columns([.. Enumerable.Range(0, M).Select(j =>
    {
        double[] values = [.. X.Select(row => row[j])];
        return column(values, Y);
    })]);

    /// <summary>x ← (x − mean) / deviation, the deviation with division by N − lost.</summary>
    public PlainTable Standardized(int lost = 0) => With((x, _) =>
    {
        double mean = x.Average();
        double deviation = Math.Sqrt(x.Sum(value => (value - mean) * (value - mean)) / (x.Length - lost));
        return [.. x.Select(value => (value - mean) / deviation)];
    });

    public PlainTable Columns(double[][] columns) =>
        new([.. Samples.Select(i => columns.Select(column => column[i]).ToArray())], Y, HasSampleWeights ? S : null);

    public PlainTable WithLabels(Func<double, double> label) => new(X, [.. Y.Select(label)], HasSampleWeights ? S : null);

    public (Dataset Dataset, Schema Schema) Encode(bool standardize = false)
    {
        var dataset = Dataset.FromRows(
            [.. X.SelectMany(row => row.Select(value => (float)value))], [.. Y.Select(value => (float)value)], M,
            HasSampleWeights ? [.. S.Select(value => (float)value)] : default);
        return (dataset, NumericSchema.Fit(dataset, new LabelSchema("label", "no", "yes"), [.. Enumerable.Range(0, M).Select(j => $"c{j}")], standardize));
    }

    public double Logit(int i, double[] w) => Enumerable.Range(0, M).Sum(j => w[j] * X[i][j]) + w[M];

    public double Output(int i, double[] w) => Sigma(Logit(i, w));

    /// <summary>Σ ρₖ x̃ₖ.</summary>
    public double[] Product(Func<int, double> coefficient)
    {
        double[] sum = new double[M + 1];
        foreach (int i in Samples)
        {
            double rho = coefficient(i);
            for (int j = 0; j < M; j++)
                sum[j] += rho * X[i][j];
            sum[M] += rho;
        }

        return sum;
    }

    /// <summary>The right one, from the formula.</summary>
    public double[] Right(double[] w) => Scale(Product(i => S[i] * (Output(i, w) - Y[i])), 1 / S.Sum());

    public static double[] Scale(double[] gradient, double factor) => [.. gradient.Select(value => factor * value)];

    public static double Sigma(double v) => 1 / (1 + Math.Exp(-v));

    public static double SigmaPrime(double v) => Sigma(v) * (1 - Sigma(v));
}
