using GpuPerceptron.Diagnostics;
using GpuPerceptron.Models;
using Spectre.Console;

namespace GpuPerceptron.Cli.Screens;

/// <summary>What a table is like to learn from.</summary>
internal static class DiagnoseScreen
{
    public static void Write(IAnsiConsole console, LabelSchema label, Diagnosis diagnosis)
    {
        string units = diagnosis.Standardized ? "standardised" : "raw";
        console.WriteLine();
        var facts = new Facts()
            .Add("separable", Separable(label, diagnosis), diagnosis.Separable == Separability.No ? Color.Green : Color.Yellow)
            .Add("curvature", $"L = {Numbers.Short(diagnosis.LipschitzStandardized)} standardised, "
                + $"{Numbers.Short(diagnosis.LipschitzRaw)} raw: the loss is nowhere more curved")
            .Add("learning rate", $"{units}: 1/L = {Numbers.Short(diagnosis.SafeLearningRate)} is safe, and below "
                + $"2/L = {Numbers.Short(diagnosis.DescentLimit)} the loss is sure to fall at every step; larger ones often work");
        if (diagnosis.LocalLimit is { } limit)
            facts.Add("", $"above {Numbers.Short(limit)} gradient descent cannot settle at the optimum, and below that it still may cycle elsewhere");
        if (diagnosis.ConditionNumber is { } condition)
        {
            facts.Add("condition", double.IsInfinity(condition)
                ? "the Hessian at the optimum is singular: some directions change no prediction"
                : $"number {Numbers.Short(condition)} at the optimum: plain gradient descent takes about "
                + $"{Numbers.Short(diagnosis.GradientDescentEpochs!.Value)} epochs to reduce the gradient a millionfold");
        }

        if (diagnosis.OptimalLogLoss is { } loss)
            facts.Add("optimum", $"log-loss {Numbers.Exact(loss)} without a penalty");
        facts.WriteTo(console);
        FindingList.Write(console, diagnosis.Findings);
        if (diagnosis.Findings.Count == 0) new Facts().Add("findings", "none", Color.Green).WriteTo(console);
        foreach (string note in diagnosis.Notes)
            new Facts().Add("note", note).WriteTo(console);
    }

    private static string Separable(LabelSchema label, Diagnosis diagnosis) => diagnosis.Separable switch
    {
        Separability.Yes => $"yes: a plane tells {label.Positive} from {label.Negative} without an error",
        Separability.No => $"no: no plane tells {label.Positive} from {label.Negative} without an error; there is a finite optimum",
        _ => "undecided: neither a separating plane nor a finite optimum was proved",
    };
}
