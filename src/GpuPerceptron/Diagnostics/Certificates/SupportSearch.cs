using GpuPerceptron.LinearAlgebra;

namespace GpuPerceptron.Diagnostics.Certificates;

/// <summary>
/// Newton's method in float64 for an objective with λ₁, among the weights that are not 0 or whose slope exceeds λ₁, within their signs: from
/// where a training in float32 ended, a few steps to where the duality gap is as small as float64 tells it.
/// </summary>
internal static class SupportSearch
{
    private const double Armijo = 1e-4;
    private const int MaximumHalvings = 20;

    /// <summary>Searches.</summary>
    /// <param name="objective">F.</param>
    /// <param name="start">Where it starts, with the Hessian of all rows.</param>
    /// <param name="maximumSteps">Steps at most.</param>
    /// <param name="logits">Where each sample's logit at the end goes; those at the start.</param>
    /// <param name="cancellation">Ends it after the current step.</param>
    /// <returns>The last point.</returns>
    public static PrecisePoint Run(
        PreciseObjective objective, PrecisePoint start, int maximumSteps, double[] logits, CancellationToken cancellation = default)
    {
        var here = start;
        double[] trialLogits = new double[logits.Length];
        for (int step = 0; step < maximumSteps && !cancellation.IsCancellationRequested; step++)
        {
            double[] slope = objective.SubgradientAt(here);
            int[] support = [.. Enumerable.Range(0, slope.Length).Where(j => j == slope.Length - 1 || here.Parameters[j] != 0 || slope[j] != 0)];
            if (Search(objective, here, slope, OptimumSearch.Direction(slope, here.Hessian!, support), trialLogits) is not { } next) break;
            here = next;
            trialLogits.CopyTo(logits, 0);
        }

        return here;
    }

    /// <summary>The first of the points 1, 1/2, 1/4, … of the way that is lower, or as low as float64 tells and flatter; null where none is.</summary>
    private static PrecisePoint? Search(PreciseObjective objective, PrecisePoint here, double[] slope, double[] direction, double[] logits)
    {
        double norm = Vectors.MaxNorm(slope), length = 1;
        for (int halving = 0; halving < MaximumHalvings; halving++, length /= 2)
        {
            double[] parameters = [.. here.Parameters.Select((value, j) => Within(value, value + length * direction[j], j))];
            double fall = Enumerable.Range(0, slope.Length).Sum(j => slope[j] * (parameters[j] - here.Parameters[j]));
            if (!(fall < 0)) return null;
            var trial = objective.Evaluate(parameters, hessianStride: 1, logits);
            double rounding = 1e-15 * Math.Abs(here.Objective);
            if (trial.Objective <= here.Objective + Armijo * fall) return trial;
            if (trial.Objective <= here.Objective + rounding && Vectors.MaxNorm(objective.SubgradientAt(trial)) < norm) return trial;
            if (-fall < rounding) return null; // a part of the way would be told apart still less
        }

        return null;

        // A weight that would change its sign becomes 0; one that is 0 takes the sign that its slope asks for.
        double Within(double from, double to, int j)
        {
            if (j == slope.Length - 1 || objective.L1[j] == 0) return to;
            double sign = from != 0 ? Math.Sign(from) : -Math.Sign(slope[j]);
            return Math.Sign(to) == sign ? to : 0;
        }
    }
}
