namespace GpuPerceptron.Cli.Screens;

/// <summary>Looks ten times a second, on a timer's thread, at what goes on, until it is disposed.</summary>
internal sealed class Ticker : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(0.1);

    private readonly Action _look;
    private readonly ITimer _timer;

    /// <param name="clock">Whose seconds count.</param>
    /// <param name="look">Is called, and may write to stderr.</param>
    public Ticker(TimeProvider clock, Action look)
    {
        _look = look;
        _timer = clock.CreateTimer(_ => LookSafely(), null, Period, Period);
    }

    /// <summary>Ends it, when a look that has begun is over: afterwards nothing more is written.</summary>
    public void Dispose() => _timer.DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Nobody would catch what a closed stderr throws here.</summary>
    private void LookSafely()
    {
        try
        {
            _look();
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            _timer.Dispose();
        }
    }
}
