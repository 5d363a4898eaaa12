using System.CommandLine;
using GpuPerceptron.Diagnostics;

namespace GpuPerceptron.Cli;

/// <summary>What is meant by an option that a command lacks.</summary>
internal static class UnknownOption
{
    /// <summary>What others call our options: scikit-learn, PyTorch, LIBLINEAR's and XGBoost's front ends.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new()
    {
        ["--lr"] = "--learning-rate",
        ["--eta"] = "--learning-rate",
        ["--step-size"] = "--learning-rate",
        ["--max-iter"] = "--epochs",
        ["--iterations"] = "--epochs",
        ["--optimizer"] = "--solver",
        ["--target"] = "--label",
        ["--lambda"] = "--l2",
        ["--weight-decay"] = "--l2",
        ["--sample-weight"] = "--weight",
        ["--cv"] = "--folds",
        ["--n-jobs"] = "--threads",
        ["--random-state"] = "--seed",
        ["--gpu"] = "--device",
        ["--model"] = "--output",
        ["--out"] = "--output",
    };

    /// <summary>The command's option that is meant; null where none can be told.</summary>
    /// <param name="argument">As it was written, maybe with a value behind an equals sign.</param>
    /// <param name="command">The command.</param>
    public static string? Meant(string argument, Command command)
    {
        string name = argument.Split('=')[0].Replace('_', '-').ToLowerInvariant();
        if (!name.StartsWith("--", StringComparison.Ordinal)) return null;
        string[] names = [.. command.Options.Select(option => option.Name)];
        string[] longer = [.. names.Where(option => option.StartsWith(name, StringComparison.Ordinal))];
        return Elsewhere.TryGetValue(name, out string? ours) && names.Contains(ours) ? ours
            : longer.Length == 1 ? longer[0]
            : NearName.Of(name, names);
    }
}
