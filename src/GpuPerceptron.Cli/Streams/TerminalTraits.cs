namespace GpuPerceptron.Cli.Streams;

/// <summary>What stdout and stderr are connected to.</summary>
/// <param name="OutIsTerminal">Whether stdout is a window that a person looks at.</param>
/// <param name="ErrorIsTerminal">Whether stderr is one, and can show a line that changes.</param>
/// <param name="Colors">Whether such a window may get colours.</param>
/// <param name="Width">Its characters a line.</param>
internal sealed record TerminalTraits(bool OutIsTerminal, bool ErrorIsTerminal, bool Colors, int Width)
{
    private const int UsualWidth = 80;

    /// <summary>Neither is a terminal.</summary>
    public static TerminalTraits Piped { get; } = new(false, false, false, UsualWidth);

    /// <summary>What the process was started with.</summary>
    public static TerminalTraits OfProcess()
    {
        bool dumb = Variable("TERM") is "dumb";
        bool outIsTerminal = !Console.IsOutputRedirected, errorIsTerminal = !Console.IsErrorRedirected && !dumb;
        bool colors = !dumb && Variable("NO_COLOR") is null; // https://no-color.org
        // Asking for the width reads the terminal's description, which takes a tenth of the time that --help has.
        int width = outIsTerminal || errorIsTerminal ? WindowWidth() : UsualWidth;
        return new TerminalTraits(outIsTerminal, errorIsTerminal, colors, width);
    }

    /// <summary>An environment variable; null where it is empty or not there.</summary>
    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static int WindowWidth()
    {
        try
        {
            return Console.WindowWidth is > 0 and var width ? width : UsualWidth;
        }
        catch (IOException)
        {
            return UsualWidth;
        }
    }
}
