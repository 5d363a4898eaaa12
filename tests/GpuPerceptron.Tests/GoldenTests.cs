using GpuPerceptron.Engines;
using GpuPerceptron.Solvers;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests;

/// <summary>Real data: every solver reaches the optimum that Newton's method found in extended precision.</summary>
public sealed class GoldenTests
{
    public static TheoryData<string, SolverKind> Cases()
    {
        var cases = new TheoryData<string, SolverKind>();
        foreach (string name in Golden.All.Keys)
        {
            cases.Add(name, SolverKind.Nesterov);
            cases.Add(name, SolverKind.GradientDescent);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Training_reaches_the_golden_optimum(string name, SolverKind solver)
    {
        var golden = Golden.All[name];
        var (features, labels) = golden.Load();
        var options = new TrainingOptions
        {
            Device = new DeviceRequest(DeviceKind.Cpu),
            Solver = solver,
            L2 = golden.L2,
            Epochs = 100_000,
        };

        var result = Trainer.Train(features, labels, golden.FeatureNames.Length, options, golden.FeatureNames);

        Assert.Equal(StopReason.Converged, result.StopReason);
        var record = result.Model.Training;
        Assert.Equal(golden.Objective, record.Objective, 1e-7);
        double largest = golden.WeightsRaw.Max(Math.Abs);
        Assert.All(golden.WeightsRaw.Zip(result.Model.Raw.Weights), pair => Assert.Equal(pair.First, pair.Second, 1e-3 * largest));
        Assert.Equal(golden.BiasRaw, result.Model.Raw.Bias, 1e-3 * largest);
        Assert.Equal(golden.LipschitzStandardized, record.LipschitzBound, 1e-3 * golden.LipschitzStandardized);
        Assert.Equal(golden.Positives, record.Positives);
    }
}
