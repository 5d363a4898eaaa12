using GpuPerceptron.Engines;
using GpuPerceptron.Solvers;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>Whole trainings through the public API, to known optima.</summary>
[Collection(Devices.Collection)]
public sealed class EnginesTrainToTheOptimum
{
    public static TheoryData<string> EveryDevice => [.. Devices.All];

    public static TheoryData<string, SolverKind> EveryDeviceAndSolver()
    {
        var cases = new TheoryData<string, SolverKind>();
        foreach (string device in Devices.All)
        {
            cases.Add(device, SolverKind.Nesterov);
            cases.Add(device, SolverKind.Lbfgs);
            cases.Add(device, SolverKind.Newton);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(EveryDevice))]
    public void Mtcars_reaches_the_golden_optimum(string device)
    {
        var golden = Golden.All["mtcars"];
        var (features, labels) = golden.Load();
        var model = Train(device, features, labels, golden);
        Assert.Equal(golden.Objective, model.Training.Objective, 1e-7);
        Assert.Equal(golden.WeightsRaw[0], model.Raw.Weights[0], 1e-3 * Math.Abs(golden.WeightsRaw[0]));
        Assert.Equal(golden.BiasRaw, model.Raw.Bias, 1e-3 * Math.Abs(golden.BiasRaw));
    }

    [Theory]
    [MemberData(nameof(EveryDeviceAndSolver))]
    public void Three_hundred_rows_of_pima_reach_the_optimum_that_the_host_finds(string device, SolverKind solver)
    {
        var golden = Golden.All["pima"];
        var (features, labels) = golden.Load();
        var rows = features[..(300 * 8)];
        var host = Train("cpu", rows, labels[..300], golden);
        var model = Train(device, rows, labels[..300], golden, solver);
        Assert.Equal(host.Training.Objective, model.Training.Objective, 1e-7);
        double largest = host.Raw.Weights.Max(Math.Abs);
        Assert.All(host.Raw.Weights.Zip(model.Raw.Weights), pair => Assert.Equal(pair.First, pair.Second, 1e-3 * largest));
    }

    private static Models.PerceptronModel Train(string device, float[] features, float[] labels, Golden golden, SolverKind solver = SolverKind.Auto)
    {
        if (device != "cpu") Devices.SkipUnlessPresent(device);
        var options = new TrainingOptions { Device = DeviceRequest.Parse(device), Solver = solver, L2 = golden.L2 };
        var result = Trainer.Train(features, labels, golden.FeatureNames.Length, options, golden.FeatureNames);
        Assert.Equal(StopReason.Converged, result.StopReason);
        Assert.Equal(device, result.Model.Training.Device);
        return result.Model;
    }
}
