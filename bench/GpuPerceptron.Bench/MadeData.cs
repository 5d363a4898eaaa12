using System.Numerics;
using System.Runtime.InteropServices;
using GpuPerceptron.Data;

namespace GpuPerceptron.Bench;

/// <summary>What made data looks like.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Samples">N.</param>
/// <param name="Features">M.</param>
/// <param name="Factors">Hidden normal factors that the features share, which is what correlates them.</param>
/// <param name="Loading">The standard deviation of a factor's part in a feature.</param>
/// <param name="Own">The standard deviation of the part that a feature shares with none.</param>
/// <param name="Signal">The standard deviation of the true logits: 1.664 for a best accuracy of 0.75, 3.347 for 0.85.</param>
internal sealed record DataShape(string Name, int Samples, int Features, int Factors, double Loading, double Own, double Signal)
{
    public static IReadOnlyList<DataShape> Presets { get; } =
    [
        new("higgs-like", 2_000_000, 28, 5, 0.6, 0.8, 1.664),
        new("wide", 100_000, 1_000, 50, 0.15, 1, 3.347),
    ];

    /// <summary>The presets, for a person.</summary>
    public static string PresetsInWords { get; } = string.Join(" or ", Presets.Select(shape => shape.Describe()));

    /// <summary>The preset of a name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="PerceptronException">There is none.</exception>
    public static DataShape Preset(string name) => Presets.FirstOrDefault(shape => shape.Name == name)
        ?? throw new PerceptronException(
            Fault.Options, $"'{name}' is no preset; use {string.Join(" or ", Presets.Select(shape => shape.Name))}");

    /// <summary>Name and size.</summary>
    public string Describe() => $"{Name} ({Samples:N0} x {Features:N0})";

    /// <summary>Any shape, correlated as the narrow preset is: a factor for every five features, fifty at most.</summary>
    public static DataShape Of(int samples, int features)
    {
        int factors = Math.Clamp(features / 5, 1, 50);
        return new("made", samples, features, factors, 1.34 / Math.Sqrt(factors), 0.8, 1.664);
    }
}

/// <summary>
/// Samples of a logistic model: x = Lf + own noise with f normal, y ~ Bernoulli(σ(w·x)), so that no model beats w. The
/// same shape and seed give the same bits.
/// </summary>
internal static class MadeData
{
    /// <param name="shape">What to make.</param>
    /// <param name="seed">Of everything random.</param>
    /// <returns>The samples, not standardised yet.</returns>
    public static Dataset Make(DataShape shape, int seed)
    {
        var random = new Random(seed);
        float[] loadings = new float[shape.Factors * shape.Features];
        for (int i = 0; i < loadings.Length; i++)
            loadings[i] = (float)(shape.Loading * Normal(random));
        float[] weights = new float[shape.Features];
        for (int j = 0; j < weights.Length; j++)
            weights[j] = (float)Normal(random);
        ScaleToSignal(weights, loadings, shape);

        using var builder = new DatasetBuilder(shape.Features);
        for (int left = shape.Samples; left > 0;)
        {
            var rows = builder.Reserve(left);
            for (int i = 0; i < rows.Count; i++, left--)
            {
                FillRow(rows.Row(i), loadings, shape, random);
                rows.Labels[i] = random.NextDouble() < 1 / (1 + Math.Exp(-Dot(rows.Row(i), weights))) ? (byte)1 : (byte)0;
            }
        }

        return builder.Build();
    }

    /// <summary>Var(w·x) = ‖Lᵀw‖² + own² ‖w‖²: scales w so that its root is the signal.</summary>
    private static void ScaleToSignal(float[] weights, float[] loadings, DataShape shape)
    {
        double variance = shape.Own * shape.Own * weights.Sum(w => (double)w * w);
        for (int k = 0; k < shape.Factors; k++)
        {
            double projection = Dot(loadings.AsSpan(k * shape.Features, shape.Features), weights);
            variance += projection * projection;
        }

        float factor = (float)(shape.Signal / Math.Sqrt(variance));
        for (int j = 0; j < weights.Length; j++)
            weights[j] *= factor;
    }

    private static void FillRow(Span<float> row, float[] loadings, DataShape shape, Random random)
    {
        FillNormal(row, shape.Own, random);
        for (int k = 0; k < shape.Factors; k++)
            AddScaled((float)Normal(random), loadings.AsSpan(k * shape.Features, shape.Features), row);
    }

    /// <summary>Box and Muller's pairs: √(−2 ln u) (cos 2πv, sin 2πv).</summary>
    private static void FillNormal(Span<float> values, double deviation, Random random)
    {
        for (int j = 0; j < values.Length; j += 2)
        {
            double radius = deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            var (sine, cosine) = Math.SinCos(2 * Math.PI * random.NextDouble());
            values[j] = (float)(radius * cosine);
            if (j + 1 < values.Length) values[j + 1] = (float)(radius * sine);
        }
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>target += scale · source, a vector at a time: fifty factors for every value would be slow otherwise.</summary>
    private static void AddScaled(float scale, ReadOnlySpan<float> source, Span<float> target)
    {
        var wide = MemoryMarshal.Cast<float, Vector<float>>(target);
        var wideSource = MemoryMarshal.Cast<float, Vector<float>>(source);
        for (int j = 0; j < wide.Length; j++)
            wide[j] += scale * wideSource[j];
        for (int j = wide.Length * Vector<float>.Count; j < target.Length; j++)
            target[j] += scale * source[j];
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int j = 0; j < a.Length; j++)
            sum += (double)a[j] * b[j];
        return sum;
    }
}
