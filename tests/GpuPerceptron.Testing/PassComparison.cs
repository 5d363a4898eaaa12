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

    /// <summary>
    /// The same for the loss, the gradient and the Hessian; infinity where the Hessian's triangles are not the same to the bit.
    /// </summary>
    public static double HessianRelativeDifference(IEngine engine, Dataset dataset, double[] parameters)
    {
        int order = parameters.Length;
        double[] expectedGradient = new double[order], gradient = new double[order];
        double[] expectedHessian = new double[order * order], hessian = new double[order * order];
        hessian.AsSpan().Fill(double.NaN);
        double expectedLoss = NaiveReference.HessianPass(dataset, parameters, expectedGradient, expectedHessian);
        double loss = engine.HessianPass(parameters, gradient, hessian);
        for (int i = 0; i < order; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (BitConverter.DoubleToInt64Bits(hessian[i * order + j]) != BitConverter.DoubleToInt64Bits(hessian[j * order + i]))
                    return double.PositiveInfinity;
            }
        }

        return new[]
        {
            Relative(Math.Abs(expectedLoss - loss), Math.Abs(expectedLoss)),
            Relative(expectedGradient.Zip(gradient, (a, b) => Math.Abs(a - b)).Max(), expectedGradient.Max(Math.Abs)),
            Relative(expectedHessian.Zip(hessian, (a, b) => Math.Abs(a - b)).Max(), expectedHessian.Max(Math.Abs)),
        }.Max();
    }

    private static double Relative(double difference, double magnitude)
    {
        if (double.IsNaN(difference)) return double.PositiveInfinity;
        return magnitude == 0 ? difference : difference / magnitude;
    }
}
