using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>Holds an engine to the naive reference.</summary>
internal static class Agreement
{
    /// <summary>Both losses agree with the reference, the loss and the gradient's largest error relative to its largest entry.</summary>
    public static void Holds(IEngine engine, Dataset dataset, double[] parameters, double tolerance = 1e-5)
    {
        foreach (var loss in Enum.GetValues<PassLoss>())
        {
            double[] expected = new double[dataset.Features + 1];
            double[] actual = new double[dataset.Features + 1];
            actual.AsSpan().Fill(double.NaN);
            double expectedLoss = NaiveReference.Pass(loss, dataset, parameters, expected);
            double actualLoss = engine.Pass(loss, parameters, actual);

            Assert.True(Math.Abs(actualLoss - expectedLoss) <= tolerance * Math.Abs(expectedLoss),
                $"{loss}: the loss is {actualLoss}, not {expectedLoss}");
            double largest = expected.Max(Math.Abs);
            for (int j = 0; j < expected.Length; j++)
            {
                Assert.True(Math.Abs(actual[j] - expected[j]) <= tolerance * largest,
                    $"{loss}: entry {j} of the gradient is {actual[j]}, not {expected[j]} (largest: {largest})");
            }
        }
    }
}
