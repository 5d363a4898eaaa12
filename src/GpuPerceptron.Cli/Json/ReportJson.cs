using System.Text.Json;
using System.Text.Json.Serialization;
using GpuPerceptron.Data;
using GpuPerceptron.Diagnostics;
using GpuPerceptron.Diagnostics.Gradients;
using GpuPerceptron.Metrics;
using GpuPerceptron.Models;
using GpuPerceptron.Solvers;

namespace GpuPerceptron.Cli.Json;

/// <summary>How reports become JSON: snake_case, and null for a number that is not finite.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    IgnoreReadOnlyProperties = true,
    Converters =
    [
        typeof(FiniteOrNull), typeof(SnakeCase<StopReason>), typeof(SnakeCase<FeatureStorage>), typeof(SnakeCase<ColumnKind>),
        typeof(SnakeCase<CertificateMethod>), typeof(SnakeCase<Separability>), typeof(SnakeCase<GradientVerdict>), typeof(SnakeCase<ClassWeight>),
        typeof(SnakeCase<ScheduleKind>), typeof(SnakeCase<Placement>),
    ])]
[JsonSerializable(typeof(TrainReport))]
[JsonSerializable(typeof(PlanReport))]
[JsonSerializable(typeof(BinaryMetrics))]
[JsonSerializable(typeof(InspectReport))]
[JsonSerializable(typeof(DevicesReport))]
[JsonSerializable(typeof(Diagnosis))]
[JsonSerializable(typeof(GradcheckReport))]
internal sealed partial class ReportJson : JsonSerializerContext;

/// <summary>JSON has no NaN and no infinity.</summary>
internal sealed class FiniteOrNull : JsonConverter<double>
{
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value)) writer.WriteNumberValue(value);
        else writer.WriteNullValue();
    }
}

/// <summary>Enumerations as snake_case text.</summary>
internal sealed class SnakeCase<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
