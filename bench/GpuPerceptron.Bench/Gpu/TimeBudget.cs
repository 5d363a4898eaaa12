using System.Diagnostics;

namespace GpuPerceptron.Bench.Gpu;

/// <summary>How long a benchmark may go on. What it has by then is kept.</summary>
/// <param name="seconds">From now.</param>
internal sealed class TimeBudget(double seconds)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>What was used.</summary>
    public TimeSpan Used => _clock.Elapsed;

    /// <summary>What is left, at least 0.</summary>
    public TimeSpan Left => TimeSpan.FromSeconds(Math.Max(0, seconds - _clock.Elapsed.TotalSeconds));

    /// <summary>Whether nothing is left.</summary>
    public bool IsSpent => Left == TimeSpan.Zero;
}
