using GpuPerceptron.Models;
using GpuPerceptron.Solvers;

namespace GpuPerceptron.Diagnostics;

/// <summary>Why a training ended short of an optimum, or found none, and what mends it.</summary>
/// <param name="Text">One line; empty where there is nothing to say.</param>
/// <param name="Remedy">What to change about the options; empty where nothing is known to help.</param>
internal sealed record StopExplanation(string Text, IReadOnlyList<OptionChange> Remedy)
{
    private const string Separable = "the classes can be told apart without an error, so that no finite optimum exists without it";

    private const double TightPart = 0.01; // of λ₁: a tolerance at which the proof is tight
    private const double LooseGap = 1e-3;  // of F
    private const double LeastTolerance = 9e-9; // below, rounding in float32 may be in the way

    private static readonly OptionChange Penalty = new("--l2", "0.001");
    private static readonly OptionChange Standardize = new("--standardize", null);

    /// <summary>The solvers whose epochs grow with the condition number; the others hardly care.</summary>
    private static readonly string[] FixedStep = ["gd", "nesterov"];

    /// <summary>What only the solvers of mini-batches take.</summary>
    private static readonly OptionChange[] FromBatches =
        [.. ((string[])["--solver", "--learning-rate", "--batch-size", "--momentum", "--schedule", "--warmup"]).Select(name => new OptionChange(name, null))];

    /// <param name="record">How it ended.</param>
    /// <param name="schema">The features it was of.</param>
    /// <param name="separable">Whether the classes are proved to be separable.</param>
    /// <param name="failedObjective">After divergence: the objective that grew.</param>
    public static StopExplanation For(TrainingRecord record, Schema schema, bool separable, double? failedObjective)
    {
        bool standardized = schema.IsEven; // as good as
        bool unbounded = separable && record.L1 == 0 && record.L2 == 0;
        OptionChange[] penalty = unbounded ? [Penalty] : [];
        return record.StopReason switch
        {
            StopReason.Converged when unbounded =>
                new($"add --l2 0.001: {Separable}, and the weights only stopped growing at the tolerance", penalty),
            StopReason.Converged when IsLoose(record, LeastL1(record, schema)) => Loose(record, LeastL1(record, schema)),
            StopReason.Converged => new("", []),
            StopReason.Diverged => Diverged(record, standardized, unbounded, failedObjective),
            StopReason.EpochLimit => EpochLimit(record, standardized, unbounded),
            StopReason.Stalled => Stalled(record, standardized, unbounded),
            StopReason.EarlyStopping =>
                new($"stopped early after {record.Epochs} epochs: the validation loss no longer fell; the model is the one with the lowest", []),
            StopReason.Interrupted =>
                new(
                    $"interrupted after {record.Epochs} epochs with gradient norm {record.GradientNorm:g3}: "
                    + "the model is the one reached so far", []),
            _ => throw new ArgumentOutOfRangeException(nameof(record)),
        };
    }

    /// <summary>
    /// Whether weights may still be away from 0 that λ₁ would hold there: a gradient within the tolerance says little where λ₁ is hardly
    /// larger, and so does the proof.
    /// </summary>
    private static bool IsLoose(TrainingRecord record, double leastL1) =>
        TightPart * leastL1 is var tight && tight >= LeastTolerance && record.Tolerance > tight && record.Certificate?.Gap > LooseGap * record.Objective;

    /// <summary>λ₁ of the feature that it weighs least on, in standardised units as the tolerance is: λ₁ over its deviation.</summary>
    private static double LeastL1(TrainingRecord record, Schema schema) =>
        schema.Standardized || schema.Sparse is not null ? record.L1 : record.L1 / schema.Deviations().Max();

    private static StopExplanation Loose(TrainingRecord record, double leastL1)
    {
        string tighter = (TightPart * leastL1).ToString("g2", System.Globalization.CultureInfo.InvariantCulture);
        string penalty = leastL1 == record.L1 ? $"{record.L1:g2}" : $"{record.L1:g2} ({leastL1:g2} in standardised units)";
        return new(
            $"the tolerance {record.Tolerance:g2} is large beside the l1 penalty {penalty}, so that little is proved: use --tolerance {tighter}",
            [new("--tolerance", tighter)]);
    }

    private static StopExplanation Diverged(TrainingRecord record, bool standardized, bool unbounded, double? failedObjective)
    {
        string growth = failedObjective is { } failed && double.IsFinite(failed)
            ? $"the loss grew from {record.Objective:g4} to {failed:g4} at epoch {record.Epochs}"
            : $"the loss is no longer finite at epoch {record.Epochs}";
        if (TakesBatches(record) && !unbounded)
            return new($"diverged: {growth}; the learning rate {record.LearningRate:g4} is too large for batches of this size: "
                + $"{(standardized ? "" : "drop --standardize false, or ")}use --learning-rate auto or a smaller one",
                [.. standardized ? Array.Empty<OptionChange>() : [Standardize], new("--learning-rate", null)]);
        string advice = record.LearningRate is { } rate
            ? $"; the learning rate {rate:g4} is above 2/L = {2 / record.LipschitzBound:g4}, below which descent is "
            + $"guaranteed (L = {record.LipschitzBound:g4})"
            : "";
        OptionChange[] changes =
        [
            .. standardized ? Array.Empty<OptionChange>() : [Standardize], new("--learning-rate", null), new("--solver", null),
            .. unbounded ? [Penalty] : Array.Empty<OptionChange>(),
        ];
        string drop = standardized ? "" : "--standardize false (unscaled features make L large), ";
        string add = unbounded ? $", and add --l2 0.001 ({Separable})" : "";
        return new($"diverged: {growth}{advice}: drop {drop}--learning-rate and --solver{add}", changes);
    }

    private static StopExplanation EpochLimit(TrainingRecord record, bool standardized, bool unbounded)
    {
        string stopped = Stopped(record);
        bool isFixedStep = FixedStep.Contains(record.Solver), hasHessian = record.Features <= Newton.MaximumFeatures;
        OptionChange[] toAuto = isFixedStep ? [new("--solver", null), new("--learning-rate", null)]
            : hasHessian && record.Solver is ("lbfgs" or "owl-qn") ? [new("--solver", null)] : [];
        if (unbounded)
            return new(
                $"{stopped}: add --l2 0.001 ({Separable})",
                [Penalty, .. isFixedStep ? toAuto : [], .. standardized ? Array.Empty<OptionChange>() : [Standardize]]);
        if (TakesBatches(record))
            return new(
                $"{stopped}, which mini-batches seldom reach: for the optimum itself go on with --solver auto --start MODEL, "
                + "to come nearer raise --epochs (where --epochs is given, its end is no failure)",
                FromBatches);
        if (record.LearningRate < 0.5 / record.LipschitzBound)
            return new(
                $"{stopped}; the learning rate {record.LearningRate:g3} is far below 1/L = {1 / record.LipschitzBound:g3}: "
                + "use --learning-rate auto",
                [new("--learning-rate", "auto")]);
        string more = (10L * record.Epochs).ToString(System.Globalization.CultureInfo.InvariantCulture);
        string[] remedies =
        [
            .. standardized ? Array.Empty<string>() : ["drop --standardize false"],
            .. toAuto.Length > 0 ? [$"drop --solver {(isFixedStep ? record.Solver : "lbfgs")}"] : Array.Empty<string>(),
            "raise --epochs",
        ];
        return new($"{stopped}: {string.Join(", or ", remedies)}",
            !standardized ? [Standardize, .. toAuto] : toAuto.Length > 0 ? toAuto : [new("--epochs", more)]);
    }

    private static StopExplanation Stalled(TrainingRecord record, bool standardized, bool unbounded)
    {
        if (unbounded) return new($"{Stopped(record)}: add --l2 0.001 ({Separable})", [Penalty]);
        string reachable = (2 * record.GradientNorm).ToString("g2", System.Globalization.CultureInfo.InvariantCulture);
        return new(
            $"{Stopped(record)}, which float32 arithmetic cannot resolve on these features: " +
            $"{(standardized ? "" : "drop --standardize false, or ")}use --tolerance {reachable}",
            standardized ? [new("--tolerance", reachable)] : [Standardize]);
    }

    private static bool TakesBatches(TrainingRecord record) => record.Solver is "sgd" or "adam";

    private static string Stopped(TrainingRecord record) =>
        $"stopped after {record.Epochs} epochs with gradient norm {record.GradientNorm:g3}, above the tolerance "
        + $"{record.Tolerance:g3}";
}
