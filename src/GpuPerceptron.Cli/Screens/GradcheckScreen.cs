using GpuPerceptron.Diagnostics;
using GpuPerceptron.Diagnostics.Gradients;
using Spectre.Console;

namespace GpuPerceptron.Cli.Screens;

/// <summary>What <c>gradcheck</c> found.</summary>
internal static class GradcheckScreen
{
    private const int CoordinatesShown = 10;

    /// <summary>Tells of weights that were written.</summary>
    public static void WriteWeights(IAnsiConsole console, string path, IReadOnlyList<string> features) => new Facts()
        .Add("weights", $"{path}: {Numbers.Count(features.Count + 1, "number")}, one a line: {string.Join(", ", features)}, bias")
        .Add("next", $"compute your gradient at them, write it likewise into a file, and: gradcheck ... --weights {path} --gradient FILE")
        .WriteTo(console);

    /// <summary>Tells of the engines.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="report">What was found.</param>
    /// <param name="weightsPath">Where the weights are from; null for random ones.</param>
    public static void Write(IAnsiConsole console, EngineGradientReport report, string? weightsPath)
    {
        string rows = report.Compared < report.Samples
            ? $"{Numbers.Count(report.Compared)} of {Numbers.Count(report.Samples)} rows, drawn at random"
            : Numbers.Count(report.Samples, "row");
        new Facts()
            .Add("compared", $"{rows}, at weights 0 and at {weightsPath ?? "random ones"}, with central differences and a complex step in "
                + $"float64, which agree to {Numbers.Short(report.ReferenceDisagreement)}")
            .WriteTo(console);
        console.WriteLine();
        var table = new NumberTable("engine", "rows", "worst coordinate", "its error");
        foreach (var engine in report.Engines)
            table.Add(engine.Device, Numbers.Count(engine.Samples), engine.WorstFeature, Numbers.Short(engine.MaxRelativeError));
        table.WriteTo(console);
        console.WriteLine();
        var facts = new Facts();
        foreach (var engine in report.Skipped)
            facts.Add("skipped", $"{engine.Device}: {engine.Reason}");
        facts.Add(report.AllRight ? "right" : "wrong", Explain(report), report.AllRight ? Color.Green : Color.Red).WriteTo(console);
    }

    /// <summary>The engines' verdict in words.</summary>
    public static string Explain(EngineGradientReport report) => report.AllRight
        ? $"every engine's gradient is right to {Numbers.Short(EngineGradientCheck.Tolerance)} of the size of the terms that a coordinate is summed from"
        : string.Join("; ", report.Engines.Where(engine => !engine.IsRight)
            .Select(engine => $"the gradient of {engine.Device} is off by {Numbers.Short(engine.MaxRelativeError)} at {engine.WorstFeature}"));

    /// <summary>Tells of a gradient that was judged.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="judgement">What was found.</param>
    /// <param name="path">Where the gradient is from.</param>
    /// <param name="weightsPath">Where the weights are from; null for 0.</param>
    public static void Write(IAnsiConsole console, GradientJudgement judgement, string path, string? weightsPath)
    {
        bool right = judgement.Verdict == GradientVerdict.Right;
        new Facts()
            .Add("gradient", $"{path}, at weights {weightsPath ?? "0"}; compared with features {judgement.UnitsText}")
            .WriteTo(console);
        console.WriteLine();
        var table = new NumberTable("coordinate", "given", "right", "given / right");
        foreach (var coordinate in judgement.Coordinates.OrderByDescending(each => each.RelativeError).Take(CoordinatesShown))
        {
            table.Add(
                coordinate.Name, Numbers.Exact(coordinate.Given), Numbers.Exact(coordinate.Right),
                Numbers.Short(coordinate.Given / coordinate.Right));
        }

        table.WriteTo(console);
        if (judgement.Coordinates.Count > CoordinatesShown)
            console.WriteLine($"The {CoordinatesShown} with the largest errors, of {judgement.Coordinates.Count}.");
        console.WriteLine();

        var facts = new Facts();
        facts.Add(right ? "right" : "wrong", right
            ? $"the gradient is right; its largest error is {Numbers.Short(judgement.RelativeError)} of the size of the terms that a value "
                + "is summed from"
            : $"the angle to the right gradient is {Numbers.Short(judgement.Angle)} degrees", right ? Color.Green : Color.Red);
        for (int i = 0; i < judgement.Explanations.Count; i++)
        {
            if (i > 0) facts.Add("or", "");
            AddFindings(facts, judgement.Explanations[i], "mistake");
        }

        var told = judgement.Explanations.SelectMany(each => each).Select(finding => finding.Code).ToHashSet();
        AddFindings(facts, [.. judgement.Findings.Where(finding => !told.Contains(finding.Code))], "note");
        if (judgement.Excluded.Count > 0)
            facts.Add("it is not", string.Join(", ", judgement.Excluded));
        facts.WriteTo(console);
    }

    /// <summary>A wrong gradient's mistakes in one line: their codes, and what mends them.</summary>
    public static string Explain(GradientJudgement judgement) => judgement.Explanations.Count == 0
        ? OneLine(judgement.Findings)
        : string.Join("; or ", judgement.Explanations.Select(OneLine));

    private static string OneLine(IReadOnlyList<Finding> findings) =>
        $"{string.Join(" and ", findings.Select(finding => finding.Code))}: {string.Join("; ", findings.Select(finding => finding.Remedy))}";

    private static void AddFindings(Facts facts, IReadOnlyList<Finding> findings, string name)
    {
        foreach (var finding in findings)
            facts.Add(name, $"{finding.Code}: {finding.Message}").Add("mend", finding.Remedy);
    }
}
