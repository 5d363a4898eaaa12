using GpuPerceptron.Cli.Screens;
using GpuPerceptron.Cli.Streams;
using GpuPerceptron.Data;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Cli.Tests.Screens;

public sealed class TrainProgressTests : IDisposable
{
    private readonly ManualClock _clock = new();
    private readonly StringWriter _error = new();
    private readonly Dataset _samples = SyntheticData.Create(1000, 4);

    public void Dispose()
    {
        _samples.Dispose();
        _error.Dispose();
    }

    [Fact]
    public void A_long_epoch_and_a_long_proof_tell_the_passes_since()
    {
        using var progress = Create();
        progress.Start(new TrainingSetup("newton-cg", "", "cpu", "CPU", null, null, 100, _samples.FeatureBytes));
        progress.Meter.Add(500);
        _clock.Advance(6);
        Assert.Equal("the first epoch: 0.5 passes, 8.00 kB in 6 s\n", Written());
        progress.Report(new TrainingProgress(1, 1, 0.5, 0.1, null));
        progress.Meter.Add(2500);
        _clock.Advance(6);
        Assert.Equal(
            "epoch 1  loss 0.500000  gradient 1.0e-1 -> 1e-6  0.25 passes/s  4.00 kB/s; since then 2.5 passes, 40.0 kB in 6 s\n", Written());
        progress.Begin(TrainingStage.Certify);
        _clock.Advance(6);
        Assert.Empty(Written()); // nothing was read
        progress.Meter.Add(1000);
        _clock.Advance(6);
        Assert.Equal("proving in float64 how near the optimum it ended: 1.0 passes, 16.0 kB in 12 s\n", Written());
    }

    private TrainProgress Create() =>
        new(new Terminal(new MemoryStream(), _error, TerminalTraits.Piped, _clock), quiet: false, 1e-6, _samples);

    private string Written()
    {
        string text = _error.ToString().ReplaceLineEndings("\n");
        _error.GetStringBuilder().Clear();
        return text;
    }
}
