using GpuPerceptron.Models;

namespace GpuPerceptron.Cli.Commands;

/// <summary>A file that --weights names: numbers, or a model.</summary>
/// <param name="Path">The file.</param>
/// <param name="Numbers">The numbers; null where it is a model.</param>
/// <param name="Model">The model; null where it is numbers.</param>
internal sealed record WeightsFile(string Path, NumberFile? Numbers, PerceptronModel? Model)
{
    /// <summary>Reads it.</summary>
    /// <exception cref="PerceptronException">It is neither.</exception>
    public static WeightsFile Read(string path) => IsModel(path)
        ? new WeightsFile(path, null, ModelFile.Load(path))
        : new WeightsFile(path, NumberFile.Read(path), null);

    /// <summary>The numbers in the order of a table's features; null where it is a model.</summary>
    public IReadOnlyList<double>? NumbersFor(Schema schema) =>
        Numbers?.InOrderOf(Path, [.. schema.Features.Select(feature => feature.Name)]).Values;

    /// <summary>w and b for features as a schema encodes them: numbers as they are, a model's converted.</summary>
    /// <exception cref="PerceptronException">There are too few or too many, or the model's features are others.</exception>
    public double[] ParametersFor(Schema schema)
    {
        FeatureSchema[] features = [.. schema.Features];
        if (Model is null)
        {
            var numbers = NumbersFor(schema)!;
            if (numbers.Count == features.Length) return [.. numbers, 0];
            return numbers.Count == features.Length + 1
                ? [.. numbers]
                : throw new PerceptronException(Fault.Data,
                    $"{Path} has {numbers.Count} values; there must be {features.Length} weights, in the order of the table's columns, and the bias");
        }

        if (!features.Select(feature => feature.Name).SequenceEqual(Model.Schema.Features.Select(feature => feature.Name)))
            throw new PerceptronException(Fault.Data, $"the features of {Path} are not those of the table; train it on the same columns");
        var raw = Model.Raw;
        if (!schema.Standardized) return [.. raw.Weights, raw.Bias];
        double bias = raw.Bias + features.Zip(raw.Weights, (feature, weight) => weight * feature.Mean).Sum();
        return [.. features.Zip(raw.Weights, (feature, weight) => weight * feature.StandardDeviation), bias];
    }

    private static bool IsModel(string path)
    {
        try
        {
            using var reader = new StreamReader(path);
            int character;
            do character = reader.Read();
            while (character >= 0 && char.IsWhiteSpace((char)character));
            return character == '{';
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false; // whoever reads it next says so
        }
    }
}
