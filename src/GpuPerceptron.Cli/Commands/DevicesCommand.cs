using System.CommandLine;
using GpuPerceptron.Cli.Json;
using GpuPerceptron.Cli.Screens;
using GpuPerceptron.Cli.Streams;
using GpuPerceptron.Engines;

namespace GpuPerceptron.Cli.Commands;

/// <summary><c>gpuperceptron devices</c>: what one can train on here.</summary>
internal sealed class DevicesCommand : Command, IHasExamples
{
    private readonly Option<JsonTarget?> _json = CommonOptions.Json();
    private readonly Terminal _terminal;

    public DevicesCommand(Terminal terminal) : base("devices", "Lists the devices that --device can name on this machine.")
    {
        _terminal = terminal;
        _json.Arity = ArgumentArity.ZeroOrOne;
        Add(_json);
        SetAction(Run);
    }

    public IReadOnlyList<string> Examples =>
    [
        "gpuperceptron devices",
        "gpuperceptron devices --json -",
    ];

    private int Run(ParseResult arguments)
    {
        var output = new CommandOutput(_terminal, arguments.GetValue(_json), quiet: false);
        output.EnsureWritable();
        DeviceEntry[] devices = [HostProcessor.Describe(), .. DeviceCatalog.List()];
        DevicesScreen.Write(output.Results, devices);
        output.WriteJson(() => DevicesReport.From(devices), json => json.DevicesReport);
        return (int)ExitCode.Done;
    }
}
