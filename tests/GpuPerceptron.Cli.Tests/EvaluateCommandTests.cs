using System.Text.Json;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Cli.Tests;

public sealed class EvaluateCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public EvaluateCommandTests() => Samples.TrainPima(_folder["m.json"]);

    /// <summary>The fields of a model's measures.</summary>
    public static IReadOnlyList<string> Fields { get; } =
        ["samples", "log_loss", "accuracy", "roc_auc", "pr_auc", "brier", "f1", "precision", "recall", "confusion"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Json_has_every_field_and_the_known_values()
    {
        var result = CommandResult.Of("evaluate", _folder["m.json"], Samples.Pima, "--json", "-");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Equal(Fields, result.Json.EnumerateObject().Select(property => property.Name));
        var golden = Golden.All["pima"];
        Assert.Equal(golden.MeanLogLoss, result.Json.GetProperty("log_loss").GetDouble(), 1e-6);
        Assert.Equal(golden.Accuracy, result.Json.GetProperty("accuracy").GetDouble(), 2.0 / golden.Samples);
        var confusion = result.Json.GetProperty("confusion");
        Assert.Equal(["tp", "fp", "tn", "fn"], confusion.EnumerateObject().Select(property => property.Name));
        Assert.Equal(golden.Samples, confusion.EnumerateObject().Sum(property => property.Value.GetInt32()));
    }

    [Fact]
    public void A_measure_that_does_not_exist_is_null()
    {
        var result = CommandResult.Of(
            "evaluate", _folder["m.json"], "--sql", $"SELECT * FROM '{Samples.Pima}' WHERE label = 1", "--json", "-");
        Assert.Equal(0, result.Code);
        Assert.Equal(JsonValueKind.Null, result.Json.GetProperty("roc_auc").ValueKind);
    }

    [Fact]
    public void Weights_count()
    {
        var weighted = CommandResult.Of(
            "evaluate", _folder["m.json"], "--sql", $"SELECT *, (age < 40)::INT AS s FROM '{Samples.Pima}'", "--weight", "s", "--json", "-");
        var filtered = CommandResult.Of(
            "evaluate", _folder["m.json"], "--sql", $"SELECT * FROM '{Samples.Pima}' WHERE age < 40", "--json", "-");
        Assert.Equal(filtered.Json.GetProperty("log_loss").GetDouble(), weighted.Json.GetProperty("log_loss").GetDouble(), 1e-12);
    }

    [Fact]
    public void Shows_the_measures_and_the_confusion()
    {
        var result = CommandResult.Of("evaluate", _folder["m.json"], Samples.Pima);
        Assert.Contains("ROC AUC", result.Out, StringComparison.Ordinal);
        Assert.Contains("predicted 1", result.Out, StringComparison.Ordinal);
        Assert.True(result.Out.All(char.IsAscii));
    }
}
