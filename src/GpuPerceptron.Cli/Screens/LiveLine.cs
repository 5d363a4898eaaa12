using GpuPerceptron.Cli.Streams;

namespace GpuPerceptron.Cli.Screens;

/// <summary>
/// A line on stderr that changes in place; off a terminal, a new line every few seconds instead. It uses the carriage
/// return alone, which every terminal knows.
/// </summary>
internal sealed class LiveLine
{
    private static readonly TimeSpan Redraw = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan NewLine = TimeSpan.FromSeconds(5);

    private readonly TextWriter _writer;
    private readonly TerminalTraits _traits;
    private readonly TimeProvider _clock;
    private long _lastTime;
    private int _lastLength;

    /// <param name="terminal">Where stderr is.</param>
    /// <param name="quiet">Shows nothing.</param>
    public LiveLine(Terminal terminal, bool quiet)
    {
        _writer = quiet ? TextWriter.Null : terminal.Error;
        _traits = terminal.Traits;
        _clock = terminal.Clock;
        _lastTime = _clock.GetTimestamp();
    }

    /// <summary>Whether enough time has passed for a new state; the caller need not make a text before.</summary>
    public bool IsDue => _clock.GetElapsedTime(_lastTime) >= (_traits.ErrorIsTerminal ? Redraw : NewLine);

    /// <summary>Shows a state now.</summary>
    public void Show(string text)
    {
        _lastTime = _clock.GetTimestamp();
        if (!_traits.ErrorIsTerminal)
        {
            _writer.WriteLine(text);
            return;
        }

        // The last column stays free: writing it would make some terminals go to the next line.
        if (text.Length >= _traits.Width) text = text[..(_traits.Width - 1)];
        _writer.Write($"\r{text.PadRight(_lastLength)}");
        _lastLength = text.Length;
    }

    /// <summary>Takes the changing line away, so that others can write.</summary>
    public void Clear()
    {
        if (_lastLength == 0) return;
        _writer.Write($"\r{new string(' ', _lastLength)}\r");
        _lastLength = 0;
    }
}
