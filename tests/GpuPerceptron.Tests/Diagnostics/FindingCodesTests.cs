using System.Text.RegularExpressions;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Diagnostics;

public sealed partial class FindingCodesTests
{
    [Fact]
    public void The_documentation_explains_every_code_and_no_other()
    {
        string folder = Repository.PathOf("src", "GpuPerceptron", "Diagnostics");
        var files = Directory.EnumerateFiles(Path.Combine(folder, "Findings")).Append(Path.Combine(folder, "Diagnoser.cs"));
        var codes = files.SelectMany(file => CodeInSource().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value);
        string page = File.ReadAllText(Repository.PathOf("docs", "diagnose.md"));
        var explained = CodeInTable().Matches(page[page.IndexOf("| code |", StringComparison.Ordinal)..]).Select(match => match.Groups[1].Value);
        Assert.Equal(codes.Distinct().Order(), explained.Order());
    }

    [GeneratedRegex("new Finding\\(\"(\\w+)\"")]
    private static partial Regex CodeInSource();

    [GeneratedRegex(@"^\| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex CodeInTable();
}
