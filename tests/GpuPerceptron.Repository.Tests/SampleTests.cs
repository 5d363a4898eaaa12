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

    [Fact]
    public async Task The_question_shows_each_slip_and_the_last_variant_reaches_the_optimum()
    {
        var run = await Program.Run(Program.Built("samples/the-question", "TheQuestion"), []);
        Assert.Equal(0, run.ExitCode);
        string[] lines = run.Output.Split('\n');
        double optimum = double.Parse(lines[0].Split(' ')[^1]);
        Assert.InRange(optimum, 0.3, 0.31);

        // A column for each variant: the loss before the first step, after it, and so on.
        int heading = Array.FindIndex(lines, line => line.TrimStart().StartsWith("epoch ", StringComparison.Ordinal));
        double[][] rows = [.. lines.Skip(heading + 1).TakeWhile(line => line.Length > 0)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(double.Parse).ToArray())];
        double[][] columns = [.. Enumerable.Range(0, rows[0].Length).Select(variant => rows.Select(row => row[variant]).ToArray())];
        Assert.Equal(7, columns.Length);
        Assert.All(columns, column => Assert.Equal(Math.Log(2), column[0], 1e-6));

        var (asAsked, firstMended, secondMended, noBias, bias, fast, standardized) =
            (columns[0], columns[1], columns[2], columns[3], columns[4], columns[5], columns[6]);
        Assert.True(asAsked[1] > asAsked[0] && double.IsNaN(asAsked[^1]));
        Assert.All(firstMended, loss => Assert.Equal(Math.Log(2), loss, 1e-6)); // balanced classes at w = 0: nothing moves
        Assert.True(secondMended[1] > secondMended[0] && double.IsNaN(secondMended[^1]));
        Assert.Equal(noBias.OrderDescending(), noBias);
        Assert.Equal(bias.OrderDescending(), bias);
        Assert.True(noBias[^1] > bias[^1] + 0.05 && bias[^1] > optimum + 0.2);
        Assert.True(fast[^1] > 1);
        Assert.Equal(optimum, standardized[^1], 1e-6);

        string[] last = [.. lines.Skip(heading + rows.Length + 3).Where(line => line.Length > 0)];
        string[] gradients = [.. last.Select(line => line[16..44].TrimEnd())];
        Assert.Equal(["(-34.8125, -1533.75)", "(0, 0)", "(-1.67, -75.075)", "(-0.2825, -6.45)", "(-0.2825, -6.45, 0)", "(-0.2825, -6.45, 0)"], gradients[..^1]);
        // docs/math.md tells of the same figures.
        string text = (await File.ReadAllTextAsync(Testing.Repository.PathOf("docs", "math.md"))).Replace('\u2212', '-');
        Assert.All(gradients.Where(gradient => gradient is not "(0, 0)").Take(3), gradient => Assert.Contains(gradient, text));
        string curvature = lines[1].Split(" for standardised ones")[0].Split(' ')[^1];
        Assert.Contains($"{curvature} with standardised features", text);
        Assert.Contains($"{standardized[1]:f4}", text);
        Assert.All(new[] { firstMended[^1], noBias[^1], standardized[^1] }, loss => Assert.Contains($"{loss:f6}", text));
        string[] verdicts = [.. last.Select(line => line[44..])];
        Assert.Equal(
            [
                "summed_before_chain_rule, one_minus_reciprocal, no_bias (features raw)",
                "summed_before_chain_rule, no_bias (features raw)",
                "one_minus_reciprocal, no_bias (features raw)",
                "no_bias (features raw)",
                "right (features raw)",
                "right (features raw)",
                "right (features standardized)",
            ],
            verdicts);
    }
}
