using GpuPerceptron.Cli.Screens;
using GpuPerceptron.Cli.Streams;
using Xunit;

namespace GpuPerceptron.Cli.Tests.Screens;

public sealed class LiveLineTests : IDisposable
{
    private readonly ManualClock _clock = new();
    private readonly StringWriter _error = new();

    public void Dispose() => _error.Dispose();

    [Fact]
    public void A_terminal_shows_one_line_in_place_ten_times_a_second()
    {
        var line = Create(TerminalTraits.Piped with { ErrorIsTerminal = true, Width = 10 });
        _clock.Advance(0.09);
        Assert.False(line.IsDue);
        _clock.Advance(0.02);
        Assert.True(line.IsDue);
        line.Show("a long state");
        Assert.False(line.IsDue);
        line.Show("short");
        line.Clear();
        Assert.Equal("\ra long st\rshort    \r         \r", _error.ToString().Replace("\r     \r", "\r         \r", StringComparison.Ordinal));
    }

    [Fact]
    public void A_pipe_gets_a_line_every_few_seconds()
    {
        var line = Create(TerminalTraits.Piped);
        _clock.Advance(4.9);
        Assert.False(line.IsDue);
        _clock.Advance(0.2);
        Assert.True(line.IsDue);
        line.Show("state");
        line.Clear();
        Assert.Equal($"state{Environment.NewLine}", _error.ToString());
    }

    private LiveLine Create(TerminalTraits traits) => new(new Terminal(new MemoryStream(), _error, traits, _clock), quiet: false);
}
