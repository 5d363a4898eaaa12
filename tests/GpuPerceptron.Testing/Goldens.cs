using System.Text.Json;
using System.Text.Json.Serialization;

namespace GpuPerceptron.Testing;

/// <summary>The optimum of a real data set, found by Newton's method in extended precision.</summary>
public sealed record Golden
{
    [JsonPropertyName("file")] public required string File { get; init; }
    [JsonPropertyName("label")] public required string Label { get; init; }
    [JsonPropertyName("positive")] public required string Positive { get; init; }
    [JsonPropertyName("samples")] public required int Samples { get; init; }
    [JsonPropertyName("positives")] public required int Positives { get; init; }
    [JsonPropertyName("feature_names")] public required string[] FeatureNames { get; init; }
    [JsonPropertyName("l2")] public required double L2 { get; init; }
    [JsonPropertyName("objective")] public required double Objective { get; init; }
    [JsonPropertyName("mean_log_loss")] public required double MeanLogLoss { get; init; }
    [JsonPropertyName("accuracy")] public required double Accuracy { get; init; }
    [JsonPropertyName("weights_raw")] public required double[] WeightsRaw { get; init; }
    [JsonPropertyName("bias_raw")] public required double BiasRaw { get; init; }
    [JsonPropertyName("lipschitz_raw")] public required double LipschitzRaw { get; init; }
    [JsonPropertyName("lipschitz_standardized")] public required double LipschitzStandardized { get; init; }

    /// <summary>Without a penalty: the standard errors of the weights and of the bias.</summary>
    [JsonPropertyName("standard_errors_raw")] public double[]? StandardErrorsRaw { get; init; }

    [JsonPropertyName("standard_error_bias_raw")] public double? StandardErrorBiasRaw { get; init; }

    /// <summary>The table.</summary>
    public string Path => Repository.PathOf("samples", "data", File);

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyDictionary<string, Golden> All { get; } = JsonSerializer.Deserialize<Dictionary<string, Golden>>(
        System.IO.File.ReadAllBytes(Repository.PathOf("tests", "GpuPerceptron.Testing", "data", "goldens.json")))!;

    /// <summary>The table's numbers, its gaps excluded by there being none: features row by row, and labels.</summary>
    public (float[] Features, float[] Labels) Load()
    {
        string[] lines = System.IO.File.ReadAllLines(Path);
        string[] header = lines[0].Split(',');
        int label = Array.IndexOf(header, Label);
        var rows = lines.Skip(1).Where(line => line.Length > 0).Select(line => line.Split(',')).ToArray();
        int[] columns = [.. FeatureNames.Select(name => Array.IndexOf(header, name))];
        float[] features = [.. rows.SelectMany(row => columns.Select(column => float.Parse(row[column])))];
        float[] labels = [.. rows.Select(row => row[label] == Positive ? 1f : 0f)];
        return (features, labels);
    }
}
