using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Metrics;
using GpuPerceptron.Models;
using GpuPerceptron.Solvers;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests;

/// <summary>
/// What keeping X in float16 costs: both optima, measured on the features as they came. docs/math.md has the figures; the
/// bounds here are above them by a factor of two or so.
/// </summary>
public sealed class Float16AccuracyTests
{
    private static readonly LabelSchema Label = new("label", "0", "1");

    /// <summary>Data, and bounds on the loss in the objective, and on the change of the weights and of the probabilities.</summary>
    public static TheoryData<string, double, double, double> Cases => new()
    {
        { "mtcars", 1e-9, 2e-5, 4e-5 },
        { "pima", 1e-9, 1e-4, 2e-4 },
        { "pima_l2", 1e-9, 1e-4, 2e-4 },
        { "wdbc_l2", 1e-8, 1e-3, 1e-3 },
        { "made", 1e-9, 5e-5, 1e-4 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Costs_little(string name, double objectiveBound, double weightBound, double probabilityBound)
    {
        var exact = Train(name, FeatureStorage.Float32);
        var rounded = Train(name, FeatureStorage.Float16);
        Assert.Equal((FeatureStorage.Float32, FeatureStorage.Float16), (exact.Training.Storage, rounded.Training.Storage));
        Assert.NotEqual(exact.WeightsHash, rounded.WeightsHash);

        using var dataset = Load(name, out double l2);
        _ = NumericSchema.Fit(dataset, Label); // standardises
        double excess = Objective(rounded, dataset, l2) - Objective(exact, dataset, l2);
        double weights = exact.Weights.Zip(rounded.Weights, (a, b) => Math.Abs(a - b)).Max() / exact.Weights.Max(Math.Abs);
        double probabilities = Probabilities(exact, dataset).Zip(Probabilities(rounded, dataset), (a, b) => Math.Abs(a - b)).Max();

        Assert.InRange(excess, -1e-9, objectiveBound);
        Assert.InRange(weights, 0, weightBound);
        Assert.InRange(probabilities, 0, probabilityBound);
    }

    /// <summary>F in float64.</summary>
    private static double Objective(PerceptronModel model, Dataset dataset, double l2) =>
        BinaryMetrics.Evaluate(model, dataset).LogLoss + 0.5 * l2 * model.Weights.Sum(w => w * w);

    private static PerceptronModel Train(string name, FeatureStorage storage)
    {
        using var dataset = Load(name, out double l2);
        var schema = NumericSchema.Fit(dataset, Label);
        var options = new TrainingOptions { Device = new DeviceRequest(DeviceKind.Cpu), Storage = storage, L2 = l2, Tolerance = 1e-7 };
        var result = Trainer.Train(dataset, schema, options);
        Assert.Equal(StopReason.Converged, result.StopReason);
        return result.Model;
    }

    private static Dataset Load(string name, out double l2)
    {
        l2 = 0;
        if (name == "made") return SyntheticData.Logistic(rows: 20_000, features: 100);
        var golden = Golden.All[name];
        l2 = golden.L2;
        var (features, labels) = golden.Load();
        return Dataset.FromRows(features, labels, golden.FeatureNames.Length);
    }

    private static double[] Probabilities(PerceptronModel model, Dataset dataset) => [.. dataset.Blocks.SelectMany(block =>
    {
        double[] logits = new double[block.Rows];
        model.Logits(block, logits);
        return logits.Select(PerceptronModel.Sigmoid);
    })];
}
