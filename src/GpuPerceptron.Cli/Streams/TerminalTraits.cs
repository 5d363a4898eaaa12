namespace GpuPerceptron.Cli.Streams;

/// <summary>What stdout and stderr are connected to.</summary>
/// <param name="OutIsTerminal">Whether stdout is a window that a person looks at.</param>
/// <param name="ErrorIsTerminal">Whether stderr is one, and can show a line that changes.</param>
/// <param name="Colors">Whether such a window may get colours.</param>
/// <param name="Unicode">Whether it shows more than ASCII.</param>
/// <param name="Width">Its characters a line.</param>
internal sealed record TerminalTraits(bool OutIsTerminal, bool ErrorIsTerminal, bool Colors, bool Unicode, int Width)
{
    private const int UsualWidth = 80;

    /// <summary>Neither is a terminal.</summary>
    public static TerminalTraits Piped { get; } = new(false, false, false, false, UsualWidth);

    /// <summary>What the process was started with.</summary>
    public static TerminalTraits OfProcess()
    {
        bool dumb = Variable("TERM") is "dumb";
        return new TerminalTraits(
            OutIsTerminal: !Console.IsOutputRedirected,
            ErrorIsTerminal: !Console.IsErrorRedirected && !dumb,
            Colors: !dumb && Variable("NO_COLOR") is null, // https://no-color.org
            Unicode: HasUnicode(),
            Width: WindowWidth());
    }

    /// <summary>The runtime writes UTF-8 even where no locale is set; what the window makes of it, only the locale tells.</summary>
    private static bool HasUnicode()
    {
        if (OperatingSystem.IsWindows()) return Console.OutputEncoding.CodePage == 65001;
        string? locale = Variable("LC_ALL") ?? Variable("LC_CTYPE") ?? Variable("LANG");
        return locale is not null && locale.Replace("-", "", StringComparison.Ordinal).Contains("utf8", StringComparison.OrdinalIgnoreCase);
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
