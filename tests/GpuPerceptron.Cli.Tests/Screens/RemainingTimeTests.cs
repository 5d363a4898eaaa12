using GpuPerceptron.Cli.Screens;
using Xunit;

namespace GpuPerceptron.Cli.Tests.Screens;

public sealed class RemainingTimeTests
{
    [Fact]
    public void A_geometric_decline_is_foreseen()
    {
        var remaining = new RemainingTime(tolerance: 1e-6, maximumEpochs: int.MaxValue);
        double? guess = null;
        // A tenth a second: from 1 to 1e-6 in 6 s.
        for (double seconds = 0.1; seconds < 4.05; seconds += 0.1)
            guess = remaining.Estimate(seconds, epoch: (int)(100 * seconds), Math.Pow(10, -seconds) * (1 + 0.2 * Math.Abs(Math.Sin(9 * seconds))));
        Assert.Equal(2, guess!.Value, 0.4);
    }

    [Fact]
    public void The_cap_on_epochs_counts_too()
    {
        var remaining = new RemainingTime(tolerance: 1e-6, maximumEpochs: 1000);
        Assert.Null(remaining.Estimate(0.5, 100, 0.1));
        Assert.Equal(2, remaining.Estimate(2, 500, 0.1)!.Value, 0.01);
    }
}
