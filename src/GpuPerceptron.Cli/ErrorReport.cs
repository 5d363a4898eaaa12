using GpuPerceptron.Cli.Screens;
using GpuPerceptron.Cli.Streams;

namespace GpuPerceptron.Cli;

/// <summary>Says in one line on stderr what went wrong.</summary>
internal static class ErrorReport
{
    /// <summary>Set to 1, this environment variable adds the stack trace of an internal error.</summary>
    private const string TraceVariable = "GPUPERCEPTRON_TRACE";

    /// <summary>Writes "gpuperceptron: …".</summary>
    public static void Write(Terminal terminal, string message) =>
        terminal.Error.WriteLine($"gpuperceptron: {OneLine(message)}");

    /// <summary>Tells of an exception that ended a command.</summary>
    /// <returns>The exit code.</returns>
    public static ExitCode Write(Terminal terminal, Exception exception)
    {
        switch (exception)
        {
            case PerceptronException failure:
                Write(terminal, failure.Message);
                return ExitCodes.For(failure.Fault);
            case OperationCanceledException:
                Write(terminal, "interrupted; no file was written");
                return ExitCode.Interrupted;
            case IOException failure when StandardOutput.IsBrokenPipe(failure):
                return ExitCode.Done; // whoever reads our output, such as head, has seen enough
            case var failure when SystemMessage.IsOfFiles(failure): // the tables' and files' own are told by those who use them
                Write(terminal, $"cannot write to stdout: {SystemMessage.Of(failure)}");
                return ExitCode.Usage;
            default:
                Write(terminal, $"internal error: {exception.GetType().Name}: {exception.Message}; please report it with the command");
                if (Environment.GetEnvironmentVariable(TraceVariable) == "1")
                    terminal.Error.WriteLine(exception);
                return ExitCode.InternalError;
        }
    }

    private static string OneLine(string message) => Printable.Of(
        string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
}
