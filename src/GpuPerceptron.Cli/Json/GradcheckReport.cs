using GpuPerceptron.Diagnostics;
using GpuPerceptron.Diagnostics.Gradients;

namespace GpuPerceptron.Cli.Json;

/// <summary>What <c>gradcheck --json</c> writes.</summary>
/// <param name="Engines">The engines checked; none where a gradient was judged.</param>
/// <param name="Skipped">The engines not checked.</param>
/// <param name="Verdict">"right" or "wrong".</param>
/// <param name="Gradient">The gradient judged; null where engines were checked.</param>
/// <param name="Findings">What is wrong, or to be said.</param>
internal sealed record GradcheckReport(
    IReadOnlyList<EngineGradientEntry> Engines, IReadOnlyList<SkippedEngine> Skipped, GradientVerdict Verdict, JudgedGradient? Gradient,
    IReadOnlyList<Finding> Findings)
{
    public static GradcheckReport From(EngineGradientReport report) => new(
        [.. report.Engines.Select(engine => new EngineGradientEntry(
            engine.Device, engine.Samples, engine.MaxRelativeError, engine.WorstFeature))],
        report.Skipped, report.AllRight ? GradientVerdict.Right : GradientVerdict.Wrong, null,
        [.. report.Engines.Where(engine => !engine.IsRight).Select(engine => new Finding(
            "engine_wrong", $"the gradient of {engine.Device} is off by {engine.MaxRelativeError:g3} at {engine.WorstFeature}",
            "use --device cpu, and report it"))]);

    public static GradcheckReport From(GradientJudgement judgement) => new(
        [], [], judgement.Verdict,
        new JudgedGradient(judgement.Units, judgement.RelativeError, judgement.Angle, judgement.Coordinates, judgement.Excluded), judgement.Findings);
}

/// <summary>An engine's error.</summary>
/// <param name="Device">The engine.</param>
/// <param name="Samples">Rows compared on.</param>
/// <param name="MaxRelativeError">The largest error of a coordinate, relative to the size of the terms that it is summed from.</param>
/// <param name="WorstFeature">That coordinate's name.</param>
internal sealed record EngineGradientEntry(string Device, long Samples, double MaxRelativeError, string WorstFeature);

/// <summary>A gradient that was judged.</summary>
/// <param name="Units">The features' units that it was compared in.</param>
/// <param name="MaxRelativeError">The largest error of a coordinate, relative likewise.</param>
/// <param name="AngleDegrees">The angle to the right one.</param>
/// <param name="Coordinates">Its values.</param>
/// <param name="Excluded">Mistakes that it is not, where none fits.</param>
internal sealed record JudgedGradient(
    string Units, double MaxRelativeError, double AngleDegrees, IReadOnlyList<GradientCoordinate> Coordinates, IReadOnlyList<string> Excluded);
