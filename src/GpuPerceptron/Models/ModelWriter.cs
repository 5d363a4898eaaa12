using System.Text.Json;
using GpuPerceptron.Diagnostics;

namespace GpuPerceptron.Models;

/// <summary>Writes a <see cref="ModelDocument"/>, property by property, as the serializer would.</summary>
/// <remarks>
/// The serializer is compiled anew for each kind of value in a document, here nine hundred methods: a sixth of a whole training of a small table.
/// </remarks>
internal sealed class ModelWriter : IDisposable
{
    private const int MostPending = 64 << 10; // bytes in memory

    private readonly Utf8JsonWriter _writer;

    private ModelWriter(Stream stream) => _writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });

    /// <summary>Writes a model.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="document">The model.</param>
    public static void Write(Stream stream, ModelDocument document)
    {
        using var writer = new ModelWriter(stream);
        writer.Write(document);
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private void Write(ModelDocument model)
    {
        _writer.WriteStartObject();
        _writer.WriteString("format", model.Format);
        _writer.WriteNumber("version", model.Version);
        _writer.WriteStartObject("label");
        _writer.WriteString("column", model.Label.Column);
        _writer.WriteString("negative", model.Label.Negative);
        _writer.WriteString("positive", model.Label.Positive);
        _writer.WriteEndObject();
        _writer.WriteBoolean("standardized", model.Standardized);
        _writer.WriteNumber("bias", model.Bias);
        _writer.WriteStartArray("columns");
        foreach (var column in model.Columns)
            Write(column);
        _writer.WriteEndArray();
        _writer.WritePropertyName("training");
        Write(model.Training);
        if (model.StandardErrors is { } errors)
        {
            _writer.WriteStartObject("standard_errors");
            WriteNumbers("weights_raw", errors.WeightsRaw);
            _writer.WriteNumber("bias_raw", errors.BiasRaw);
            _writer.WriteNumber("bias_standardized", errors.BiasStandardized);
            _writer.WriteEndObject();
        }

        if (model.Conditioning is { } conditioning) Write(conditioning);

        _writer.WriteEndObject();
    }

    private void Write(ColumnDocument column)
    {
        _writer.WriteStartObject();
        _writer.WriteString("name", column.Name);
        WriteWord("kind", column.Kind);
        _writer.WriteNumber("missing", column.Missing);
        _writer.WriteStartArray("features");
        foreach (var feature in column.Features)
        {
            _writer.WriteStartObject();
            _writer.WriteString("name", feature.Name);
            _writer.WriteNumber("weight", feature.Weight);
            _writer.WriteNumber("mean", feature.Mean);
            _writer.WriteNumber("standard_deviation", feature.StandardDeviation);
            if (feature.Level is { } level) _writer.WriteString("level", level);
            if (feature.Other is { } other) _writer.WriteBoolean("other", other);
            _writer.WriteEndObject();
            FlushIfMuch();
        }

        _writer.WriteEndArray();
        if (column.Reference is { } reference) _writer.WriteString("reference", reference);
        if (column.Sparse is { } sparse) Write(sparse);
        _writer.WriteEndObject();
    }

    private void Write(SparseDocument sparse)
    {
        _writer.WriteStartObject("sparse");
        _writer.WriteNumber("first_index", sparse.FirstIndex);
        _writer.WriteStartArray("indices");
        foreach (int index in sparse.Indices)
        {
            _writer.WriteNumberValue(index);
            FlushIfMuch();
        }

        _writer.WriteEndArray();
        WriteNumbers("weights", sparse.Weights);
        WriteNumbers("scales", sparse.Scales);
        if (sparse.Hashed is { } hashed)
        {
            _writer.WriteStartObject("hashed");
            _writer.WriteNumber("bits", hashed.Bits);
            _writer.WriteStartArray("columns");
            foreach (var column in hashed.Columns)
            {
                _writer.WriteStartObject();
                _writer.WriteString("name", column.Name);
                WriteWord("kind", column.Kind);
                _writer.WriteNumber("mean", column.Mean);
                _writer.WriteEndObject();
            }

            _writer.WriteEndArray();
            _writer.WriteEndObject();
        }

        _writer.WriteEndObject();
    }

    private void Write(TrainingRecord record)
    {
        _writer.WriteStartObject();
        _writer.WriteNumber("samples", record.Samples);
        _writer.WriteNumber("features", record.Features);
        _writer.WriteNumber("positives", record.Positives);
        _writer.WriteString("solver", record.Solver);
        _writer.WriteString("device", record.Device);
        WriteWord("storage", record.Storage);
        WriteWord("class_weight", record.ClassWeight);
        _writer.WriteNumber("l1", record.L1);
        _writer.WriteNumber("l2", record.L2);
        _writer.WriteNumber("tolerance", record.Tolerance);
        _writer.WriteNumber("seed", record.Seed);
        if (record.LearningRate is { } rate) _writer.WriteNumber("learning_rate", rate);
        if (record.MiniBatches is { } batches)
        {
            _writer.WriteStartObject("mini_batches");
            _writer.WriteNumber("batch_size", batches.BatchSize);
            WriteWord("schedule", batches.Schedule);
            _writer.WriteNumber("warm_up_epochs", batches.WarmUpEpochs);
            if (batches.Momentum is { } momentum) _writer.WriteNumber("momentum", momentum);
            _writer.WriteEndObject();
        }

        _writer.WriteNumber("lipschitz_bound", record.LipschitzBound);
        _writer.WriteNumber("epochs", record.Epochs);
        _writer.WriteNumber("passes", record.Passes);
        _writer.WriteNumber("mean_log_loss", record.MeanLogLoss);
        _writer.WriteNumber("objective", record.Objective);
        _writer.WriteNumber("gradient_norm", record.GradientNorm);
        if (record.Certificate is { } certificate) Write(certificate);
        WriteWord("stop_reason", record.StopReason);
        _writer.WriteEndObject();
    }

    private void Write(Certificate certificate)
    {
        _writer.WriteStartObject("certificate");
        _writer.WriteNumber("gradient_norm", certificate.GradientNorm);
        if (certificate.Gap is { } gap) _writer.WriteNumber("gap", gap);
        WriteWord("method", certificate.Method);
        _writer.WriteNumber("passes", certificate.Passes);
        _writer.WriteEndObject();
    }

    private void Write(Conditioning conditioning)
    {
        _writer.WriteStartObject("conditioning");
        _writer.WriteStartArray("findings");
        foreach (var finding in conditioning.Findings)
        {
            _writer.WriteStartObject();
            _writer.WriteString("code", finding.Code);
            _writer.WriteString("message", finding.Message);
            _writer.WriteString("remedy", finding.Remedy);
            _writer.WriteEndObject();
        }

        _writer.WriteEndArray();
        if (conditioning.ConditionNumber is { } number) _writer.WriteNumber("condition_number", number);
        _writer.WriteEndObject();
    }

    private void WriteNumbers(string name, IReadOnlyList<double> numbers)
    {
        _writer.WriteStartArray(name);
        foreach (double number in numbers)
        {
            _writer.WriteNumberValue(number);
            FlushIfMuch();
        }

        _writer.WriteEndArray();
    }

    private void WriteWord(string name, Enum value) => _writer.WriteString(name, JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));

    private void FlushIfMuch()
    {
        if (_writer.BytesPending > MostPending) _writer.Flush();
    }
}
