using GpuPerceptron.Cli.Streams;
using Xunit;

namespace GpuPerceptron.Cli.Tests.Screens;

/// <summary>What a terminal gets, and a pipe does not.</summary>
public sealed class TerminalTests : IDisposable
{
    private static readonly TerminalTraits Window = new(OutIsTerminal: true, ErrorIsTerminal: true, Colors: true, Width: 80);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_pipe_gets_neither_escape_codes_nor_returns()
    {
        var result = Train(TerminalTraits.Piped);
        Assert.DoesNotContain('\e', result.Out + result.Error);
        Assert.DoesNotContain('\r', result.Out + result.Error);
    }

    [Fact]
    public void A_window_gets_colours_unless_they_are_not_wanted()
    {
        Assert.Contains("\e[", Train(Window).Out, StringComparison.Ordinal);
        var plain = Train(Window with { Colors = false });
        Assert.DoesNotContain('\e', plain.Out + plain.Error);
        Assert.Contains("\rreading", plain.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void No_line_is_wider_than_the_window()
    {
        var result = Train(Window with { Colors = false });
        Assert.All((result.Out + result.Error).Split('\n', '\r'), line => Assert.InRange(line.Length, 0, 80));
        result = CommandResult.Of(Window with { Colors = false, Width = 40 }, ["inspect", _folder["m.json"]]);
        Assert.All(result.Lines, line => Assert.InRange(line.Length, 0, 40));
    }

    [Fact]
    public void Every_terminal_can_show_what_is_written()
    {
        var result = Train(Window);
        Assert.True((result.Out + result.Error).All(char.IsAscii));
    }

    private CommandResult Train(TerminalTraits traits)
    {
        var lines = Enumerable.Range(0, 40).Select(i => $"{i % 9},{i * i % 11},{(i % 3 == 0 ? "yes" : "no")}");
        string table = _folder.Write("t.csv", ["a_column_with_a_name_that_goes_on_and_on,b,y", .. lines]);
        return CommandResult.Of(traits, ["train", table, "--label", "y", "--l2", "0.1", "-o", _folder["m.json"]]);
    }
}
