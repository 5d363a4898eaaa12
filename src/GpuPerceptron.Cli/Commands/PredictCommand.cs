using System.CommandLine;
using GpuPerceptron.Cli.Screens;
using GpuPerceptron.Cli.Streams;
using GpuPerceptron.Models;
using GpuPerceptron.Tabular;
using Spectre.Console;

namespace GpuPerceptron.Cli.Commands;

/// <summary><c>gpuperceptron predict</c>: a model's probabilities for a table, as CSV.</summary>
internal sealed class PredictCommand : Command, IHasExamples
{
    private readonly Argument<string> _model = CommonOptions.Model();
    private readonly Argument<string?> _data = CommonOptions.Data();
    private readonly Option<string?> _sql = CommonOptions.Sql();
    private readonly Option<string> _format = CommonOptions.Format();
    private readonly Option<string> _output = new("--output", "-o")
    {
        Description = "A file in place of stdout, written whole or not at all.",
        HelpName = "FILE",
        DefaultValueFactory = _ => "-",
    };
    private readonly ReadingOptions _reading = new(weighted: false, keeps: false);
    private readonly Option<bool> _quiet = CommonOptions.Quiet();
    private readonly Terminal _terminal;
    private readonly CancellationToken _cancellation;

    public PredictCommand(Terminal terminal, CancellationToken cancellation)
        : base("predict", "Writes CSV with the columns probability and prediction, a line for each of the table's rows, in its order.")
    {
        _terminal = terminal;
        _cancellation = cancellation;
        Add(_model);
        Add(_data);
        Add(_sql);
        Add(_format);
        Add(_output);
        _reading.AddTo(this);
        Add(_quiet);
        SetAction(Run);
    }

    public IReadOnlyList<string> Examples =>
    [
        "gpuperceptron predict model.json new.csv -o predictions.csv",
        "gpuperceptron predict model.json 'part-*.parquet' | head",
        "zcat new.csv.gz | gpuperceptron predict model.json -",
    ];

    private int Run(ParseResult arguments)
    {
        string path = arguments.GetRequiredValue(_output);
        var source = CommonOptions.Source(arguments.GetValue(_data), arguments.GetValue(_sql), format: arguments.GetValue(_format));
        var notes = new List<string>();
        var reading = _reading.From(arguments) with { Note = notes.Add };
        var output = new CommandOutput(_terminal, json: null, arguments.GetValue(_quiet));
        string modelPath = arguments.GetRequiredValue(_model);
        new InputFiles(modelPath, source.Name).Protect(path);
        if (path != "-") AtomicFile.EnsureWritable(path);
        var model = CommonOptions.LoadModel(modelPath, source);

        if (path == "-")
        {
            Write(_terminal.Output, model, source, reading);
            output.WriteNotes(notes);
            return (int)ExitCode.Done;
        }

        long rows = 0;
        using (var line = new ReadingLine(_terminal, arguments.GetValue(_quiet), source))
            AtomicFile.Write(path, file => rows = Write(file, model, source, line.Follow(reading)));
        output.WriteNotes(notes);
        output.Messages.WriteLine($"{Numbers.Count(rows, "prediction")} in {path}");
        return (int)ExitCode.Done;
    }

    private long Write(Stream stream, PerceptronModel model, TableSource source, ReadOptions reading)
    {
        var writer = new PredictionWriter(stream, model);
        TableReader.Stream(source, model.Schema, writer.Write, reading, _cancellation);
        writer.Flush();
        return writer.Rows;
    }
}
