using System.CommandLine;
using GpuPerceptron.Cli.Json;
using GpuPerceptron.Cli.Screens;
using GpuPerceptron.Cli.Streams;
using GpuPerceptron.Diagnostics;
using GpuPerceptron.Engines;
using GpuPerceptron.Tabular;

namespace GpuPerceptron.Cli.Commands;

/// <summary><c>gpuperceptron diagnose</c>: what a table is like to learn from, and what stands in the way.</summary>
internal sealed class DiagnoseCommand : Command, IHasExamples
{
    private readonly LabelledTableOptions _table = new(takesSparse: false);
    private readonly Option<DeviceRequest> _device = CommonOptions.Device();
    private readonly Option<JsonTarget?> _json = CommonOptions.Json();
    private readonly Option<bool> _quiet = CommonOptions.Quiet();
    private readonly Terminal _terminal;
    private readonly CancellationToken _cancellation;

    public DiagnoseCommand(Terminal terminal, CancellationToken cancellation)
        : base("diagnose", "Says what stands in the way of learning from a table: step sizes, scales, separability, columns.")
    {
        _terminal = terminal;
        _cancellation = cancellation;
        _table.AddTo(this);
        Add(_device);
        Add(_json);
        Add(_quiet);
        SetAction(Run);
    }

    public IReadOnlyList<string> Examples =>
    [
        "gpuperceptron diagnose wdbc.csv --label diagnosis",
        "gpuperceptron diagnose wdbc.csv --label diagnosis --standardize false --json - | jq .findings",
    ];

    private int Run(ParseResult arguments)
    {
        var output = new CommandOutput(_terminal, arguments.GetValue(_json), arguments.GetValue(_quiet));
        var source = _table.DenseSourceFrom(arguments);
        var options = _table.TableFrom(arguments, source);
        var device = arguments.GetValue(_device);
        new InputFiles(source.Name, source.Labels).Protect(arguments.GetValue(_json)?.Path);
        output.EnsureWritable();
        EngineFactory.EnsureThere(device);

        long start = _terminal.Clock.GetTimestamp();
        // Standardised float32 keeps the digits that features far from 0 would lose; what is said of raw features follows from it.
        using var line = new ReadingLine(_terminal, arguments.GetValue(_quiet), source);
        using var table = TableReader.ReadTraining(
            source, options with { Standardize = true, Reading = line.Follow(options.Reading) }, _cancellation);
        line.Dispose();
        TrainHeader.WriteData(output.Messages, source.Name, table, _terminal.Clock.GetElapsedTime(start).TotalSeconds);
        using var waiting = new WaitingLine(_terminal, arguments.GetValue(_quiet), $"diagnosing {source.Name}", table.Training);
        var diagnosis = Diagnoser.Diagnose(table.Training, table.Schema, new DiagnosisOptions
        {
            Standardize = options.Standardize,
            ConstantColumns = table.ConstantColumns,
            Device = device,
            Threads = options.Reading.Threads,
        }, _cancellation);
        waiting.Dispose();
        DiagnoseScreen.Write(output.Results, table.Schema.Label, diagnosis);
        output.WriteJson(() => diagnosis, json => json.Diagnosis);
        return (int)ExitCode.Done;
    }
}
