using GpuPerceptron.Cli.Commands;
using GpuPerceptron.Cli.Json;
using GpuPerceptron.Data;
using GpuPerceptron.Tabular;
using Spectre.Console;

namespace GpuPerceptron.Cli.Screens;

/// <summary>What <c>plan</c> says.</summary>
internal static class PlanScreen
{
    /// <summary>Writes it.</summary>
    public static void Write(IAnsiConsole console, TrainRequest request, TableEstimate estimate, PlanReport plan)
    {
        int headFeatures = estimate.HeadFeatures;
        string about = plan.SamplesExact ? "" : "about ";
        bool fromFile = estimate.IsStreamed(request.Table.Reading.Memory ?? MemoryBudget.Usual);
        var facts = new Facts()
            .Add("data", $"{request.Source.Name}: {about}{Numbers.Count(plan.Samples, "training sample")}, {(plan.Features > estimate.Head.Training.Features ? "about " : "")}{Numbers.Count(plan.Features, "feature")}"
                + (estimate.FileBytes > 0 ? $", {Numbers.Bytes(estimate.FileBytes)} of files" : ""))
            .Add("runs", PlacementText.Of(plan.Placement, plan.FeatureBytes, plan.ResidentBytes, plan.DeviceBytes > 0, fromFile))
            .Add("memory", $"about {Numbers.Bytes(plan.HostBytes)} of {Numbers.Bytes(plan.MemoryBytes)}"
                + (plan.DeviceBytes > 0 ? $", and {Numbers.Bytes(plan.DeviceBytes)} of {plan.Device}" : ""));
        if (plan.DiskBytes > 0)
            facts.Add("disk", $"{Numbers.Bytes(plan.DiskBytes)} in {TableEstimate.StreamFolder}, where {Numbers.Bytes(plan.DiskFreeBytes)} are free");
        facts.Add("solver", $"{plan.Solver} on {plan.Device}, about {Numbers.Passes(plan.Passes)}, as on the first {Numbers.Count(estimate.HeadRows, "row")}"
                + (headFeatures < plan.Features ? $" and {Numbers.Count(headFeatures, "feature")} in proportion" : "")
                + (estimate.Head.HasMadeLabels ? ", which have one label alone: half of them were taken for the other" : ""))
            .Add("time", $"about {Numbers.Duration(plan.Seconds.Read)} to read, {(plan.Seconds.CrossValidate > 0 ? $"{Short(plan.Seconds.CrossValidate)} to cross-validate, " : "")}{Short(plan.Seconds.Train)} to train "
                + $"({Numbers.Short(1000 * plan.Seconds.Pass)} ms a pass), {Short(plan.Seconds.Certify)} to prove")
            .WriteTo(console);
        if (plan.DiskBytes > plan.DiskFreeBytes && plan.DiskBytes > 0)
            new Facts().Add("warning", "the disk has too little room: name another folder in the environment variable GPUPERCEPTRON_CACHE", Color.Yellow)
                .WriteTo(console);
    }

    private static string Short(double seconds) => seconds < 0.001 ? "under 1 ms" : Numbers.Duration(seconds);
}

/// <summary>How samples are kept, in a line.</summary>
internal static class PlacementText
{
    /// <summary>The line.</summary>
    /// <param name="placement">How.</param>
    /// <param name="bytes">Of X.</param>
    /// <param name="residentBytes">Of X in the host's memory.</param>
    /// <param name="onDevice">Whether passes run on a device with memory of its own.</param>
    /// <param name="fromFile">Whether samples lie in a file.</param>
    public static string Of(Placement placement, long bytes, long residentBytes, bool onDevice, bool fromFile) => placement switch
    {
        Placement.Sparse => $"sparse: {Numbers.Bytes(bytes)} of values and their places in memory",
        Placement.Resident => $"resident: {Numbers.Bytes(bytes)} of features in {(onDevice ? "the device's " : "")}memory",
        _ => $"streamed{(onDevice ? " to the device" : "")}: "
            + (fromFile
                ? residentBytes == 0
                    ? $"{Numbers.Bytes(bytes)} of features are read from a file in each pass"
                    : $"of {Numbers.Bytes(bytes)} of features {Numbers.Bytes(residentBytes)} stay in memory, the rest is read from a file in each pass"
                : $"{Numbers.Bytes(bytes)} of features, block by block in each pass"),
    };
}
