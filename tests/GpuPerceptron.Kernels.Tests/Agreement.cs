using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>Holds an engine to the naive reference.</summary>
internal static class Agreement
{
    /// <summary>Both losses agree, each in its value and its gradient.</summary>
    public static void Holds(IEngine engine, Dataset dataset, double[] parameters, double tolerance = 1e-5)
    {
        foreach (var loss in Enum.GetValues<PassLoss>())
        {
            double difference = PassComparison.RelativeDifference(engine, loss, dataset, parameters);
            Assert.True(difference <= tolerance, $"{loss}, {dataset.Samples} × {dataset.Features} on {engine.Description}: a relative difference of {difference:g3}");
        }
    }

    /// <summary>The Hessian agrees, and what comes with it.</summary>
    public static void HessianHolds(IEngine engine, Dataset dataset, double[] parameters, double tolerance = 1e-5)
    {
        double difference = PassComparison.HessianRelativeDifference(engine, dataset, parameters);
        Assert.True(difference <= tolerance, $"Hessian, {dataset.Samples} × {dataset.Features} on {engine.Description}: a relative difference of {difference:g3}");
    }
}
