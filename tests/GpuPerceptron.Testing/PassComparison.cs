using GpuPerceptron.Data;
using GpuPerceptron.Engines;

namespace GpuPerceptron.Testing;

/// <summary>Holds an engine's pass against the naive one.</summary>
public static class PassComparison
{
    /// <summary>
    /// The larger of the relative differences of the loss and of the gradient (max-norm over max-norm); where the
    /// reference is 0, the absolute ones.
    /// </summary>
    public static double RelativeDifference(IEngine engine, PassLoss loss, Dataset dataset, double[] parameters)
    {
        double[] expected = new double[parameters.Length];
        double[] actual = new double[parameters.Length];
        double expectedLoss = NaiveReference.Pass(loss, dataset, parameters, expected);
        double actualLoss = engine.Pass(loss, parameters, actual);
        double difference = expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max();
        return Math.Max(
            Relative(Math.Abs(expectedLoss - actualLoss), Math.Abs(expectedLoss)),
            Relative(difference, expected.Max(Math.Abs)));
    }

    private static double Relative(double difference, double magnitude)
    {
        if (double.IsNaN(difference)) return double.PositiveInfinity;
        return magnitude == 0 ? difference : difference / magnitude;
    }
}
