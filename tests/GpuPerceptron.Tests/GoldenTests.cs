using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Metrics;
using GpuPerceptron.Models;
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
            cases.Add(name, SolverKind.GradientDescent);
            cases.Add(name, SolverKind.Nesterov);
            cases.Add(name, SolverKind.Lbfgs);
            cases.Add(name, SolverKind.Newton);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Training_reaches_the_golden_optimum(string name, SolverKind solver)
    {
        var golden = Golden.All[name];
        var (features, labels) = golden.Load();
        using var dataset = Dataset.FromRows(features, labels, golden.FeatureNames.Length);
        var schema = NumericSchema.Fit(dataset, new LabelSchema("label", "0", "1"), golden.FeatureNames);
        var options = new TrainingOptions
        {
            Device = new DeviceRequest(DeviceKind.Cpu),
            Solver = solver,
            L2 = golden.L2,
            Epochs = 300_000,
            Tolerance = 3e-7,
        };

        var result = Trainer.Train(dataset, schema, options);

        var record = result.Model.Training;
        Assert.Equal(StopReason.Converged, result.StopReason);
        // In float64: the pass's own sum of losses is in float32.
        double penalty = golden.L2 / 2 * result.Model.Weights.Sum(weight => weight * weight);
        Assert.Equal(golden.Objective, BinaryMetrics.Evaluate(result.Model, dataset).LogLoss + penalty, 1e-8);
        Assert.Equal(golden.Objective, record.Objective, 1e-7);
        double largest = golden.WeightsRaw.Max(Math.Abs);
        Assert.All(golden.WeightsRaw.Zip(result.Model.Raw.Weights), pair => Assert.Equal(pair.First, pair.Second, 1e-3 * largest));
        Assert.Equal(golden.BiasRaw, result.Model.Raw.Bias, 1e-3 * largest);
        Assert.Equal(golden.LipschitzStandardized, record.LipschitzBound, 1e-3 * golden.LipschitzStandardized);
        Assert.Equal(golden.Positives, record.Positives);
    }
}
