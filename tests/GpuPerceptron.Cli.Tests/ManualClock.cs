namespace GpuPerceptron.Cli.Tests;

/// <summary>A clock that a test moves; its timers ring whenever it does.</summary>
internal sealed class ManualClock : TimeProvider
{
    private readonly List<Timer> _timers = [];
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        _timers.Add(timer);
        return timer;
    }

    public void Advance(double seconds)
    {
        _ticks += (long)(seconds * TimeSpan.TicksPerSecond);
        foreach (var timer in _timers.ToArray())
            timer.Ring();
    }

    private sealed class Timer(ManualClock clock, Action ring) : ITimer
    {
        public void Ring() => ring();

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose() => clock._timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
