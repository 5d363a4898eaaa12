using GpuPerceptron.Cli.Json;
using GpuPerceptron.Data;
using GpuPerceptron.Models;
using GpuPerceptron.Solvers;
using Spectre.Console;

namespace GpuPerceptron.Cli.Screens;

/// <summary>What a model says.</summary>
internal static class InspectScreen
{
    private const int WeightsShown = 100; // of sparse features, which may be millions

    public static void Write(IAnsiConsole console, PerceptronModel model, StatisticsReport? statistics)
    {
        var (label, record) = (model.Schema.Label, model.Training);
        var facts = new Facts()
            .Add("label", $"{label.Column}: {label.Positive} is positive, {label.Negative} is negative")
            .Add("objective", ObjectiveText.Of(record.L1, record.L2, record.ClassWeight, model.Schema))
            .Add("trained on", $"{Numbers.Count(record.Samples, "sample")}, {Numbers.Count(record.Positives)} of them {label.Positive}; {Numbers.Count(record.Features, "feature")}{OfThem(model)}")
            .Add("trained by", $"{record.Solver}{BatchesOf(record.MiniBatches)} on {record.Device}{(record.Storage == FeatureStorage.Float16 ? ", features in float16" : "")}{(record.LearningRate is { } rate ? $", learning rate {Numbers.Short(rate)}" : "")}, L = {Numbers.Short(record.LipschitzBound)}, seed {record.Seed}")
            .Add("ended", $"{Ending(record)} after {Numbers.Count(record.Epochs, "epoch")} ({Numbers.Passes(record.Passes)})")
            .Add("log-loss", Numbers.Exact(record.MeanLogLoss));
        if (record.L1 != 0 || record.L2 != 0)
            facts.Add("with penalty", Numbers.Exact(record.Objective));
        facts
            .Add("gradient norm", $"{Numbers.Short(record.GradientNorm)} (tolerance {Numbers.Short(record.Tolerance)})")
            .Add("certificate", CertificateText.Of(record))
            .WriteTo(console);
        console.WriteLine();

        var report = InspectReport.From(model);
        var table = new NumberTable("feature", "standardised", "raw");
        int shown = model.Schema.Sparse is null ? report.Weights.Count : Math.Min(WeightsShown, report.Weights.Count);
        foreach (var weight in report.Weights.OrderByDescending(weight => Math.Abs(weight.Standardized)).Take(shown))
            table.Add(weight.Feature, Numbers.Short(weight.Standardized), Numbers.Short(weight.Raw));
        table.Add("(bias)", Numbers.Short(report.Bias.Standardized), Numbers.Short(report.Bias.Raw));
        table.WriteTo(console);
        if (shown < report.Weights.Count)
            console.WriteLine($"{Numbers.Count(report.Weights.Count - shown, "smaller weight")} are not shown; --json "
                + "gives all.");
        if (!model.Schema.Standardized)
            console.WriteLine("Trained in raw units; the standardised weights are computed from the features' deviations.");
        if (statistics is not null) Write(console, statistics);
    }

    private static void Write(IAnsiConsole console, StatisticsReport statistics)
    {
        console.WriteLine();
        if (statistics.Unavailable is { } why) new Facts().Add("statistics", $"none: {why}").WriteTo(console);
        else WriteTable(console, statistics);
        if (statistics.ConditionNumber is { } condition)
            new Facts().Add("condition", $"number {Numbers.Short(condition)} of the Hessian at the optimum, standardised").WriteTo(console);
        FindingList.Write(console, statistics.Findings);
    }

    private static void WriteTable(IAnsiConsole console, StatisticsReport statistics)
    {
        var table = new NumberTable("feature", "raw", "std. error", "z", "p");
        foreach (var weight in statistics.Weights!.OrderBy(weight => weight.P))
            table.Add(weight.Feature, Numbers.Short(weight.Weight), Numbers.Short(weight.StandardError), weight.Z.ToString("0.00"), Numbers.Short(weight.P));
        var bias = statistics.Bias!;
        table.Add("(bias)", Numbers.Short(bias.Weight), Numbers.Short(bias.StandardError), bias.Z.ToString("0.00"), Numbers.Short(bias.P));
        table.WriteTo(console);
    }

    private static string BatchesOf(MiniBatchRecord? batches) => batches is null ? ""
        : $" (batches of {Numbers.Count(batches.BatchSize)}, {batches.Schedule.ToString().ToLowerInvariant()} schedule"
            + $"{(batches.Momentum is { } momentum ? $", momentum {Numbers.Short(momentum)}" : "")}"
            + $"{(batches.WarmUpEpochs > 0 ? $", warm-up {Numbers.Short(batches.WarmUpEpochs)}" : "")})";

    private static string OfThem(PerceptronModel model) => model.Schema.Sparse is { } sparse
        ? $", {Numbers.Count(sparse.Count)} of them with a weight other than 0" : "";

    private static string Ending(TrainingRecord record) => record.StopReason switch
    {
        StopReason.Converged => "converged",
        StopReason.EpochLimit => "not converged: stopped",
        StopReason.Stalled => "not converged: stalled",
        StopReason.EarlyStopping => "stopped early, at the lowest validation loss,",
        StopReason.Interrupted => "interrupted",
        _ => "diverged",
    };
}
