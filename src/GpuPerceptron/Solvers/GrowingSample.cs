using System.Diagnostics.CodeAnalysis;
using GpuPerceptron.Data;
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
/// <para>
/// The weights that fit few samples best are too long, and the curvature there too small. So a sample is penalised as if
/// the logits were known to vary by about ±√5: λ = M/5n in standardised units, which vanishes as n grows. Its Hessian is
/// taken without that.
/// </para>
/// <para>
/// Where many features are of the kind that <see cref="FactorCurvature"/> describes, it takes the Hessian's place: it is had in a
/// fraction of the time, and misses less.
/// </para>
/// </remarks>
internal static class GrowingSample
{
    /// <summary>Samples a parameter at the start: the least for a Hessian that is a good preconditioner.</summary>
    private const int SamplesPerParameter = 7;

    /// <summary>The same for a <see cref="FactorCurvature"/>.</summary>
    private const int SamplesPerParameterOfFactors = 5;

    private const int LeastSamples = 4096;
    private const double VarianceOfLogits = 5;
    private const int MaximumSteps = 12;
    private const int MostStepsByFactors = 6; // three to four are usual; more tell of another kind of features

    /// <summary>
    /// Of the mean curvature, along a feature in units of its mean square: plain features have some nine tenths. Strong ones may have less than
    /// this; where they are nearly copies of one another, lbfgs then takes up to twice the steps. With 0.2 rare levels would take it hundreds.
    /// </summary>
    private const double LeastPartOfMean = 0.5;

    /// <param name="objective">Over all samples.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="hessians">Whether Hessians can be had and are wanted.</param>
    /// <returns>Steps over all samples, evaluated where the samples led; the curvature is that of the last sample, if any.</returns>
    public static DescentSteps Begin(IObjective objective, ReadOnlySpan<double> start, bool hessians)
    {
        var steps = DescentSteps.For(objective, start, hessians);
        var rows = hessians ? null : RowCurvature.Of(objective, start);
        if (rows is not null) steps.Learn(rows);
        if (!IsWorthIt(objective, out var sampled))
        {
            steps.Here.Evaluate(objective);
            return steps;
        }

        // A start that knows something may be better than a sample's optimum: then all samples judge it.
        bool warm = start.ContainsAnyExcept(0.0);
        if (warm) steps.Here.Evaluate(objective);
        if (warm && hessians && IsNearerThanSamples(steps, sampled)) return steps;
        double atStart = steps.Here.Objective, sampleAtStart = Descend(steps, sampled, hessians);
        steps.Here.Evaluate(objective);
        if (steps.Here.Objective <= (warm ? atStart : sampleAtStart)) return steps;

        // The sample led astray (its classes may have been separable): begin again, with its curvature only if that was near.
        if (!warm)
        {
            steps.Dispose();
            steps = DescentSteps.For(objective, start, hessians);
            if (rows is not null) steps.Learn(rows);
        }

        start.CopyTo(steps.Here.Parameters);
        steps.Here.Evaluate(objective);
        return steps;
    }

    /// <summary>Whether the samples are so many that a few of them tell something, and there is memory for these.</summary>
    /// <param name="objective">Over all samples.</param>
    /// <param name="sampled">The same.</param>
    public static bool IsWorthIt(IObjective objective, [NotNullWhen(true)] out ISampledObjective? sampled)
    {
        sampled = objective as ISampledObjective;
        return sampled is not null && 4 * FirstCount(sampled) <= sampled.Samples
            && sampled.BytesOf(FirstCount(sampled)) <= sampled.SolverBytes;
    }

    /// <summary>About what a sample and its Hessian take: the rows, and in float64 two matrices and half of one.</summary>
    public static long HessianBytes(ISampledObjective sampled) =>
        sampled.BytesOf(FirstCount(sampled)) + sizeof(double) * 5L / 2 * sampled.Dimension * sampled.Dimension;

    private static long FirstCount(ISampledObjective objective) => CountFor(objective, SamplesPerParameter);

    private static long CountFor(ISampledObjective objective, int samplesPerParameter) =>
        (long)Math.Max(LeastSamples, samplesPerParameter * objective.Dimension / (2 * objective.RarerPart));

    /// <summary>Whether four times as many samples are still a small part of all, and no more than any budget has room for, so that it changes no step.</summary>
    private static bool MayGrow(long count, ISampledObjective all) =>
        16 * 4 * count <= all.Samples && all.BytesOf(4 * count) <= Math.Min(MemoryBudget.GrownSampleBytes, all.SolverBytes);

    /// <summary>Whether the start is so near the optimum that no sample's would be nearer; the curvature is then a sample's there.</summary>
    private static bool IsNearerThanSamples(DescentSteps steps, ISampledObjective all) =>
        LearnHessian(steps, all) is { } count && steps.SquaredDecrement() / 2 <= all.Dimension / (2.0 * count);

    /// <summary>Takes the Hessian of the last sample, where the steps are, in place of all that they know of the curvature.</summary>
    /// <param name="steps">The steps, evaluated over all samples.</param>
    /// <param name="all">All samples.</param>
    /// <returns>The sample's number of samples; null where there is none.</returns>
    public static long? LearnHessian(DescentSteps steps, ISampledObjective all)
    {
        long count = LastCount(all);
        using var hessian = new NativeDoubles(all.Dimension * all.Dimension);
        using (var sample = all.Sample(count, ridge: 0))
        {
            if (sample is null) return null;
            double[] gradient = new double[all.Dimension];
            sample.Objective.Evaluate(steps.Here.Parameters, gradient, hessian.Span);
        }

        FillUp(hessian.Span, all);
        steps.LearnOfSample(hessian.Span, (double)count / all.Dimension);
        return steps.HasHessian ? count : null;
    }

    /// <summary>
    /// Passes that <see cref="LearnHessian"/> takes about as long as, and those that steps with what it learns take to a gradient smaller by a factor.
    /// </summary>
    /// <param name="all">All samples.</param>
    /// <param name="factor">The factor, above 1.</param>
    public static double PassesByHessian(ISampledObjective all, double factor)
    {
        long count = LastCount(all);
        return 1 + all.Dimension / 16.0 * count / all.Samples + 2 * Math.Log(factor) / Math.Log((double)count / all.Dimension);
    }

    private static long LastCount(ISampledObjective all)
    {
        long count = FirstCount(all);
        while (MayGrow(count, all))
            count *= 4;
        return count;
    }

    /// <summary>Moves to the optimum over a sample.</summary>
    /// <returns>F at the start over the first sample; infinite where there was none.</returns>
    private static double Descend(DescentSteps steps, ISampledObjective all, bool hessians)
    {
        if (hessians && MayHaveFactors(all))
        {
            double[] start = [.. steps.Here.Parameters];
            if (DescendByFactors(steps, all) is { } value) return value;
            if (steps.HasModel) steps.Learn((ICurvatureModel?)null); // it led nowhere
            start.CopyTo(steps.Here.Parameters, 0);
        }

        double atStart = double.PositiveInfinity;
        long first = FirstCount(all);
        using var memory = new NativeDoubles(hessians ? all.Dimension * all.Dimension : 0);
        var hessian = memory.Span;
        for (long count = first; count == first || MayGrow(count / 4, all); count *= 4)
        {
            double ridge = all.Dimension / (VarianceOfLogits * count);
            using var sample = all.Sample(count, ridge);
            if (sample is null) break;
            double miss = all.Dimension / (2.0 * count), enough = 0.02 * miss;
            steps.Objective = sample.Objective;
            if (count == first || !hessians)
            {
                // Far from the optimum a Hessian would not be the one there; plain L-BFGS is cheap on few samples.
                steps.Here.Evaluate(sample.Objective);
                if (count == first) atStart = steps.Here.Objective;
                Walk(steps, hessians ? miss : enough);
            }

            if (!hessians) continue;
            steps.Here.Evaluate(sample.Objective, hessian);
            for (int j = 0; j < all.Dimension - 1; j++)
                hessian[j * all.Dimension + j] -= ridge;
            FillUp(hessian, all);
            steps.LearnOfSample(hessian, (double)count / all.Dimension);
            Walk(steps, enough);
        }

        steps.Objective = all;
        return atStart;
    }

    private static bool MayHaveFactors(ISampledObjective all) =>
        all.L1 == 0 && all.Dimension >= FactorCurvature.LeastDimension && all.HasDirectionalSamples;

    /// <summary>Moves to the optimum over a sample with a <see cref="FactorCurvature"/>, which is then that there.</summary>
    /// <returns>F at the start over the first sample; null where a Hessian is due: there is no such model, or it leads nowhere in few steps.</returns>
    private static double? DescendByFactors(DescentSteps steps, ISampledObjective all)
    {
        FactorCurvature? factors = null;
        double? atStart = null;
        long first = CountFor(all, SamplesPerParameterOfFactors);
        for (long count = first; count == first || MayGrow(count / 4, all); count *= 4)
        {
            double ridge = all.Dimension / (VarianceOfLogits * count);
            using var sample = all.Sample(count, ridge);
            if (sample?.Objective is not IDirectionalObjective { HasDirectionProducts: true } directional) return null;
            steps.Objective = sample.Objective;
            steps.Here.Evaluate(sample.Objective);
            atStart ??= steps.Here.Objective;
            if (factors is null)
            {
                factors = FactorCurvature.Of(directional, ridge, all, steps.Here.Parameters);
                if (factors is null) return null;
                steps.Learn(factors);
            }

            double enough = 0.1 * all.Dimension / (2.0 * count);
            for (int step = 0; steps.SquaredDecrement() / 2 > enough; step++)
            {
                if (step == MostStepsByFactors || !steps.Step()) return null;
            }

            if (!factors.MoveTo(directional, ridge, all, steps.Here.Parameters)) return null;
            steps.Learn(factors);
        }

        steps.Objective = all;
        return atStart;
    }

    /// <summary>
    /// Makes each diagonal element of a sample's Hessian at least a part of the mean curvature times the feature's mean square over all samples:
    /// what is rare, as most levels of a text are, the sample may lack, or fit without an error, and then there seems to be no curvature
    /// along it, and a step along it no end.
    /// </summary>
    private static void FillUp(Span<double> hessian, ISampledObjective all)
    {
        int dimension = all.Dimension;
        for (int j = 0; j < dimension - 1; j++)
        {
            ref double diagonal = ref hessian[j * dimension + j];
            diagonal = AtLeast(diagonal, hessian[^1], all, j);
        }
    }

    /// <summary>The same of one element.</summary>
    /// <param name="diagonal">As the sample has it.</param>
    /// <param name="mean">The mean of z(1 − z): the bias's second derivative.</param>
    /// <param name="all">Over all samples.</param>
    /// <param name="feature">Whose it is.</param>
    public static double AtLeast(double diagonal, double mean, ISampledObjective all, int feature) =>
        all.MeanSquares.IsEmpty ? diagonal : Math.Max(diagonal, LeastPartOfMean * mean * all.MeanSquares[feature]);

    /// <summary>Steps until F is within <paramref name="enough"/> of its minimum, as far as the curvature known can tell.</summary>
    private static void Walk(DescentSteps steps, double enough)
    {
        for (int step = 0; step < MaximumSteps; step++)
        {
            if (steps.SquaredDecrement() / 2 <= enough || !steps.Step()) return;
        }
    }
}
