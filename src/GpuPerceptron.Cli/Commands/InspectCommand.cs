using System.CommandLine;
using GpuPerceptron.Cli.Json;
using GpuPerceptron.Cli.Screens;
using GpuPerceptron.Cli.Streams;
using GpuPerceptron.Models;

namespace GpuPerceptron.Cli.Commands;

/// <summary><c>gpuperceptron inspect</c>: what a model has learned.</summary>
internal sealed class InspectCommand : Command, IHasExamples
{
    private readonly Argument<string> _model = CommonOptions.Model();
    private readonly Option<bool> _statistics = new("--statistics")
    {
        Description = "Standard errors, z and p-values of the weights, for models trained without a penalty.",
    };

    private readonly Option<JsonTarget?> _json = CommonOptions.Json();
    private readonly Terminal _terminal;

    public InspectCommand(Terminal terminal) : base("inspect", "Shows what a model has learned: weights, bias, labels, training record.")
    {
        _terminal = terminal;
        Add(_model);
        Add(_statistics);
        Add(_json);
        SetAction(Run);
    }

    public IReadOnlyList<string> Examples =>
    [
        "gpuperceptron inspect model.json",
        "gpuperceptron inspect model.json --statistics",
        "gpuperceptron inspect model.json --json - | jq .weights",
    ];

    private int Run(ParseResult arguments)
    {
        var output = new CommandOutput(_terminal, arguments.GetValue(_json), quiet: false);
        string modelPath = arguments.GetRequiredValue(_model);
        new InputFiles(modelPath).Protect(arguments.GetValue(_json)?.Path);
        output.EnsureWritable();
        var model = ModelFile.Load(modelPath);
        var statistics = arguments.GetValue(_statistics) ? StatisticsReport.From(model) : null;
        InspectScreen.Write(output.Results, model, statistics);
        output.WriteJson(() => InspectReport.From(model) with { Statistics = statistics }, json => json.InspectReport);
        return (int)ExitCode.Done;
    }
}
