namespace GpuPerceptron.Cli.Screens;

/// <summary>
/// Guesses when a training will end: a gradient's norm falls about geometrically, so its logarithm goes on as it went
/// over the later half of the time so far, or over all of it where it has rested since.
/// </summary>
/// <param name="tolerance">The norm at which training ends.</param>
/// <param name="maximumEpochs">Epochs at which it ends at the latest.</param>
internal sealed class RemainingTime(double tolerance, int maximumEpochs)
{
    private const double SecondsBeforeGuessing = 1;

    private readonly List<(double Seconds, double LogNorm)> _lows = [];

    /// <summary>Takes the state in and guesses.</summary>
    /// <param name="seconds">Since training began.</param>
    /// <param name="epoch">Epochs so far.</param>
    /// <param name="gradientNorm">Its norm now.</param>
    /// <returns>Seconds left; null where it is too early to tell.</returns>
    public double? Estimate(double seconds, int epoch, double gradientNorm)
    {
        // Accelerated methods go up and down: the lowest so far is what nears the tolerance.
        double low = Math.Log(gradientNorm);
        if (_lows.Count > 0) low = Math.Min(low, _lows[^1].LogNorm);
        _lows.Add((seconds, low));
        if (seconds < SecondsBeforeGuessing) return null;

        double toEpochLimit = (maximumEpochs - epoch) * seconds / Math.Max(1, epoch);
        double fall = FallSince(seconds / 2);
        if (fall <= 0) fall = FallSince(0);
        return fall > 0 ? Math.Min(toEpochLimit, Math.Max(0, (low - Math.Log(tolerance)) / fall)) : toEpochLimit;

        double FallSince(double start)
        {
            var (startSeconds, startLow) = _lows.Find(point => point.Seconds >= start);
            return seconds > startSeconds ? (startLow - low) / (seconds - startSeconds) : 0;
        }
    }
}
