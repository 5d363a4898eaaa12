using System.Globalization;
using GpuPerceptron.Models;

namespace GpuPerceptron.Bench;

/// <summary>Reads a model that LIBLINEAR's train wrote (-s 0 -B 1) as our parameters.</summary>
internal static class LiblinearModel
{
    /// <param name="file">The model.</param>
    /// <param name="schema">Of the same samples, not scaled.</param>
    /// <returns>A weight a column, then the bias.</returns>
    public static double[] Parameters(string file, Schema schema)
    {
        string[] lines = File.ReadAllLines(file);
        int first = Array.IndexOf(lines, "w") + 1;
        // Its weights speak for the label that it names first.
        string label = lines.First(line => line.StartsWith("label ", StringComparison.Ordinal)).Split(' ')[1];
        double sign = label == schema.Label.Positive ? 1 : -1;
        double[] weights = [.. lines[first..].Select(line => sign * double.Parse(line, CultureInfo.InvariantCulture))];
        return [.. schema.Sparse!.Indices.ToArray().Select(index => weights[index - 1]), weights[^1]];
    }
}
