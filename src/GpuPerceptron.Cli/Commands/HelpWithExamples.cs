using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace GpuPerceptron.Cli.Commands;

/// <summary>A command that shows how it is used.</summary>
internal interface IHasExamples
{
    /// <summary>Whole command lines.</summary>
    IReadOnlyList<string> Examples { get; }
}

/// <summary>The usual help, and the command's examples after it.</summary>
internal sealed class HelpWithExamples : SynchronousCommandLineAction
{
    private static readonly string[] General =
    [
        "gpuperceptron train wdbc.csv --label diagnosis --positive M --l2 0.001",
        "gpuperceptron predict model.json wdbc.csv | head",
    ];

    private readonly HelpAction _usual = new();

    /// <summary>Help is shown whatever else is missing.</summary>
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        int code = _usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (string example in (parseResult.CommandResult.Command as IHasExamples)?.Examples ?? General)
            output.WriteLine($"  {example}");
        return code;
    }
}
