using GpuPerceptron.Models;
using GpuPerceptron.Solvers;
using Spectre.Console;

namespace GpuPerceptron.Cli.Screens;

/// <summary>What <c>train</c> says when it is done.</summary>
internal static class TrainSummary
{
    private const int LargestWeights = 5;

    /// <summary>Writes the outcome.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="result">The outcome.</param>
    /// <param name="modelPath">Where the model is.</param>
    public static void Write(IAnsiConsole console, TrainingResult result, string modelPath)
    {
        var record = result.Model.Training;
        console.WriteLine();
        var facts = new Facts()
            .Add(Ending(record.StopReason), $"after {Numbers.Count(record.Epochs, "epoch")} ({Numbers.Passes(record.Passes)}), {Numbers.Duration(result.Seconds.Train)}",
                record.Converged ? Color.Green : Color.Yellow)
            .Add("log-loss", Numbers.Exact(record.MeanLogLoss));
        if (record.L1 != 0 || record.L2 != 0)
            facts.Add("with penalty", Numbers.Exact(record.Objective));
        facts.Add("gradient norm", $"{Numbers.Short(record.GradientNorm)} (tolerance {Numbers.Short(record.Tolerance)})");
        facts.Add("certificate", CertificateText.Of(record));
        if (result.Validation is { } validation)
            facts.Add("validation", $"log-loss {Numbers.Short(validation.LogLoss)}, ROC AUC {Numbers.Short(validation.RocAuc)}, accuracy {Numbers.Percent(validation.Accuracy)}");
        facts.Add("weights", string.Join(", ", Largest(result.Model)) + " (the largest, standardised)");
        facts.Add("model", modelPath);
        facts.Add("next", $"gpuperceptron predict {modelPath} DATA");
        facts.WriteTo(console);
    }

    /// <summary>The largest weights with their features, of which there may be millions: the others' names are not asked for.</summary>
    private static IEnumerable<string> Largest(PerceptronModel model)
    {
        double[] standardized = [.. model.Raw.Weights.Zip(model.Schema.Deviations(), (raw, deviation) => raw * deviation)];
        return Enumerable.Range(0, standardized.Length).OrderByDescending(j => Math.Abs(standardized[j])).Take(LargestWeights)
            .Select(j => $"{model.Schema.NameOf(j)} {(standardized[j] < 0 ? "" : "+")}{Numbers.Short(standardized[j])}");
    }

    private static string Ending(StopReason reason) => reason switch
    {
        StopReason.Converged => "converged",
        StopReason.Interrupted => "interrupted",
        StopReason.EarlyStopping => "stopped early",
        _ => "stopped",
    };
}
