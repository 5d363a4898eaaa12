using System.CommandLine;
using GpuPerceptron.Diagnostics;

namespace GpuPerceptron.Cli;

/// <summary>What is meant by an option that a command lacks.</summary>
internal static class UnknownOption
{
    private const int LeastLetters = 3;

    /// <summary>What others, such as scikit-learn, PyTorch and XGBoost, call our options.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new()
    {
        ["lr"] = "learning-rate",
        ["eta"] = "learning-rate",
        ["step-size"] = "learning-rate",
        ["max-iter"] = "epochs",
        ["iterations"] = "epochs",
        ["optimizer"] = "solver",
        ["target"] = "label",
        ["lambda"] = "l2",
        ["weight-decay"] = "l2",
        ["sample-weight"] = "weight",
        ["cv"] = "folds",
        ["n-jobs"] = "threads",
        ["random-state"] = "seed",
        ["gpu"] = "device",
    };

    /// <summary>The command's option that is meant; null where none can be told.</summary>
    /// <param name="argument">As it was written, maybe with a value behind an equals sign.</param>
    /// <param name="command">The command.</param>
    public static string? Meant(string argument, Command command)
    {
        string name = argument.Split('=')[0].TrimStart('-').Replace('_', '-').ToLowerInvariant();
        var everywhere = command.Parents.OfType<Command>().SelectMany(parent => parent.Options).Where(option => option.Recursive);
        string[] names = [.. command.Options.Concat(everywhere).Select(option => option.Name.TrimStart('-'))];
        string? meant = name == "model" && !command.Arguments.Any(other => other.Name == "MODEL") ? "output"
            : Elsewhere.TryGetValue(name, out string? ours) ? ours
            : Completion(name, names) ?? NearName.Of(name, names);
        return meant is not null && names.Contains(meant) ? $"--{meant}" : null;
    }

    /// <summary>The name that begins so; of several the one that all of them begin with.</summary>
    private static string? Completion(string name, string[] names)
    {
        string[] longer = [.. names.Where(other => other.StartsWith(name, StringComparison.Ordinal)).OrderBy(other => other.Length)];
        return name.Length >= LeastLetters && longer.Length > 0 && longer.All(other => other.StartsWith(longer[0], StringComparison.Ordinal))
            ? longer[0] : null;
    }
}
