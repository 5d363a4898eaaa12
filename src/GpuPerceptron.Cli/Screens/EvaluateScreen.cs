using GpuPerceptron.Metrics;
using GpuPerceptron.Models;
using Spectre.Console;

namespace GpuPerceptron.Cli.Screens;

/// <summary>How well a model fits a table.</summary>
internal static class EvaluateScreen
{
    public static void Write(IAnsiConsole console, LabelSchema label, BinaryMetrics metrics)
    {
        new Facts()
            .Add("samples", Numbers.Count(metrics.Samples))
            .Add("log-loss", Numbers.Exact(metrics.LogLoss))
            .Add("accuracy", Numbers.Percent(metrics.Accuracy))
            .Add("ROC AUC", Numbers.Short(metrics.RocAuc))
            .Add("PR AUC", Numbers.Short(metrics.PrAuc))
            .Add("Brier score", Numbers.Short(metrics.Brier))
            .Add("F1", Numbers.Short(metrics.F1))
            .Add("precision", Numbers.Percent(metrics.Precision))
            .Add("recall", Numbers.Percent(metrics.Recall))
            .WriteTo(console);
        console.WriteLine();

        var (tp, fp, tn, fn) = metrics.Confusion;
        new NumberTable("", $"predicted {label.Positive}", $"predicted {label.Negative}")
            .Add($"is {label.Positive}", Numbers.Count(tp), Numbers.Count(fn))
            .Add($"is {label.Negative}", Numbers.Count(fp), Numbers.Count(tn))
            .WriteTo(console);
    }
}
