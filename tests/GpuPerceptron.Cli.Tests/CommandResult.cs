using System.Text;
using System.Text.Json;
using GpuPerceptron.Cli.Streams;

namespace GpuPerceptron.Cli.Tests;

/// <summary>What a command, run within the test's process, wrote and returned.</summary>
internal sealed record CommandResult(int Code, string Out, string Error)
{
    /// <summary>stdout, which is JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

    /// <summary>stdout's lines.</summary>
    public string[] Lines => Out.TrimEnd('\n').Split('\n');

    /// <summary>Runs a command whose output goes to pipes.</summary>
    public static CommandResult Of(params string[] arguments) => Of(TerminalTraits.Piped, arguments);

    /// <summary>Runs a command.</summary>
    public static CommandResult Of(
        TerminalTraits traits, string[] arguments, TextWriter? error = null, TimeProvider? clock = null, CancellationToken cancellation = default)
    {
        var output = new MemoryStream();
        error ??= new StringWriter();
        var code = CommandLine.Run(arguments, new Terminal(output, error, traits, clock), cancellation);
        return new CommandResult((int)code, Encoding.UTF8.GetString(output.ToArray()), error.ToString()!);
    }
}
