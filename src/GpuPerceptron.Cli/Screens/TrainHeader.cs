using GpuPerceptron.Cli.Json;
using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Models;
using GpuPerceptron.Tabular;
using Spectre.Console;

namespace GpuPerceptron.Cli.Screens;

/// <summary>What <c>train</c> says before it trains: what it made of the table, and what it is about to do.</summary>
internal static class TrainHeader
{
    /// <summary>Says what was read.</summary>
    public static void WriteData(IAnsiConsole console, string source, TrainingTable table, double seconds)
    {
        var data = table.Training;
        var facts = new Facts()
            .Add("data", $"{source}: {Numbers.Count(data.Samples, "sample")}, {Numbers.Count(data.Features, "feature")}, read in {Numbers.Duration(seconds)}")
            .Add("label", Label(table.Schema.Label, data.Positives, data.Samples));
        if (table.Validation is { } validation)
            facts.Add("validation", $"{Numbers.Count(validation.Samples, "sample")}, {Numbers.Count(validation.Positives)} of them positive; they are only measured");
        foreach (string note in table.Notes)
            facts.Add("note", note);
        facts.WriteTo(console);
    }

    /// <summary>Says what will be minimised, how and where.</summary>
    public static void WriteSetup(IAnsiConsole console, TrainingOptions options, TrainingTable table, TrainingSetup setup) => new Facts()
        .Add("objective", ObjectiveText.Of(options.L1, options.L2, options.ClassWeight, table.Schema))
        .Add("solver", $"{setup.Solver}{Because(setup)}{LearningRate(options, setup)}, until the gradient norm is {Numbers.Short(options.Tolerance)} "
            + $"or after {Numbers.Count(setup.MaximumEpochs, "epoch")}")
        .Add("device", $"{setup.Device}: {setup.DeviceDescription}; {Pass(options, table.Schema, setup)}")
        .Add("runs", PlacementText.Of(
            PlacementOf(table.Training, setup), setup.BytesPerPass, table.Training.ResidentBytes,
            onDevice: setup.Device != "cpu", table.Training.IsStreamed))
        .WriteTo(console);

    /// <summary>How the samples are kept.</summary>
    public static Placement PlacementOf(Dataset training, TrainingSetup setup) =>
        training.IsStreamed || setup.StreamsToDevice ? Placement.Streamed
        : training.IsSparse ? Placement.Sparse
        : Placement.Resident;

    private static string Label(LabelSchema label, long positives, long samples) =>
        $"{label.Column}: {label.Positive} is positive ({Numbers.Count(positives, "sample")}, {Numbers.Percent((double)positives / samples)}), "
        + $"{label.Negative} is negative";

    private static string Because(TrainingSetup setup) => setup.SolverReason.Length == 0 ? "" : $" ({setup.SolverReason})";

    private static string LearningRate(TrainingOptions options, TrainingSetup setup) => setup switch
    {
        { LearningRate: { } rate, LipschitzBound: { } bound } when rate == 1 / bound => $", learning rate 1/L = {Numbers.Short(rate)}",
        { LearningRate: { } rate, LipschitzBound: { } bound } => $", learning rate {Numbers.Short(rate)} (1/L = {Numbers.Short(1 / bound)})",
        _ => "",
    };

    private static string Pass(TrainingOptions options, Schema schema, TrainingSetup setup) =>
        Numbers.Bytes(setup.BytesPerPass) + " a pass"
        + (options.Storage == FeatureStorage.Float16 ? ", features in float16" : "")
        + (options.Device.Kind != DeviceKind.Auto ? ""
        : schema.Sparse is not null ? ", sparse: on a GPU only where --device names one"
        : setup.BytesPerPass < EngineFactory.SmallestGpuBytes ? ", too few for a GPU's start to pay"
        : "");
}
