using System.CommandLine;
using GpuPerceptron.Cli.Json;
using GpuPerceptron.Cli.Screens;
using GpuPerceptron.Cli.Streams;
using GpuPerceptron.Metrics;
using GpuPerceptron.Tabular;

namespace GpuPerceptron.Cli.Commands;

/// <summary><c>gpuperceptron evaluate</c>: how well a model fits a labelled table.</summary>
internal sealed class EvaluateCommand : Command, IHasExamples
{
    private readonly Argument<string> _model = CommonOptions.Model();
    private readonly Argument<string?> _data = CommonOptions.Data();
    private readonly Option<string?> _sql = CommonOptions.Sql();
    private readonly Option<string> _format = CommonOptions.Format();
    private readonly Option<string?> _labels = CommonOptions.Labels();
    private readonly ReadingOptions _reading = new();
    private readonly Option<JsonTarget?> _json = CommonOptions.Json();
    private readonly Option<bool> _quiet = CommonOptions.Quiet();
    private readonly Terminal _terminal;
    private readonly CancellationToken _cancellation;

    public EvaluateCommand(Terminal terminal, CancellationToken cancellation)
        : base("evaluate", "Measures a model on a table that has the label: log-loss, accuracy, ROC AUC and others.")
    {
        _terminal = terminal;
        _cancellation = cancellation;
        Add(_model);
        Add(_data);
        Add(_sql);
        Add(_format);
        Add(_labels);
        _reading.AddTo(this);
        Add(_json);
        Add(_quiet);
        SetAction(Run);
    }

    public IReadOnlyList<string> Examples =>
    [
        "gpuperceptron evaluate model.json test.csv",
        "gpuperceptron evaluate model.json X.npy --labels y.npy",
        "gpuperceptron evaluate model.json --sql \"SELECT * FROM 'all.parquet' WHERE year = 2024\" --json -",
    ];

    private int Run(ParseResult arguments)
    {
        var output = new CommandOutput(_terminal, arguments.GetValue(_json), arguments.GetValue(_quiet));
        var source = CommonOptions.Source(
            arguments.GetValue(_data), arguments.GetValue(_sql), arguments.GetValue(_labels), format: arguments.GetValue(_format));
        string modelPath = arguments.GetRequiredValue(_model);
        new InputFiles(modelPath, source.Name, source.Labels).Protect(arguments.GetValue(_json)?.Path);
        output.EnsureWritable();
        var model = CommonOptions.LoadModel(modelPath, source);
        using var line = new ReadingLine(_terminal, arguments.GetValue(_quiet), source);
        var notes = new List<string>();
        using var samples = TableReader.ReadLabelled(source, model.Schema, line.Follow(_reading.From(arguments)) with { Note = notes.Add }, _cancellation);
        line.Dispose();
        output.WriteNotes(notes);
        if (!(samples.TotalWeight > 0))
            throw new PerceptronException(Fault.Data, $"{source}: the weights of all samples are 0; at least one must be above 0");
        BinaryMetrics metrics;
        using (new WaitingLine(_terminal, arguments.GetValue(_quiet), $"measuring {Numbers.Count(samples.Samples, "sample")}"))
            metrics = BinaryMetrics.Evaluate(model, samples);
        EvaluateScreen.Write(output.Results, model.Schema.Label, metrics);
        output.WriteJson(() => metrics, json => json.BinaryMetrics);
        return (int)ExitCode.Done;
    }
}
