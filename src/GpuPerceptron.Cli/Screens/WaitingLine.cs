using System.Globalization;
using GpuPerceptron.Cli.Streams;
using GpuPerceptron.Data;

namespace GpuPerceptron.Cli.Screens;

/// <summary>Says what is being waited for, and after a second how often samples were read for it, until it is disposed.</summary>
internal sealed class WaitingLine : IDisposable
{
    private const double Long = 1; // seconds

    private readonly Lock _turn = new(); // of the caller's thread and the timer's
    private readonly LiveLine _line;
    private readonly TimeProvider _clock;
    private readonly string _doing;
    private readonly Dataset? _samples;
    private readonly ReadMeter _meter = new();
    private readonly long _start;
    private readonly Ticker? _ticker;

    /// <param name="terminal">Where to.</param>
    /// <param name="quiet">Shows nothing.</param>
    /// <param name="doing">What is waited for.</param>
    /// <param name="samples">Of what passes are counted; null where none can be.</param>
    public WaitingLine(Terminal terminal, bool quiet, string doing, Dataset? samples = null)
    {
        (_clock, _doing, _samples) = (terminal.Clock, doing, samples);
        _line = new LiveLine(terminal, quiet);
        _start = _clock.GetTimestamp();
        if (terminal.Traits.ErrorIsTerminal) _line.Show($"{doing} ...");
        if (samples is null || quiet) return;
        samples.Meter = _meter;
        _ticker = new Ticker(_clock, Look);
    }

    /// <summary>How often samples were read, and how much that was.</summary>
    /// <param name="rows">Rows that were read.</param>
    /// <param name="samples">The samples.</param>
    /// <param name="seconds">How long it took.</param>
    public static string Describe(long rows, Dataset samples, double seconds)
    {
        double passes = rows / (double)Math.Max(1, samples.Samples);
        return $"{passes.ToString("0.0", CultureInfo.InvariantCulture)} passes, {Numbers.Bytes(passes * samples.FeatureBytes)} in {Numbers.Duration(seconds)}";
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ticker?.Dispose();
        lock (_turn)
            _line.Clear();
    }

    private void Look()
    {
        lock (_turn)
        {
            double seconds = _clock.GetElapsedTime(_start).TotalSeconds;
            if (_line.IsDue && seconds >= Long && _meter.Rows > 0) _line.Show($"{_doing}: {Describe(_meter.Rows, _samples!, seconds)}");
        }
    }
}
