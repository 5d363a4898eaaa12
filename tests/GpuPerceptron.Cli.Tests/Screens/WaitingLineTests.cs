using GpuPerceptron.Cli.Screens;
using GpuPerceptron.Cli.Streams;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Cli.Tests.Screens;

public sealed class WaitingLineTests : IDisposable
{
    private readonly ManualClock _clock = new();
    private readonly StringWriter _error = new();

    public void Dispose() => _error.Dispose();

    [Fact]
    public void Passes_are_told_when_it_takes_long_and_nothing_stays()
    {
        using var samples = SyntheticData.Create(1000, 4);
        using (var line = new WaitingLine(Terminal(TerminalTraits.Piped with { ErrorIsTerminal = true }), quiet: false, "diagnosing", samples))
        {
            Assert.Equal("\rdiagnosing ...", Written());
            _clock.Advance(2);
            Assert.Empty(Written()); // nothing was read
            samples.Meter!.Add(2500);
            _clock.Advance(2);
            Assert.Equal("\rdiagnosing: 2.5 passes, 40.0 kB in 4 s", Written());
        }

        Assert.Equal($"\r{new string(' ', "diagnosing: 2.5 passes, 40.0 kB in 4 s".Length)}\r", Written());
        samples.Meter!.Add(1000);
        _clock.Advance(2);
        Assert.Empty(Written());
    }

    [Fact]
    public void A_log_has_only_what_takes_long()
    {
        using var samples = SyntheticData.Create(1000, 4);
        using var line = new WaitingLine(Terminal(TerminalTraits.Piped), quiet: false, "diagnosing", samples);
        samples.Meter!.Add(1000);
        _clock.Advance(4);
        Assert.Empty(Written());
        _clock.Advance(2);
        Assert.Equal("diagnosing: 1.0 passes, 16.0 kB in 6 s\n", Written().ReplaceLineEndings("\n"));
    }

    private Terminal Terminal(TerminalTraits traits) => new(new MemoryStream(), _error, traits, _clock);

    private string Written()
    {
        string text = _error.ToString();
        _error.GetStringBuilder().Clear();
        return text;
    }
}
