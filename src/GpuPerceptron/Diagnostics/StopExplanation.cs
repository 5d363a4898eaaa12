using GpuPerceptron.Models;
using GpuPerceptron.Solvers;

namespace GpuPerceptron.Diagnostics;

/// <summary>Why a training ended short of an optimum, or found none, and what mends it.</summary>
/// <param name="Text">One line; empty where there is nothing to say.</param>
/// <param name="Remedy">What to change about the options; empty where nothing is known to help.</param>
internal sealed record StopExplanation(string Text, IReadOnlyList<OptionChange> Remedy)
{
    private const string Separable = "the classes can be told apart without an error, so that no finite optimum exists without it";
    private const string PartlySeparable = "a part of the samples can be told apart without an error, so that no finite optimum exists without it";

    private const double TightPart = 0.01; // of λ₁: a tolerance at which the proof is tight
    private const double LooseGap = 1e-3;  // of F
    private const double TightGap = 1e-9;  // of F

    /// <summary>Below this part of the automatic learning rate another is too small to get far; that of mini-batches is cautious about noise, not length.</summary>
    private const double SmallRate = 0.5, SmallBatchRate = 0.01;

    private const double LeastTolerance = 9e-9; // below, rounding in float32 may be in the way

    private static readonly OptionChange Penalty = new("--l2", "0.001");
    private static readonly OptionChange AutomaticRate = new("--learning-rate", null);

    /// <summary>A learning rate for raw features is none for standardised ones.</summary>
    private static readonly OptionChange[] Standardize = [new("--standardize", null), AutomaticRate];

    /// <summary>The solvers whose epochs grow with the condition number; the others hardly care.</summary>
    private static readonly string[] FixedStep = ["gd", "nesterov"];

    /// <summary>What only the solvers of mini-batches take.</summary>
    private static readonly OptionChange[] FromBatches =
        [.. ((string[])["--solver", "--learning-rate", "--batch-size", "--momentum", "--schedule", "--warmup"]).Select(name => new OptionChange(name, null))];

    /// <param name="end">How it ended.</param>
    public static StopExplanation For(TrainingEnd end)
    {
        var record = end.Record;
        string? unbounded = record.L1 > 0 || record.L2 > 0 ? null
            : end.Separates ? Separable
            : end.Findings.Any(finding => finding.Code == "quasi_separation") ? PartlySeparable
            : null;
        return record.StopReason switch
        {
            StopReason.Converged when unbounded is not null =>
                new($"add --l2 0.001: {unbounded}, and the weights only stopped growing at the tolerance", [Penalty]),
            StopReason.Converged when LeastL1(record, end.Schema) is var least && IsLoose(record, least) => Loose(record, least),
            StopReason.Converged => new("", []),
            StopReason.Diverged => Diverged(end, unbounded),
            StopReason.EpochLimit or StopReason.Stalled => Short(end, unbounded),
            StopReason.EarlyStopping =>
                new($"stopped early after {record.Epochs} epochs: the validation loss no longer fell; the model is the one with the lowest", []),
            StopReason.Interrupted =>
                new(
                    $"interrupted after {record.Epochs} epochs with gradient norm {record.GradientNorm:g3}: "
                    + "the model is the one reached so far", []),
            _ => throw new ArgumentOutOfRangeException(nameof(end)),
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

    private static StopExplanation Diverged(TrainingEnd end, string? unbounded)
    {
        var record = end.Record;
        string growth = end.FailedObjective is { } failed && double.IsFinite(failed)
            ? $"the loss grew from {record.Objective:g4} to {failed:g4} at epoch {record.Epochs}"
            : $"the loss is no longer finite at epoch {record.Epochs}";
        if (TakesBatches(record) && unbounded is null)
            return new($"diverged: {growth}; the learning rate {record.LearningRate:g4} is too large for batches of this size: "
                + $"{(end.IsEven ? "" : "drop --standardize false, or ")}use --learning-rate auto or a smaller one",
                Changes(ToEven(end), [AutomaticRate]));
        string advice = record.LearningRate is { } rate
            ? $"; the learning rate {rate:g4} is above 2/L = {2 / record.LipschitzBound:g4}, below which descent is "
            + $"guaranteed (L = {record.LipschitzBound:g4})"
            : "";
        string drop = end.IsEven ? "" : "--standardize false (unscaled features make L large), ";
        string add = unbounded is null ? "" : $", and add --l2 0.001 ({unbounded})";
        return new($"diverged: {growth}{advice}: drop {drop}--learning-rate and --solver{add}",
            Changes(ToEven(end), [AutomaticRate, new("--solver", null)], unbounded is null ? [] : [Penalty]));
    }

    /// <summary>Of a training that went on to its last epoch, or until no epoch gained anything.</summary>
    private static StopExplanation Short(TrainingEnd end, string? unbounded)
    {
        var record = end.Record;
        string stopped = $"stopped after {record.Epochs} epochs with gradient norm {record.GradientNorm:g3}, above the tolerance "
            + $"{record.Tolerance:g3}";
        bool takesBatches = TakesBatches(record), isFixedStep = FixedStep.Contains(record.Solver);
        bool hasSmallRate = record.LearningRate < (takesBatches ? SmallBatchRate : SmallRate) * end.AutomaticRate;
        bool hasHessian = record.Features <= Newton.MaximumFeatures;
        OptionChange[] toAuto = isFixedStep ? [new("--solver", null), AutomaticRate]
            : hasHessian && record.Solver is ("lbfgs" or "owl-qn") ? [new("--solver", null)] : [];
        if (unbounded is not null)
            return new(
                $"{stopped}: add --l2 0.001 ({unbounded})",
                Changes([Penalty], isFixedStep ? toAuto : hasSmallRate ? [AutomaticRate] : [], ToEven(end)));
        if (hasSmallRate)
            return new(
                $"{stopped}; the learning rate {record.LearningRate:g3} is far below {(takesBatches ? "the automatic one," : "1/L =")} "
                + $"{end.AutomaticRate:g3}: drop --learning-rate",
                [AutomaticRate]);
        if (takesBatches)
            return new(
                $"{stopped}, which mini-batches seldom reach{(record.MiniBatches?.Schedule == ScheduleKind.Constant ? ", and whose noise a constant rate keeps: drop --schedule to come nearer, and" : ":")} "
                + "for the optimum itself go on with --solver auto --start MODEL"
                + (record.MiniBatches?.Schedule == ScheduleKind.Constant || record.StopReason == StopReason.Stalled ? "" : ", to come nearer raise --epochs (where --epochs is given, its end is no failure)"),
                FromBatches);
        if (record.StopReason == StopReason.Stalled) return Stalled(end, stopped, isFixedStep ? toAuto : []);
        string more = (10L * record.Epochs).ToString(System.Globalization.CultureInfo.InvariantCulture);
        string[] remedies =
        [
            .. end.IsEven ? Array.Empty<string>() : ["drop --standardize false"],
            .. toAuto.Length > 0 ? [$"drop --solver {(isFixedStep ? record.Solver : "lbfgs")}"] : Array.Empty<string>(),
            "raise --epochs",
        ];
        return new($"{stopped}: {string.Join(", or ", remedies)}",
            !end.IsEven ? Changes(ToEven(end), toAuto) : toAuto.Length > 0 ? toAuto : [new("--epochs", more)]);
    }

    /// <summary>Of a training of which no epoch gained anything any more.</summary>
    private static StopExplanation Stalled(TrainingEnd end, string stopped, OptionChange[] toAuto)
    {
        var record = end.Record;
        double reachable = 2 * record.GradientNorm;
        string drop = end.IsEven ? "" : "drop --standardize false";

        // A tolerance that the start meets would make a success of a training that got nowhere, unless the start is an optimum; and where
        // another solver may come nearer, rounding is to blame only where that could hardly be.
        if (record.Certificate?.Gap is { } gap ? gap <= (toAuto.Length > 0 ? TightGap : LooseGap) * record.Objective : reachable < end.StartNorm)
        {
            string tolerance = reachable.ToString("g2", System.Globalization.CultureInfo.InvariantCulture);
            return new(
                $"{stopped}, which float32 arithmetic cannot resolve on these features: {(drop.Length > 0 ? $"{drop}, or " : "")}use --tolerance {tolerance}",
                end.IsEven ? [new("--tolerance", tolerance)] : Standardize);
        }

        if (toAuto.Length > 0)
            return new(
                $"{stopped}; the learning rate {record.LearningRate:g3} suits the steepest direction, and in others moves the loss by less than float32 "
                + $"tells: {(drop.Length > 0 ? $"{drop}, or " : "")}drop --solver {record.Solver}",
                Changes(ToEven(end), toAuto));
        return new(
            $"{stopped}, and float32 arithmetic sees no way on: {(drop.Length > 0 ? drop : end.Schema.Sparse is not null ? "add --l2" : "'gpuperceptron diagnose' may say what is in the way")}",
            ToEven(end));
    }

    private static bool TakesBatches(TrainingRecord record) => record.Solver is "sgd" or "adam";

    private static OptionChange[] ToEven(TrainingEnd end) => end.IsEven ? [] : Standardize;

    private static OptionChange[] Changes(params OptionChange[][] parts) => [.. parts.SelectMany(part => part).Distinct()];
}

/// <summary>How a training ended, as far as it explains why.</summary>
/// <param name="Record">What is recorded of it.</param>
/// <param name="Schema">The features it was of.</param>
/// <param name="Separates">Whether the classes are proved to be separable.</param>
/// <param name="Findings">What was found out about the samples.</param>
/// <param name="FailedObjective">After divergence: the objective that grew.</param>
/// <param name="StartNorm">The gradient norm at the start.</param>
/// <param name="AutomaticRate">η that suits the solver; null where it finds its steps by itself.</param>
internal sealed record TrainingEnd(
    TrainingRecord Record, Schema Schema, bool Separates, IReadOnlyList<Finding> Findings, double? FailedObjective, double StartNorm,
    double? AutomaticRate)
{
    /// <summary>Whether the features are standardised, or as good as.</summary>
    public bool IsEven => Schema.IsEven;
}
