using GpuPerceptron.Cli.Streams;

namespace GpuPerceptron.Cli.Screens;

/// <summary>Says on a terminal what is being waited for, until it is disposed.</summary>
internal sealed class WaitingLine : IDisposable
{
    private readonly LiveLine _line;

    /// <param name="terminal">Where to.</param>
    /// <param name="quiet">Shows nothing.</param>
    /// <param name="text">What.</param>
    public WaitingLine(Terminal terminal, bool quiet, string text)
    {
        _line = new LiveLine(terminal, quiet);
        if (terminal.Traits.ErrorIsTerminal) _line.Show(text);
    }

    /// <inheritdoc/>
    public void Dispose() => _line.Clear();
}
