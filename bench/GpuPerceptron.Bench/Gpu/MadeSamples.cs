using GpuPerceptron.Data;

namespace GpuPerceptron.Bench.Gpu;

/// <summary>
/// Samples and parameters by a formula of integers, so that torch_pass.py makes the same ones, bit for bit, without a file
/// of gigabytes between them.
/// </summary>
/// <remarks>
/// h(n) = 2,654,435,761·n mod 2³² (Knuth's multiplicative hash), xᵢⱼ = 3.46·⌊h(iM + j)/2⁸⌋/2²⁴ − 1.73, of mean 0 and
/// deviation 1, and yᵢ the highest bit of h(i). A pass takes the same time whatever they are.
/// </remarks>
internal static class MadeSamples
{
    private const ulong Multiplier = 2_654_435_761;

    /// <summary>X and y.</summary>
    /// <param name="features">M.</param>
    /// <param name="samples">N.</param>
    public static Dataset Create(int features, long samples)
    {
        using var builder = new DatasetBuilder(features);
        for (long row = 0; row < samples;)
        {
            var rows = builder.Reserve((int)Math.Min(samples - row, int.MaxValue));
            Fill(rows, row, features);
            row += rows.Count;
        }

        return builder.Build();
    }

    /// <summary>w, then b: wⱼ = 0.3/√M·((37j mod 101) − 50)/50 and b = 0.1.</summary>
    /// <param name="features">M.</param>
    public static double[] Parameters(int features)
    {
        double[] parameters = new double[features + 1];
        for (int j = 0; j < features; j++)
            parameters[j] = 0.3 / Math.Sqrt(features) * ((37 * j % 101 - 50) / 50.0);
        parameters[features] = 0.1;
        return parameters;
    }

    private static unsafe void Fill(SampleRows rows, long first, int features)
    {
        float* x = rows.FeaturePointer;
        int stride = rows.Stride;
        Parallel.For(0, rows.Count, i =>
        {
            float* row = x + (nint)i * stride;
            ulong hash = Multiplier * ((ulong)(first + i) * (ulong)features);
            for (int j = 0; j < features; j++, hash += Multiplier)
                row[j] = ((uint)hash >> 8) * (1f / (1 << 24)) * 3.46f - 1.73f;
        });

        for (int i = 0; i < rows.Count; i++)
            rows.Labels[i] = (byte)((uint)(Multiplier * (ulong)(first + i)) >> 31);
    }
}
