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

    /// <summary>A command over X of several widths, made in memory.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it measures.</param>
    /// <param name="widths">Features, comma-separated, where nobody says.</param>
    /// <param name="megabytes">Of X, where nobody says.</param>
    /// <param name="repeats">Turns, where nobody says.</param>
    /// <param name="run">Takes widths, bytes of X at least, turns, threads, and the file for the figures.</param>
    public static Command OverWidths(
        string name, string description, string widths, int megabytes, int repeats, Action<int[], long, int, int, FileInfo?> run)
    {
        var features = With("--features", "Widths of X.", widths);
        var size = With("--megabytes", "Megabytes of X in float32, at least.", megabytes);
        var turns = With("--repeats", "Turns of what is compared.", repeats);
        var threads = Threads();
        var json = Json();
        var command = new Command(name, description) { features, size, turns, threads, json };
        command.SetAction(result => run(
            [.. result.GetRequiredValue(features).Split(',').Select(int.Parse)],
            result.GetValue(size) * 1_000_000L,
            result.GetValue(turns),
            Count(result.GetValue(threads)),
            result.GetValue(json)));
        return command;
    }

    public static Option<FileInfo?> Json() => new("--json") { Description = "Writes the figures to a file too." };
}
