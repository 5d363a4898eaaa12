using GpuPerceptron.Cli.Screens;
using GpuPerceptron.Cli.Streams;
using GpuPerceptron.Tabular;
using Xunit;

namespace GpuPerceptron.Cli.Tests.Screens;

public sealed class ReadingLineTests : IDisposable
{
    private readonly ManualClock _clock = new();
    private readonly StringWriter _error = new();

    public void Dispose() => _error.Dispose();

    [Fact]
    public void Says_how_much_is_read_how_fast_and_how_long_it_takes()
    {
        using var line = Create(TerminalTraits.Piped);
        var report = line.Follow(default).Progress!;
        _clock.Advance(4);
        report(new ReadProgress(0.1, 1000, 100_000_000, 1_000_000_000));
        Assert.Empty(_error.ToString()); // a log gets a line every few seconds
        _clock.Advance(4);
        report(new ReadProgress(0.4, 4000, 400_000_000, 1_000_000_000));
        Assert.Equal("reading t.csv: 40.0 %, 400 MB of 1.00 GB, 50.0 MB/s, 12 s left, 4,000 rows\n", Written());
    }

    [Fact]
    public void Says_what_is_known()
    {
        using var line = Create(TerminalTraits.Piped);
        var report = line.Follow(default).Progress!;
        _clock.Advance(10);
        report(new ReadProgress(null, 5000, null, 0));
        _clock.Advance(10);
        report(new ReadProgress(0.5, 0, 2_000_000, 4_000_000));
        Assert.Equal("reading t.csv: 5,000 rows\nreading t.csv: 50.0 %, 2.00 MB of 4.00 MB, 100 kB/s, 20 s left\n", Written());
    }

    [Fact]
    public void Says_what_is_done_after_the_reading()
    {
        using var line = Create(TerminalTraits.Piped);
        var report = line.Follow(default).Progress!;
        _clock.Advance(3);
        report(new ReadProgress(0, 0, 0, 4_000_000) { Stage = ReadStage.Encode });
        Assert.Empty(_error.ToString());
        _clock.Advance(3);
        report(new ReadProgress(0.5, 0, 2_000_000, 4_000_000) { Stage = ReadStage.Encode });
        _clock.Advance(5);
        report(new ReadProgress(0, 0, 0, 4_000_000) { Stage = ReadStage.Keep });
        _clock.Advance(5);
        report(new ReadProgress(1, 0, 4_000_000, 4_000_000) { Stage = ReadStage.Keep });
        Assert.Equal(
            "encoding t.csv: 50.0 %, 2.00 MB of 4.00 MB, 667 kB/s, 3 s left\nkeeping t.csv as it was encoded ...\n"
            + "keeping t.csv as it was encoded: 100.0 %, 4.00 MB of 4.00 MB, 800 kB/s\n", Written());
    }

    [Fact]
    public void A_terminal_is_told_at_once_and_left_clean()
    {
        var line = Create(TerminalTraits.Piped with { ErrorIsTerminal = true, Width = 80 });
        Assert.Equal("\rreading t.csv ...", _error.ToString());
        line.Dispose();
        Assert.EndsWith("\r", _error.ToString(), StringComparison.Ordinal);
    }

    private ReadingLine Create(TerminalTraits traits) =>
        new(new Terminal(new MemoryStream(), _error, traits, _clock), quiet: false, TableSource.File("t.csv"));

    private string Written() => _error.ToString().Replace(Environment.NewLine, "\n", StringComparison.Ordinal);
}
