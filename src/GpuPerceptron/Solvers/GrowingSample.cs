using GpuPerceptron.Objectives;

namespace GpuPerceptron.Solvers;

/// <summary>
/// A start near the optimum, and a Hessian near the one there, at the price of a pass or two: the optimum over a few random
/// samples, then over four times as many, as long as they are a small part of all.
/// </summary>
/// <remarks>
/// With M + 1 parameters the optimum over n samples misses the whole's by about (M + 1)/2n in the mean loss, so that solving a
/// sample more exactly than a part of that is wasted (Bottou and Bousquet, "The tradeoffs of large scale learning", 2008;
/// Mokhtari and Ribeiro, "First-order adaptive sample size methods", 2017). Its Hessian misses the whole's by a part of
/// about √(M/n): steps with it gain a factor √(n/M) each (Erdogdu and Montanari, "Convergence rates of sub-sampled Newton
/// methods", 2015). The solver that starts from there sees all samples: the optimum is theirs.
/// </remarks>
internal static class GrowingSample
{
    /// <summary>Samples a parameter at the start: the least for a Hessian that is a good preconditioner.</summary>
    private const int SamplesPerParameter = 8;

    private const int LeastSamples = 4096;
    private const int MaximumSteps = 12;

    /// <summary>Parameters up to which a Hessian's memory and factoring are no burden.</summary>
    public const int MaximumHessianDimension = 2049;

    /// <param name="objective">Over all samples.</param>
    /// <param name="start">Where to begin.</param>
    /// <returns>Steps on all samples from the start found, evaluated there; Hessian and corrections are those of the last sample, if any.</returns>
    public static QuasiNewtonSteps Begin(IObjective objective, ReadOnlySpan<double> start)
    {
        var steps = new QuasiNewtonSteps(objective, new InverseCurvature(objective.Dimension));
        start.CopyTo(steps.Here.Parameters);
        double atStart = objective is ISampledObjective sampled ? Descend(sampled, steps) : double.PositiveInfinity;
        steps.Here.Evaluate(objective);
        if (steps.Here.Objective <= atStart) return steps;

        // The sample misled (its classes may have been separable): begin again without it.
        steps = new QuasiNewtonSteps(objective, new InverseCurvature(objective.Dimension));
        start.CopyTo(steps.Here.Parameters);
        steps.Here.Evaluate(objective);
        return steps;
    }

    /// <summary>Moves to the optimum over a sample, and takes its curvature along.</summary>
    /// <returns>The objective at the start, over the first sample; infinite where there was none.</returns>
    private static double Descend(ISampledObjective all, QuasiNewtonSteps target)
    {
        double atStart = double.PositiveInfinity;
        int dimension = all.Dimension;
        long first = (long)Math.Max(LeastSamples, SamplesPerParameter * dimension / (2 * all.RarerPart));
        if (4 * first > all.Samples) return atStart;

        double[] hessian = dimension <= MaximumHessianDimension ? new double[dimension * dimension] : [];
        for (long count = first; count == first || 16 * count <= all.Samples; count *= 4)
        {
            using var sample = all.Sample(count);
            if (sample is null) break;
            var steps = new QuasiNewtonSteps(sample.Objective, target.Curvature);
            target.Here.Parameters.CopyTo(steps.Here.Parameters, 0);
            double enough = 0.1 * dimension / (2.0 * count);
            if (count == first)
            {
                // Far from the optimum a Hessian would not be the one there; plain L-BFGS is cheap on few samples.
                steps.Here.Evaluate(sample.Objective);
                atStart = steps.Here.Objective;
                Walk(steps, enough);
            }

            if (dimension <= MaximumHessianDimension)
            {
                steps.Here.Evaluate(sample.Objective, hessian);
                steps.Curvature.Factor(hessian);
            }
            else if (count != first)
            {
                steps.Here.Evaluate(sample.Objective);
            }

            Walk(steps, enough);
            steps.Here.Parameters.CopyTo(target.Here.Parameters, 0);
        }

        return atStart;
    }

    /// <summary>Steps until f is within <paramref name="enough"/> of its minimum, as far as the curvature known can tell.</summary>
    private static void Walk(QuasiNewtonSteps steps, double enough)
    {
        for (int step = 0; step < MaximumSteps; step++)
        {
            if (steps.SquaredDecrement() / 2 <= enough || !steps.Step()) return;
        }
    }
}
