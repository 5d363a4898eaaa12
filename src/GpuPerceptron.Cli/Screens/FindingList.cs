using GpuPerceptron.Diagnostics;
using Spectre.Console;

namespace GpuPerceptron.Cli.Screens;

/// <summary>Findings, each with its remedy.</summary>
internal static class FindingList
{
    public static void Write(IAnsiConsole console, IReadOnlyList<Finding> findings)
    {
        var facts = new Facts();
        foreach (var finding in findings)
        {
            facts.Add("finding", finding.Message, Color.Yellow);
            if (finding.Remedy.Length > 0) facts.Add("", $"-> {finding.Remedy}");
        }

        facts.WriteTo(console);
    }
}
