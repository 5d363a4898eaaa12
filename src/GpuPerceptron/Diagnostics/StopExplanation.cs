using GpuPerceptron.Models;
using GpuPerceptron.Solvers;

namespace GpuPerceptron.Diagnostics;

/// <summary>Says in one line why a training ended short of the optimum, and what mends it.</summary>
internal static class StopExplanation
{
    public static string For(TrainingRecord record, bool standardized, double? failedObjective) => record.StopReason switch
    {
        StopReason.Converged => "",
        StopReason.Diverged => Diverged(record, standardized, failedObjective),
        StopReason.EpochLimit =>
            $"stopped after {record.Epochs} epochs with gradient norm {record.GradientNorm:g3}, above the tolerance {record.Tolerance:g3}: " +
            $"raise --epochs{(standardized ? "" : ", drop --standardize false")}, or, " +
            $"if the classes may be separable (then no finite optimum exists), add {(record.L2 == 0 ? "--l2 0.001" : "a larger --l2")}",
        StopReason.Stalled =>
            $"stopped after {record.Epochs} epochs: the gradient norm stays at {record.GradientNorm:g3}, above the tolerance {record.Tolerance:g3}, " +
            $"which float32 arithmetic cannot resolve on these features: {(standardized ? "" : "drop --standardize false, or ")}use --tolerance {2 * record.GradientNorm:g2}",
        StopReason.EarlyStopping => $"stopped early after {record.Epochs} epochs: the validation loss no longer fell; the model is the one with the lowest",
        StopReason.Interrupted => $"interrupted after {record.Epochs} epochs with gradient norm {record.GradientNorm:g3}: the model is the one reached so far",
        _ => throw new ArgumentOutOfRangeException(nameof(record)),
    };

    private static string Diverged(TrainingRecord record, bool standardized, double? failedObjective)
    {
        string growth = failedObjective is { } failed && double.IsFinite(failed)
            ? $"the loss grew from {record.Objective:g4} to {failed:g4} at epoch {record.Epochs}"
            : $"the loss is no longer finite at epoch {record.Epochs}";
        string remedy = standardized
            ? "use --learning-rate auto"
            : "drop --standardize false (unscaled features make L large) and use --learning-rate auto";
        return $"diverged: {growth}; the learning rate {record.LearningRate:g4} is above 2/L = {2 / record.LipschitzBound:g4}, " +
            $"below which descent is guaranteed (L = {record.LipschitzBound:g4}): {remedy}";
    }
}
