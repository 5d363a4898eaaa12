using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using GpuPerceptron.Cli.Commands;
using GpuPerceptron.Cli.Streams;
using GpuPerceptron.Diagnostics;

namespace GpuPerceptron.Cli;

/// <summary>The whole command line: arguments in, exit code out.</summary>
internal static class CommandLine
{
    private const string Name = "gpuperceptron";

    /// <summary>Runs one command.</summary>
    /// <param name="arguments">As the process got them, without its name.</param>
    /// <param name="terminal">Where it writes.</param>
    /// <param name="cancellation">Ends it early, with what can be kept.</param>
    public static ExitCode Run(string[] arguments, Terminal terminal, CancellationToken cancellation)
    {
        try
        {
            // A response file ("@FILE") would make a column or file of such a name unusable.
            var parsed = Root(terminal, cancellation).Parse(
                arguments.Length == 0 ? ["--help"] : arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (parsed.Action is { ClearsParseErrors: false } && Misuse(parsed) is var (problem, meant))
            {
                ErrorReport.Write(terminal, meant is not null
                    ? $"{problem}; did you mean {meant}?"
                    : $"{problem}; see '{FullName(parsed.CommandResult.Command)} --help'");
                return ExitCode.Usage;
            }

            return (ExitCode)parsed.Invoke(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                Output = terminal.Out,
                Error = terminal.Error,
            });
        }
        catch (Exception exception)
        {
            return ErrorReport.Write(terminal, exception);
        }
    }

    /// <summary>A plain command as the root: a RootCommand would go by the file's name, which is not the tool's.</summary>
    private static Command Root(Terminal terminal, CancellationToken cancellation) =>
        new(Name, "Learns to tell two classes apart from a table: logistic regression by gradient descent.")
        {
            new HelpOption { Action = new HelpWithExamples(), Recursive = true },
            new VersionOption(),
            new TrainCommand(terminal, cancellation),
            new PlanCommand(terminal, cancellation),
            new PredictCommand(terminal, cancellation),
            new EvaluateCommand(terminal, cancellation),
            new InspectCommand(terminal),
            new DiagnoseCommand(terminal, cancellation),
            new GradcheckCommand(terminal, cancellation),
            new DevicesCommand(terminal),
        };

    /// <summary>What is wrong with the arguments, and what may have been meant; null where nothing is wrong.</summary>
    private static (string Problem, string? Meant)? Misuse(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        // The parser takes an unknown option for an argument, and then complains of the next word.
        string? unknown = parsed.CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(argument => argument.Tokens).Select(token => token.Value)
            .Concat(parsed.UnmatchedTokens)
            .FirstOrDefault(argument => argument.Length > 1 && argument[0] == '-');
        if (unknown is not null) return ($"there is no option {unknown}", UnknownOption.Meant(unknown, command));
        if (parsed.UnmatchedTokens is [var word, ..])
        {
            return IsRoot(command)
                ? ($"there is no command {word}", NearName.Of(word, command.Subcommands.Select(other => other.Name)))
                : ($"there is an argument too many: {word}", null);
        }

        if (parsed.Errors.Count == 0) return null;
        string message = parsed.Errors[0].Message.TrimEnd('.');
        return (char.ToLowerInvariant(message[0]) + message[1..], null);
    }

    private static bool IsRoot(Command command) => command.Name == Name;

    private static string FullName(Command command) => IsRoot(command) ? Name : $"{Name} {command.Name}";
}
