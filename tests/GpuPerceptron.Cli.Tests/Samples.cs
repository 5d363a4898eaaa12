using GpuPerceptron.Testing;

namespace GpuPerceptron.Cli.Tests;

/// <summary>Tables that come with the repository.</summary>
internal static class Samples
{
    public static string Wdbc { get; } = Repository.PathOf("samples", "data", "wdbc.csv");

    public static string Sonar { get; } = Repository.PathOf("samples", "data", "sonar.csv");

    public static string Pima { get; } = Repository.PathOf("samples", "data", "pima.csv");

    /// <summary>Trains a small model.</summary>
    public static CommandResult TrainPima(string model, params string[] more) =>
        CommandResult.Of(["train", Pima, "--label", "label", "--device", "cpu", "--quiet", "--json", "-", "-o", model, .. more]);
}
