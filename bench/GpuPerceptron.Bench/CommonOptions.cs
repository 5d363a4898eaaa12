using System.CommandLine;

namespace GpuPerceptron.Bench;

/// <summary>Options of every command.</summary>
internal static class CommonOptions
{
    public static Option<int> Threads() => new("--threads") { Description = "Host threads; 0 for one a processor." };

    public static Option<FileInfo?> Json() => new("--json") { Description = "Writes the figures to a file too." };
}
