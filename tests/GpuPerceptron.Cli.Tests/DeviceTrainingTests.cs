using System.Globalization;
using System.Text.Json;
using GpuPerceptron.Engines;
using GpuPerceptron.Models;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Cli.Tests;

/// <summary>
/// Whole trainings on a device through the command line: the model is the cpu's, and is good for predict and evaluate. PoCL
/// is OpenCL on the processor, so that this runs where there is no GPU.
/// </summary>
public sealed class DeviceTrainingTests : IDisposable
{
    private static readonly Lazy<HashSet<string>> Present = new(() => [.. DeviceCatalog.List().Select(device => device.Id)]);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("opencl:0", "wdbc_l2", "float32")]
    [InlineData("opencl:0", "wdbc_l2", "float16")]
    [InlineData("opencl:0", "pima", "float32")]
    [InlineData("cuda:0", "wdbc_l2", "float32")]
    [InlineData("cuda:0", "wdbc_l2", "float16")]
    [InlineData("cuda:0", "pima", "float32")]
    public void The_model_is_the_cpu_s(string device, string name, string storage)
    {
        SkipUnlessPresent(device);
        var golden = Golden.All[name];
        var expected = Train("cpu", golden, storage);
        var actual = Train(device, golden, storage);

        Assert.Equal((device, storage), (actual.Training.Device, actual.Training.Storage.ToString().ToLowerInvariant()));
        Assert.Equal(expected.Training.Objective, actual.Training.Objective, 1e-7);
        Assert.Equal(golden.Objective, actual.Training.Objective, storage == "float32" ? 1e-7 : 1e-5);
        double largest = expected.Weights.Max(Math.Abs);
        Assert.All(expected.Weights.Zip(actual.Weights), pair => Assert.Equal(pair.First, pair.Second, 1e-3 * largest));
        Assert.Equal(expected.Bias, actual.Bias, 1e-3 * largest);

        // Both models say the same of every sample, and accuracy is the optimum's.
        Assert.All(Probabilities("cpu", golden).Zip(Probabilities(device, golden)), pair => Assert.Equal(pair.First, pair.Second, 2e-3));
        var metrics = CommandResult.Of("evaluate", ModelOf(device), golden.Path, "--json", "-").Json;
        Assert.Equal(golden.Samples, metrics.GetProperty("samples").GetInt32());
        Assert.Equal(golden.MeanLogLoss, metrics.GetProperty("log_loss").GetDouble(), 1e-4);
        Assert.Equal(golden.Accuracy, metrics.GetProperty("accuracy").GetDouble(), 2.5 / golden.Samples);
    }

    [Theory, InlineData("opencl:0"), InlineData("cuda:0")]
    public void Validation_stops_early_where_it_does_on_the_cpu(string device)
    {
        SkipUnlessPresent(device);
        JsonElement Stopped(string on) => CommandResult.Of(
            "train", Golden.All["wdbc_l2"].Path, "--label", "diagnosis", "--validation", "0.3", "--early-stopping", "3", "--tolerance", "1e-9",
            "--solver", "nesterov", // whose steps are small: newton passes the lowest loss in a leap
            "--device", on, "--quiet", "--json", "-", "-o", ModelOf(on)).Json;
        var (expected, actual) = (Stopped("cpu"), Stopped(device));
        Assert.Equal("early_stopping", actual.GetProperty("stop_reason").GetString());
        Assert.Equal(expected.GetProperty("epochs").GetInt32(), actual.GetProperty("epochs").GetInt32(), 2.0); // the lowest loss is flat
        Assert.Equal(
            expected.GetProperty("validation").GetProperty("log_loss").GetDouble(),
            actual.GetProperty("validation").GetProperty("log_loss").GetDouble(), 1e-6);
    }

    [Theory, InlineData("opencl:0"), InlineData("cuda:0")]
    public void The_same_command_gives_the_same_bits(string device)
    {
        SkipUnlessPresent(device);
        string Hash() => Train(device, Golden.All["pima_l2"], "float32").WeightsHash;
        Assert.Equal(Hash(), Hash());
    }

    private static void SkipUnlessPresent(string device) => Assert.SkipUnless(Present.Value.Contains(device), $"this machine has no {device}");

    private string ModelOf(string device) => _folder[device.Replace(':', '-') + ".json"];

    private PerceptronModel Train(string device, Golden golden, string storage)
    {
        var result = CommandResult.Of(
            "train", golden.Path, "--label", golden.Label, "--positive", golden.Positive, "--l2", $"{golden.L2:r}",
            "--features", string.Join(',', golden.FeatureNames), "--device", device, "--storage", storage, "-o", ModelOf(device));
        Assert.True(result.Code is 0, $"{result.Code}: {result.Error}");
        Assert.Contains($"{device}: ", result.Error, StringComparison.Ordinal);
        return ModelFile.Load(ModelOf(device));
    }

    private IEnumerable<double> Probabilities(string device, Golden golden) => CommandResult.Of("predict", ModelOf(device), golden.Path)
        .Lines.Skip(1).Select(line => double.Parse(line.Split(',')[0], CultureInfo.InvariantCulture));
}
