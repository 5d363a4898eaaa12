using GpuPerceptron.Data;
using GpuPerceptron.Models;

namespace GpuPerceptron.Diagnostics.Gradients;

/// <summary>Weights at which a gradient is worth comparing: random, none of them 0, and such that no output saturates.</summary>
public static class TestWeights
{
    /// <summary>For features as they are stored: logits are of the size 1.</summary>
    /// <param name="dataset">At least one sample.</param>
    /// <param name="seed">Of the draw.</param>
    /// <returns>w, then b.</returns>
    public static double[] For(Dataset dataset, ulong seed) =>
        Draw(FeatureUnits.Stored(dataset, "stored", "as they are stored").RootMeanSquare, seed);

    /// <summary>For features in the table's units and standardised ones alike: logits are at most of the size 1 in either.</summary>
    /// <param name="dataset">At least one sample.</param>
    /// <param name="schema">What its columns are.</param>
    /// <param name="seed">Of the draw.</param>
    /// <returns>w, then b, in four digits.</returns>
    public static double[] ForEitherUnits(Dataset dataset, Schema schema, ulong seed)
    {
        var raw = FeatureUnits.All(dataset, schema.Standardized, schema.Features)[0];
        double[] weights = Draw([.. raw.RootMeanSquare.Select(size => Math.Max(1, size))], seed);
        return [.. weights.Select(weight => double.Parse(weight.ToString("g4", null), null))];
    }

    /// <summary>±(½ … 1) / (√M · size), the bias ±(¼ … ½).</summary>
    private static double[] Draw(double[] sizes, ulong seed)
    {
        var random = new Random(unchecked((int)(seed ^ (seed >> 32))));
        double Signed() => (0.5 + random.NextDouble() / 2) * (random.Next(2) == 0 ? -1 : 1);
        return [.. sizes.Select(size => Signed() / Math.Sqrt(sizes.Length) / (size > 0 ? size : 1)), Signed() / 2];
    }
}
