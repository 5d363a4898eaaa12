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

    [Theory]
    [InlineData("pima", "true")]
    [InlineData("mtcars", "true")]
    [InlineData("mtcars", "false")]
    public void Standard_errors_are_those_of_the_goldens(string name, string standardize)
    {
        var golden = Golden.All[name];
        Assert.Equal(0, CommandResult.Of(
            "train", golden.Path, "--label", golden.Label, "--positive", golden.Positive, "--standardize", standardize, "--features",
            string.Join(',', golden.FeatureNames), "--tolerance", "1e-7", "-o", _folder["m.json"], "--quiet").Code);
        var result = CommandResult.Of("inspect", _folder["m.json"], "--statistics", "--json", "-");
        var statistics = result.Json.GetProperty("statistics");
        var weights = statistics.GetProperty("weights").EnumerateArray().ToArray();
        Assert.Equal(golden.FeatureNames, weights.Select(weight => weight.GetProperty("feature").GetString()));
        for (int j = 0; j < weights.Length; j++)
        {
            Assert.Equal(1, weights[j].GetProperty("standard_error").GetDouble() / golden.StandardErrorsRaw![j], 1e-4);
            double z = golden.WeightsRaw[j] / golden.StandardErrorsRaw[j];
            Assert.Equal(z, weights[j].GetProperty("z").GetDouble(), 1e-3);
            Assert.InRange(weights[j].GetProperty("p").GetDouble(), 0, 1);
        }

        Assert.Equal(1, statistics.GetProperty("bias").GetProperty("standard_error").GetDouble() / golden.StandardErrorBiasRaw!.Value, 1e-4);
        Assert.Contains("std. error", CommandResult.Of("inspect", _folder["m.json"], "--statistics").Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a penalty draws the weights towards 0", "--l2", "0.1")]
    [InlineData("the classes were balanced", "--class-weight", "balanced")]
    [InlineData("train with a smaller --tolerance", "--tolerance", "0.05", "--solver", "gd")]
    public void Says_why_there_are_no_standard_errors(string why, params string[] options)
    {
        Samples.TrainPima(_folder["m.json"], options);
        Assert.Contains(why, CommandResult.Of("inspect", _folder["m.json"], "--statistics").Out, StringComparison.Ordinal);
        Assert.Contains(why, CommandResult.Of("inspect", _folder["m.json"], "--statistics", "--json", "-").Json
            .GetProperty("statistics").GetProperty("unavailable").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pima", 5.165)]
    [InlineData("mtcars", 5.788)]
    public void The_condition_number_is_that_of_diagnose(string name, double known)
    {
        var golden = Golden.All[name];
        string[] table = [golden.Path, "--label", golden.Label, "--positive", golden.Positive, "--features", string.Join(',', golden.FeatureNames), "--quiet"];
        CommandResult.Of(["train", .. table, "-o", _folder["m.json"]]);
        double diagnosed = CommandResult.Of(["diagnose", .. table, "--json", "-"]).Json.GetProperty("condition_number").GetDouble();
        var statistics = CommandResult.Of("inspect", _folder["m.json"], "--statistics", "--json", "-").Json.GetProperty("statistics");
        Assert.Equal(known, statistics.GetProperty("condition_number").GetDouble(), 1e-3);
        Assert.Equal(1, statistics.GetProperty("condition_number").GetDouble() / diagnosed, 1e-4);
        Assert.Equal(0, statistics.GetProperty("findings").GetArrayLength());
        Assert.Contains($"number {known}", CommandResult.Of("inspect", _folder["m.json"], "--statistics").Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a", 1e-3, "nearly_collinear_columns", "move together")]
    [InlineData("a", 0, "duplicate_columns", "s is a copy of a")]
    [InlineData("2 - a", 0, "duplicate_columns", "s is -a + 2")]
    [InlineData("a + b", 0, "collinear_columns", "a linear combination of others")]
    public void Columns_that_depend_on_each_other_are_named(string copied, double noise, string code, string message)
    {
        var random = new Random(2);
        double Next() => Math.Round(random.NextDouble() * 4096) / 1024;
        string[] lines = [.. Enumerable.Range(0, 500).Select(_ =>
        {
            double a = Next(), b = Next(), s = copied switch { "a" => a, "2 - a" => 2 - a, _ => a + b } + noise * Next();
            return FormattableString.Invariant($"{a},{b},{s},{(random.NextDouble() < a / 4 ? 1 : 0)}");
        })];
        CommandResult.Of("train", _folder.Write("t.csv", ["a,b,s,y", .. lines]), "--label", "y", "-o", _folder["m.json"], "--quiet");
        var statistics = CommandResult.Of("inspect", _folder["m.json"], "--statistics", "--json", "-").Json.GetProperty("statistics");
        var finding = Assert.Single(statistics.GetProperty("findings").EnumerateArray());
        Assert.Equal(code, finding.GetProperty("code").GetString());
        Assert.Contains(message, finding.GetProperty("message").GetString(), StringComparison.Ordinal);
        if (noise > 0) Assert.InRange(statistics.GetProperty("condition_number").GetDouble(), 1e4, 1e9);
        else Assert.StartsWith("columns depend on each other", statistics.GetProperty("unavailable").GetString(), StringComparison.Ordinal);
        string screen = string.Join(' ', CommandResult.Of("inspect", _folder["m.json"], "--statistics").Out.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(message, screen, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_penalty_no_more_features_are_certified_than_a_hessian_is_taken_for()
    {
        const int Features = 1025;
        var random = new Random(5);
        string x = NpyWriter.Save(_folder["x.npy"], Enumerable.Range(0, 40 * Features).Select(_ => random.NextSingle()).ToArray(), Features);
        string y = NpyWriter.Save(_folder["y.npy"], Enumerable.Range(0, 40).Select(i => i % 2f).ToArray());
        var trained = CommandResult.Of("train", x, "--labels", y, "--device", "cpu", "--epochs", "2", "-o", _folder["m.json"]);
        Assert.Contains("above 1,024 features; add --l2 0.001", trained.Out, StringComparison.Ordinal);
        Assert.Contains("they need the Hessian, which is taken for up to 1,024", CommandResult.Of("inspect", _folder["m.json"], "--statistics").Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Separable_classes_have_none_and_their_model_loads()
    {
        Assert.Equal(0, CommandResult.Of("train", Samples.Wdbc, "--label", "diagnosis", "--device", "cpu", "-o", _folder["m.json"], "--quiet").Code);
        var result = CommandResult.Of("inspect", _folder["m.json"], "--statistics");
        Assert.Equal(0, result.Code);
        Assert.Contains("no finite optimum is proved", result.Out, StringComparison.Ordinal);
    }
}
