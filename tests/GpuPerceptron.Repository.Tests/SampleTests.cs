using Xunit;

namespace GpuPerceptron.Repository.Tests;

/// <summary>The samples that a new user runs first.</summary>
public sealed class SampleTests
{
    [Fact]
    public async Task In_memory_trains_to_the_known_optimum_and_predicts()
    {
        var run = await Program.Run(Program.Built("samples/InMemory", "InMemory"), []);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Converged", run.Output);
        Assert.Contains("mean log-loss 0.299626", run.Output);
        Assert.Contains("saved and read back: True", run.Output);
        // σ(12.040 − 4.024 · 3) at the golden optimum.
        Assert.Contains("a car of 3000 lbs is manual with probability 0.492", run.Output);
    }
}
