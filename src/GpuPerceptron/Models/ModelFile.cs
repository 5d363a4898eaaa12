using System.Text.Json;
using System.Text.Json.Serialization;
using GpuPerceptron.Data;
using GpuPerceptron.Diagnostics;
using GpuPerceptron.Solvers;

namespace GpuPerceptron.Models;

/// <summary>Model files: readable JSON with a version, in which every number round-trips to the last bit.</summary>
public static class ModelFile
{
    /// <summary>The highest version that this program reads. It writes the lowest that can hold a model: 1 without a sparse
    /// column.</summary>
    public const int CurrentVersion = 2;

    private const int SparseVersion = 2;

    private const string Format = "gpuperceptron-model";
    private const int MaximumBytes = 1 << 29; // millions of features; what is longer is something else

    /// <summary>Writes a model, whole or not at all.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file, replaced if it is there.</param>
    /// <exception cref="PerceptronException">The file cannot be written.</exception>
    public static void Save(PerceptronModel model, string path) =>
        AtomicFile.Write(path, stream => ModelWriter.Write(stream, ToDocument(model)));

    /// <summary>Reads a model.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="PerceptronException">It is not there, is not a model, or is from a later version.</exception>
    public static PerceptronModel Load(string path)
    {
        try
        {
            byte[] json = Read(path);
            CheckHeader(path, json);
            var model = FromDocument(JsonSerializer.Deserialize(json, ModelJson.Default.ModelDocument)!);
            return ModelCheck.ProblemOf(model) is { } problem
                ? throw new PerceptronException(Fault.Data, $"{path} is no usable model: {problem}; train it again")
                : model;
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException or ArgumentException)
        {
            throw new PerceptronException(Fault.Data, $"there is no model file '{path}'", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new PerceptronException(Fault.Data, $"cannot read {path}: {SystemMessage.Of(failure)}", failure);
        }
        catch (JsonException failure)
        {
            throw NotAModel(path, failure);
        }
    }

    /// <summary>Whether a file holds a model, be it of a later version or damaged. A pipe is not waited for.</summary>
    internal static bool IsModel(string path)
    {
        try
        {
            if (new FileInfo(path) is not { Exists: true, Length: > 0 }) return false;
            using var document = JsonDocument.Parse(Read(path));
            return IsModel(document.RootElement);
        }
        catch (Exception failure) when (failure
            is PerceptronException or JsonException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }

    private static byte[] Read(string path)
    {
        if (Directory.Exists(path))
            throw new PerceptronException(Fault.Data, $"{path} is a folder; name the model file in it");
        using var file = File.OpenRead(path);
        byte[] json = new byte[1 << 16];
        int length = 0;
        for (int read; (read = file.Read(json.AsSpan(length))) > 0;)
        {
            length += read;
            // A table in the model's place, or an endless file, is told by its beginning.
            int first = json.AsSpan(0, length).IndexOfAnyExcept(" \t\r\n"u8);
            if (length > MaximumBytes || (first < 0 ? length == json.Length : json[first] is not (byte)'{'))
                throw NotAModel(path, null);
            if (length == json.Length) Array.Resize(ref json, 2 * length);
        }

        return json[..length];
    }

    /// <summary>Judges format and version first: a later version may have any shape.</summary>
    private static void CheckHeader(string path, byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        if (!IsModel(root)
            || !root.TryGetProperty("version", out var property) || property.ValueKind != JsonValueKind.Number
            || !property.TryGetInt32(out int version))
            throw NotAModel(path, null);
        if (version < 1) throw NotAModel(path, null);
        if (version > CurrentVersion)
            throw new PerceptronException(Fault.Data,
                $"{path} is a model of version {version}, and this program reads versions up to {CurrentVersion}: update gpuperceptron");
    }

    private static bool IsModel(JsonElement root) => root.ValueKind == JsonValueKind.Object
        && root.TryGetProperty("format", out var format) && format.ValueKind == JsonValueKind.String && format.GetString() == Format;

    private static PerceptronException NotAModel(string path, JsonException? failure)
    {
        string where = failure?.LineNumber is { } line ? $" (line {line + 1})" : "";
        return new PerceptronException(Fault.Data,
            $"{path} is not a model file{where}; 'gpuperceptron train DATA --label COLUMN' makes one", failure);
    }

    private static ModelDocument ToDocument(PerceptronModel model)
    {
        int next = 0;
        if (model.Schema.IsForTraining) model = model.InTableUnits();
        if (model.Schema.Sparse is { } sparse) return ToDocument(model, sparse);
        return new ModelDocument(Format, 1, model.Schema.Label, model.Schema.Standardized, model.Bias,
            [.. model.Schema.Columns.Select(column => new ColumnDocument(
                column.Name, column.Kind, column.Missing,
                [.. column.Features.Select(feature => new FeatureDocument(
                    feature.Name, model.Weights[next++], feature.Mean, feature.StandardDeviation,
                    feature.Level, feature.IsOther ? true : null))],
                column.Reference))],
            model.Training, model.StandardErrors, model.Conditioning);
    }

    /// <summary>A sparse column's weights that are not 0, by ascending index: the others' indices count for nothing.</summary>
    private static ModelDocument ToDocument(PerceptronModel model, SparseFeatures features)
    {
        int[] kept = [.. Enumerable.Range(0, features.Count).Where(j => model.Weights[j] != 0)];
        int[] indices = [.. kept.Select(j => features.Indices[j])];
        Array.Sort(indices, kept);
        var column = model.Schema.Columns[0];
        return new ModelDocument(Format, SparseVersion, model.Schema.Label, model.Schema.Standardized, model.Bias,
            [new ColumnDocument(column.Name, column.Kind, column.Missing, [], Sparse: new SparseDocument(
                features.FirstIndex, indices, [.. kept.Select(j => model.Weights[j])], [.. kept.Select(j => features.Scales[j])],
                    features.Table))],
            model.Training);
    }

    private static PerceptronModel FromDocument(ModelDocument document)
    {
        if (document.Columns is [{ Sparse: { } sparse } only])
        {
            var features = new SparseFeatures([.. sparse.Indices], [.. sparse.Scales], sparse.FirstIndex, sparse.Hashed);
            var schema = new Schema(document.Label, [new ColumnSchema(only.Name, only.Kind, only.Missing, features)],
                document.Standardized);
            return new PerceptronModel(schema, [.. sparse.Weights], document.Bias, document.Training);
        }

        var columns = document.Columns.Select(column => new ColumnSchema(
            column.Name, column.Kind, column.Missing,
            [.. column.Features.Select(feature => new FeatureSchema(
                feature.Name, feature.Mean, feature.StandardDeviation, feature.Level, feature.Other == true))],
            column.Reference)).ToArray();
        var weights = document.Columns.SelectMany(column => column.Features).Select(feature => feature.Weight).ToArray();
        return new PerceptronModel(new Schema(document.Label, columns, document.Standardized), weights, document.Bias, document.Training)
        {
            StandardErrors = document.StandardErrors,
            Conditioning = document.Conditioning,
        };
    }
}

/// <summary>The file's shape, apart from the classes in memory, so that these can change without breaking files.</summary>
internal sealed record ModelDocument(
    string Format, int Version, LabelSchema Label, bool Standardized, double Bias,
    IReadOnlyList<ColumnDocument> Columns, TrainingRecord Training, StandardErrors? StandardErrors = null,
    Conditioning? Conditioning = null);

internal sealed record ColumnDocument(
    string Name, ColumnKind Kind, long Missing, IReadOnlyList<FeatureDocument> Features, string? Reference = null,
    SparseDocument? Sparse = null);

/// <summary>
/// Three lists of one length: indices, ascending, and each one's weight, not 0, and scale; and where the indices come from, if
/// not
/// from a file.
/// </summary>
internal sealed record SparseDocument(int FirstIndex, IReadOnlyList<int> Indices, IReadOnlyList<double> Weights, IReadOnlyList<double> Scales,
    HashedTable? Hashed = null);

internal sealed record FeatureDocument(
    string Name, double Weight, double Mean, double StandardDeviation, string? Level = null, bool? Other = null);

[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata, // ModelWriter writes: what concerns writing is for the test that compares the two
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    IgnoreReadOnlyProperties = true,
    Converters = [
        typeof(SnakeCaseEnum<StopReason>), typeof(SnakeCaseEnum<FeatureStorage>), typeof(SnakeCaseEnum<ColumnKind>),
        typeof(SnakeCaseEnum<CertificateMethod>), typeof(SnakeCaseEnum<ClassWeight>), typeof(SnakeCaseEnum<ScheduleKind>),
    ])]
[JsonSerializable(typeof(ModelDocument))]
internal sealed partial class ModelJson : JsonSerializerContext;

/// <summary>Enumerations as snake_case text.</summary>
internal sealed class SnakeCaseEnum<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
