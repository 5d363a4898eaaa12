using Xunit;

namespace GpuPerceptron.Cli.Tests;

public sealed class HelpTests
{
    [Fact]
    public void No_arguments_show_the_commands()
    {
        var result = CommandResult.Of();
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Equal(CommandResult.Of("--help"), result);
        Assert.All(["train", "predict", "evaluate", "inspect", "diagnose", "gradcheck", "plan", "devices"], command => Assert.Contains($"  {command} ", result.Out, StringComparison.Ordinal));
    }

    [Theory, InlineData("train"), InlineData("predict"), InlineData("evaluate"), InlineData("inspect"), InlineData("diagnose"), InlineData("gradcheck"),
        InlineData("plan"), InlineData("devices")]
    public void Each_command_has_help_with_examples(string command)
    {
        var result = CommandResult.Of(command, "--help");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Contains($"Usage:\n  gpuperceptron {command}", result.Out, StringComparison.Ordinal);
        Assert.Contains($"Examples:\n  gpuperceptron {command}", result.Out, StringComparison.Ordinal);
        Assert.All(result.Lines, line => Assert.InRange(line.Split("[default").Length, 1, 2)); // one default at most
        Assert.DoesNotContain("{ ", result.Out, StringComparison.Ordinal); // nor a value as the compiler writes it
    }

    [Theory]
    [InlineData("diagnose", false), InlineData("gradcheck", false), InlineData("train", true)]
    public void Sparse_features_are_offered_where_they_are_taken(string command, bool takesThem)
    {
        string help = CommandResult.Of(command, "--help").Out;
        Assert.All(["LIBSVM", "--hash", "--format"], word => Assert.Equal(takesThem, help.Contains(word, StringComparison.OrdinalIgnoreCase)));
    }
}
