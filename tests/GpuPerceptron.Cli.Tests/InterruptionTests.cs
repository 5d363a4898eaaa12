using GpuPerceptron.Cli.Streams;
using GpuPerceptron.Models;
using GpuPerceptron.Solvers;
using Xunit;

namespace GpuPerceptron.Cli.Tests;

public sealed class InterruptionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void While_training_the_model_reached_so_far_is_written()
    {
        using var source = new CancellationTokenSource();
        using var error = new Tripwire("device", source);
        var result = CommandResult.Of(
            TerminalTraits.Piped, ["train", Samples.Pima, "--label", "label", "-o", _folder["m.json"], "--json", _folder["r.json"]],
            error, cancellation: source.Token);
        Assert.Equal(130, result.Code);
        Assert.Contains("gpuperceptron: interrupted after 0 epochs", result.Error, StringComparison.Ordinal);
        Assert.Equal(StopReason.Interrupted, ModelFile.Load(_folder["m.json"]).Training.StopReason);
        Assert.Contains("\"interrupted\"", File.ReadAllText(_folder["r.json"]), StringComparison.Ordinal);
    }

    [Fact]
    public void While_reading_nothing_is_written()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var result = CommandResult.Of(
            TerminalTraits.Piped, ["train", Samples.Pima, "--label", "label", "-o", _folder["m.json"]], cancellation: source.Token);
        Assert.Equal(130, result.Code);
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public void While_planning_no_plan_is_told()
    {
        using var source = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        var result = CommandResult.Of(
            TerminalTraits.Piped,
            ["plan", Samples.Pima, "--label", "label", "--solver", "gd", "--learning-rate", "1e-9", "--tolerance", "1e-30", "--epochs", "2000000000"],
            cancellation: source.Token);
        Assert.Equal((130, ""), (result.Code, result.Out));
    }

    /// <summary>Interrupts as soon as a word is written.</summary>
    private sealed class Tripwire(string word, CancellationTokenSource source) : StringWriter
    {
        public override void Write(string? value)
        {
            base.Write(value);
            if (value?.Contains(word, StringComparison.Ordinal) == true) source.Cancel();
        }
    }
}
