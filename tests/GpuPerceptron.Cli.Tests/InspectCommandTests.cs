using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Cli.Tests;

public sealed class InspectCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Json_has_the_parameters_in_both_units_the_labels_the_schema_and_the_record()
    {
        Samples.TrainPima(_folder["m.json"]);
        var json = CommandResult.Of("inspect", _folder["m.json"], "--json", "-").Json;
        Assert.Equal(["label", "bias", "weights", "schema", "training"], json.EnumerateObject().Select(property => property.Name));
        var golden = Golden.All["pima"];
        Assert.Equal(golden.FeatureNames, json.GetProperty("weights").EnumerateArray().Select(weight => weight.GetProperty("feature").GetString()));
        Assert.Equal(golden.BiasRaw, json.GetProperty("bias").GetProperty("raw").GetDouble(), 1e-2);
        Assert.Equal("1", json.GetProperty("label").GetProperty("positive").GetString());
        Assert.Equal(8, json.GetProperty("schema").GetProperty("columns").GetArrayLength());
        Assert.Equal("number", json.GetProperty("schema").GetProperty("columns")[0].GetProperty("kind").GetString());
        Assert.Equal("converged", json.GetProperty("training").GetProperty("stop_reason").GetString());
    }

    [Fact]
    public void The_largest_weights_come_first()
    {
        Samples.TrainPima(_folder["m.json"]);
        var result = CommandResult.Of("inspect", _folder["m.json"]);
        Assert.Equal(0, result.Code);
        string[] order = [.. result.Lines.SkipWhile(line => !line.StartsWith("feature ", StringComparison.Ordinal)).Skip(1).Select(line => line.Split(' ')[0])];
        Assert.Equal(["glucose", "mass", "pregnant", "pedigree", "pressure", "age", "insulin", "triceps", "(bias)"], order);
    }

    [Fact]
    public void Says_when_a_model_was_trained_in_raw_units()
    {
        Samples.TrainPima(_folder["m.json"], "--standardize", "false", "--epochs", "50");
        var result = CommandResult.Of("inspect", _folder["m.json"]);
        Assert.Contains("features in raw units", result.Out, StringComparison.Ordinal);
        Assert.Contains("Trained in raw units", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Both_units_agree_whichever_was_trained_in()
    {
        string table = _folder.Write("t.csv", ["x,y", .. Enumerable.Range(0, 60).Select(i => $"{i % 10},{(i * 7 % 10 > 4 ? 1 : 0)}")]);
        var parameters = new[] { "true", "false" }.Select(standardize =>
        {
            CommandResult.Of("train", table, "--label", "y", "--standardize", standardize, "--tolerance", "1e-7", "-o", _folder["m.json"], "--quiet");
            var json = CommandResult.Of("inspect", _folder["m.json"], "--json", "-").Json;
            var (weight, bias) = (json.GetProperty("weights")[0], json.GetProperty("bias"));
            return new[] { weight, bias }.SelectMany(each => new[] { each.GetProperty("standardized").GetDouble(), each.GetProperty("raw").GetDouble() });
        }).ToArray();
        Assert.All(parameters[0].Zip(parameters[1]), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }
}
