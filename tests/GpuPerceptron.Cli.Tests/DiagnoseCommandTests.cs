using System.Text.Json;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Cli.Tests;

public sealed class DiagnoseCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("sonar.csv", "label", "yes")]
    [InlineData("wdbc.csv", "diagnosis", "yes")]
    [InlineData("pima.csv", "label", "no")]
    public void Separability_is_proved_either_way(string file, string label, string separable)
    {
        var json = Diagnose(Repository.PathOf("samples", "data", file), label);
        Assert.Equal(separable, json.GetProperty("separable").GetString());
        Assert.Equal(separable == "yes", Codes(json).Contains("separable"));
        Assert.Equal(separable == "yes" ? JsonValueKind.Null : JsonValueKind.Number, json.GetProperty("condition_number").ValueKind);
    }

    [Theory]
    [InlineData("pima"), InlineData("wdbc_l2"), InlineData("mtcars")]
    public void Lipschitz_constants_are_those_of_the_goldens(string name)
    {
        var golden = Golden.All[name];
        foreach (string standardize in (string[])["true", "false"])
        {
            var json = Diagnose(golden.Path, golden.Label, "--features", string.Join(',', golden.FeatureNames), "--standardize", standardize);
            Assert.Equal(1, json.GetProperty("lipschitz_raw").GetDouble() / (golden.LipschitzRaw - golden.L2), 1e-3);
            Assert.Equal(1, json.GetProperty("lipschitz_standardized").GetDouble() / (golden.LipschitzStandardized - golden.L2), 1e-3);
            double used = json.GetProperty(standardize == "true" ? "lipschitz_standardized" : "lipschitz_raw").GetDouble();
            Assert.Equal(1 / used, json.GetProperty("safe_learning_rate").GetDouble());
            Assert.Equal(2 / used, json.GetProperty("descent_limit").GetDouble());
        }
    }

    [Fact]
    public void Json_has_every_field()
    {
        var json = Diagnose(Samples.Pima, "label");
        Assert.Equal(
            [
                "samples", "features", "positives", "standardized", "lipschitz_raw", "lipschitz_standardized", "safe_learning_rate",
                "descent_limit", "local_limit", "condition_number", "gradient_descent_epochs", "optimal_log_loss", "separable", "findings", "notes",
            ],
            json.EnumerateObject().Select(property => property.Name));
    }

    [Fact]
    public void Findings_have_a_code_a_message_and_a_remedy_and_name_columns_of_the_table()
    {
        var lines = Enumerable.Range(0, 60).Select(i => $"{i % 10},{i % 10 * 1000},7,{(i * 7 % 10 > 4 ? "yes,paid" : "no,open")}");
        var json = Diagnose(_folder.Write("t.csv", ["minutes,steps,constant,outcome,later", .. lines]), "outcome");
        Assert.All(json.GetProperty("findings").EnumerateArray(), finding =>
            Assert.Equal(["code", "message", "remedy"], finding.EnumerateObject().Select(property => property.Name)));
        string[] codes = Codes(json);
        Assert.Contains("constant_columns", codes);
        Assert.Contains("leak", codes);
        Assert.Contains(codes, code => code is "duplicate_columns" or "collinear_columns");
        var leak = json.GetProperty("findings").EnumerateArray().Single(finding => finding.GetProperty("code").GetString() == "leak");
        Assert.StartsWith("later=", leak.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("--exclude later ", leak.GetProperty("remedy").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_screen_says_what_to_do()
    {
        var result = CommandResult.Of("diagnose", Samples.Wdbc, "--label", "diagnosis");
        Assert.Equal(0, result.Code);
        Assert.Contains("wdbc.csv: 569 samples, 30 features", result.Error, StringComparison.Ordinal);
        Assert.Contains("yes: a plane tells M from B without an error", result.Out, StringComparison.Ordinal);
        Assert.Contains("below 2/L = 0.6023 the loss is sure to fall at every step; larger ones often work", result.Out, StringComparison.Ordinal);
        Assert.Contains("-> --l2 0.001", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_healthy_table_has_no_findings()
    {
        var result = CommandResult.Of("diagnose", Samples.Pima, "--label", "label");
        Assert.Contains("no: no plane tells 1 from 0 without an error; there is a finite optimum", result.Out, StringComparison.Ordinal);
        Assert.Contains("findings      none", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_that_are_all_alike_are_refused()
    {
        string table = _folder.Write("t.csv", ["x,y", "1,a", "2,a", "3,a"]);
        var result = CommandResult.Of("diagnose", table, "--label", "y");
        Assert.Equal((5, ""), (result.Code, result.Out));
    }

    private static JsonElement Diagnose(string table, string label, params string[] more)
    {
        var result = CommandResult.Of(["diagnose", table, "--label", label, "--quiet", "--json", "-", .. more]);
        Assert.True(result.Code == 0, result.Error);
        return result.Json;
    }

    private static string[] Codes(JsonElement json) =>
        [.. json.GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("code").GetString()!)];
}
