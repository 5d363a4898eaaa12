using GpuPerceptron.Models;
using GpuPerceptron.Solvers;

namespace GpuPerceptron.Diagnostics;

/// <summary>Says in one line why a training ended short of an optimum, or found none, and what mends it.</summary>
internal static class StopExplanation
{
    /// <param name="record">How it ended.</param>
    /// <param name="standardized">Whether the features are.</param>
    /// <param name="separable">Whether the classes are proved to be separable: see <see cref="ProvesSeparable"/>.</param>
    /// <param name="failedObjective">After divergence: the objective that grew.</param>
    /// <returns>Empty where there is nothing to say.</returns>
    public static string For(TrainingRecord record, bool standardized, bool separable, double? failedObjective) => record.StopReason switch
    {
        StopReason.Converged => separable && !Penalised(record) ? $"{Separable}: the weights only stopped growing at the tolerance; add --l2 0.001" : "",
        StopReason.Diverged => Diverged(record, standardized, failedObjective),
        StopReason.EpochLimit => Stopped(record) + EpochRemedy(record, standardized, separable),
        StopReason.Stalled =>
            $"{Stopped(record)}, which float32 arithmetic cannot resolve on these features: " +
            $"{(standardized ? "" : "drop --standardize false, or ")}use --tolerance {2 * record.GradientNorm:g2}",
        StopReason.EarlyStopping => $"stopped early after {record.Epochs} epochs: the validation loss no longer fell; the model is the one with the lowest",
        StopReason.Interrupted => $"interrupted after {record.Epochs} epochs with gradient norm {record.GradientNorm:g3}: the model is the one reached so far",
        _ => throw new ArgumentOutOfRangeException(nameof(record)),
    };

    /// <summary>
    /// Whether a mean loss proves that the parameters separate the classes. A sample on the wrong side of the boundary, or
    /// on it, costs at least log 2; so where all samples together cost less, none is.
    /// </summary>
    /// <param name="meanLoss">Mean log-loss over samples of weight 1.</param>
    /// <param name="samples">Their number.</param>
    public static bool ProvesSeparable(double meanLoss, long samples) => meanLoss * samples < 0.99 * Math.Log(2);

    private const string Separable = "the boundary found separates the classes without an error, so that no finite optimum exists";

    private static bool Penalised(TrainingRecord record) => record.L1 > 0 || record.L2 > 0;

    private static bool TakesBatches(TrainingRecord record) => record.Solver is "sgd" or "adam";

    private static string Stopped(TrainingRecord record) =>
        $"stopped after {record.Epochs} epochs with gradient norm {record.GradientNorm:g3}, above the tolerance {record.Tolerance:g3}";

    private static string EpochRemedy(TrainingRecord record, bool standardized, bool separable)
    {
        if (separable && !Penalised(record))
            return $"; {Separable}: add --l2 0.001";
        if (TakesBatches(record))
            return ", which mini-batches seldom reach: for the optimum itself go on with --solver auto --start MODEL, to come nearer raise --epochs"
                + " (where --epochs is given, its end is no failure)";
        if (record.LearningRate < 0.5 / record.LipschitzBound)
            return $"; the learning rate {record.LearningRate:g3} is far below 1/L = {1 / record.LipschitzBound:g3}: use --learning-rate auto";
        string[] remedies =
        [
            .. standardized ? Array.Empty<string>() : ["drop --standardize false"],
            "raise --epochs",
            .. Penalised(record) ? Array.Empty<string>() : ["add --l2 0.001 if the classes may be separable (then no finite optimum exists)"],
        ];
        return ": " + string.Join(", or ", remedies);
    }

    private static string Diverged(TrainingRecord record, bool standardized, double? failedObjective)
    {
        string growth = failedObjective is { } failed && double.IsFinite(failed)
            ? $"the loss grew from {record.Objective:g4} to {failed:g4} at epoch {record.Epochs}"
            : $"the loss is no longer finite at epoch {record.Epochs}";
        if (TakesBatches(record))
            return $"diverged: {growth}; the learning rate {record.LearningRate:g4} is too large for batches of this size: "
                + $"{(standardized ? "" : "drop --standardize false, or ")}use --learning-rate auto or a smaller one";
        string remedy = standardized
            ? "use --learning-rate auto"
            : "drop --standardize false (unscaled features make L large) and use --learning-rate auto";
        return $"diverged: {growth}; the learning rate {record.LearningRate:g4} is above 2/L = {2 / record.LipschitzBound:g4}, " +
            $"below which descent is guaranteed (L = {record.LipschitzBound:g4}): {remedy}";
    }
}
