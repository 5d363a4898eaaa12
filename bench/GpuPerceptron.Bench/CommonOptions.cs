using System.CommandLine;

namespace GpuPerceptron.Bench;

/// <summary>Options of every command.</summary>
internal static class CommonOptions
{
    public static Option<int> Threads() => new("--threads") { Description = "Host threads; 0 for one a processor." };

    /// <summary>What <see cref="Threads"/> comes to.</summary>
    public static int Count(int threads) => threads == 0 ? Environment.ProcessorCount : threads;

    public static Option<T> With<T>(string name, string description, T value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };

    public static Option<FileInfo?> Json() => new("--json") { Description = "Writes the figures to a file too." };
}
