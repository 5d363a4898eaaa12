using System.Text.RegularExpressions;
using Xunit;

namespace GpuPerceptron.Repository.Tests;

/// <summary>What the README tells a new user to type works.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Text = File.ReadAllText(Testing.Repository.PathOf("README.md"));
    private static readonly string CommandLine = Program.Built("src/GpuPerceptron.Cli", "GpuPerceptron.Cli");

    [Fact]
    public async Task Every_command_of_the_use_section_runs_in_turn()
    {
        var commands = Commands().Matches(Text).Select(match => Words(match.Groups[1].Value)).ToList();
        Assert.True(commands.Count >= 6);
        string folder = Directory.CreateTempSubdirectory("gpuperceptron-readme-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "samples"));
            Directory.CreateSymbolicLink(Path.Combine(folder, "samples", "data"), Testing.Repository.PathOf("samples", "data"));
            foreach (string[] command in commands)
            {
                var run = await Program.Run(CommandLine, command, folder);
                Assert.True(run.ExitCode == 0, $"gpuperceptron {string.Join(' ', command)}: {run.ExitCode}\n{run.Errors}");
            }

            Assert.Equal(570, (await File.ReadAllLinesAsync(Path.Combine(folder, "predictions.csv"))).Length);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_first_command_is_there_as_people_copy_it() => Assert.Contains(
        "    dotnet run -c Release --project src/GpuPerceptron.Cli -- train samples/data/wdbc.csv --label diagnosis --l2 0.001\n", Text);

    [Fact]
    public void Every_link_to_a_file_leads_to_one() => Assert.All(
        Links().Matches(Text).Select(match => match.Groups[1].Value).Where(link => !link.StartsWith("http", StringComparison.Ordinal)),
        link => Assert.True(File.Exists(Testing.Repository.PathOf(link)), link));

    private static string[] Words(string command) =>
        [.. Word().Matches(command).Select(match => match.Groups[1].Success ? match.Groups[1].Value : match.Value)];

    [GeneratedRegex(@"^\$ gpuperceptron (.*)$", RegexOptions.Multiline)]
    private static partial Regex Commands();

    [GeneratedRegex(@"\]\(([^)]+)\)")]
    private static partial Regex Links();

    [GeneratedRegex("""
        "([^"]*)"|\S+
        """)]
    private static partial Regex Word();
}
