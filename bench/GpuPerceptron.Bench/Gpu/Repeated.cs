using System.Diagnostics;

namespace GpuPerceptron.Bench.Gpu;

/// <summary>What a device needs for the same thing again and again.</summary>
internal static class Repeated
{
    private const double WarmUpSeconds = 0.25; // a GPU raises its clock only under load

    /// <summary>Warms up, then measures.</summary>
    /// <param name="repeats">Measurements.</param>
    /// <param name="action">What is timed; when it returns the device is done.</param>
    /// <returns>The measurements' median, in milliseconds.</returns>
    public static double Median(int repeats, Action action)
    {
        var warmUp = Stopwatch.StartNew();
        do
            action();
        while (warmUp.Elapsed.TotalSeconds < WarmUpSeconds);
        return Timing.Median([.. Enumerable.Range(0, repeats).Select(_ => Timing.Milliseconds(action))]);
    }
}
