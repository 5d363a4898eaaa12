using System.Text;
using Spectre.Console;

namespace GpuPerceptron.Cli.Streams;

/// <summary>Where a command writes: results to stdout, progress and messages to stderr. Tests bring their own streams.</summary>
internal sealed class Terminal
{
    private const int PipedWidth = 1000; // nothing wraps lines that no window shows

    /// <param name="output">stdout; results in bytes may go here directly.</param>
    /// <param name="error">stderr.</param>
    /// <param name="traits">What the two are.</param>
    /// <param name="clock">The time that progress goes by.</param>
    public Terminal(Stream output, TextWriter error, TerminalTraits traits, TimeProvider? clock = null)
    {
        Output = output;
        Out = new StreamWriter(output, new UTF8Encoding(false)) { AutoFlush = true };
        Error = error;
        Traits = traits;
        Clock = clock ?? TimeProvider.System;
    }

    /// <summary>stdout in bytes.</summary>
    public Stream Output { get; }

    /// <summary>stdout in text, flushed at once.</summary>
    public TextWriter Out { get; }

    /// <summary>stderr.</summary>
    public TextWriter Error { get; }

    /// <summary>What the streams are.</summary>
    public TerminalTraits Traits { get; }

    /// <summary>The time that progress goes by.</summary>
    public TimeProvider Clock { get; }

    /// <summary>A console for tables and styled text.</summary>
    /// <param name="writer"><see cref="Out"/>, <see cref="Error"/>, or <see cref="TextWriter.Null"/>.</param>
    public IAnsiConsole Console(TextWriter writer)
    {
        bool isTerminal = writer == Out ? Traits.OutIsTerminal : writer == Error && Traits.ErrorIsTerminal;
        bool colors = isTerminal && Traits.Colors;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = colors ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = colors ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = isTerminal ? Traits.Width : PipedWidth;
        return console;
    }
}
