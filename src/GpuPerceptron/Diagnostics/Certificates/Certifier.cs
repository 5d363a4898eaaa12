using GpuPerceptron.Data;
using GpuPerceptron.Diagnostics.Findings;
using GpuPerceptron.Models;

namespace GpuPerceptron.Diagnostics.Certificates;

/// <summary>What is known, in float64 and over all samples, of the point that a training ended at.</summary>
/// <param name="Certificate">How near the optimum it is.</param>
/// <param name="Separates">Whether its parameters, or others that were found, put every sample on its label's side of the boundary.</param>
/// <param name="HasNoOptimum">Whether, without a penalty, all samples were searched for a finite optimum, which none was found to be, nor do they separate.</param>
/// <param name="StandardErrors">Of the parameters; null where there are none.</param>
/// <param name="Conditioning">How well the samples hold each weight; null with a penalty, and where a Hessian of all rows costs too much.</param>
internal sealed record CertifiedEnd(Certificate Certificate, bool Separates, bool HasNoOptimum, StandardErrors? StandardErrors, Conditioning? Conditioning);

/// <summary>
/// Proves how near a training came to the optimum. It asks of cheap proofs first: the duality gap where there is a penalty, the
/// gradient and Hessian at the end itself, and only then a better point, from which the end can be judged.
/// </summary>
internal static class Certifier
{
    /// <summary>Features at most for a Hessian.</summary>
    public const int MaximumFeatures = 1024;

    /// <summary>A gap that needs no better proof.</summary>
    private const double Enough = 1e-9;

    /// <summary>
    /// Multiplications that a Hessian may cost at the end of a training, and all of them together: about a second at most.
    /// </summary>
    private const double HessianWork = 1e9, SearchWork = 2e9;

    /// <summary>Rows at least, for each column: with fewer, the least eigenvalue of a part says little of the whole.</summary>
    private const double RowsPerColumn = 4;

    private const int MaximumSteps = 60;

    /// <summary>Up to this condition number of the Hessian no columns are nearly collinear.</summary>
    private const double WellConditioned = 1e3;

    /// <summary>Certifies the end of a training.</summary>
    /// <param name="dataset">The training samples.</param>
    /// <param name="schema">How they are encoded.</param>
    /// <param name="parameters">θ, in the units trained in, the bias last.</param>
    /// <param name="l2">λ₂.</param>
    /// <param name="l1">λ₁.</param>
    /// <param name="threads">Host threads; 0 for one a processor.</param>
    /// <param name="cancellation">Leaves the costly proofs out.</param>
    public static CertifiedEnd Certify(
        Dataset dataset, Schema schema, double[] parameters, double l2, double l1, int threads, CancellationToken cancellation = default)
    {
        using var objective = new PreciseObjective(dataset, schema, l2, l1, threads);
        double[] theta = objective.Units.Standardize(parameters);
        bool penalized = l2 > 0 || l1 > 0;
        long stride = HessianStride(dataset, HessianWork);
        double[]? logits = penalized ? new double[dataset.Samples] : null;
        var point = objective.Evaluate(theta, penalized ? 0 : stride, logits);
        double? gap = penalized ? DualityGap.Bound(objective, point, logits!) : null;
        var method = gap is null ? CertificateMethod.None : CertificateMethod.DualityGap;

        Optimum? optimum = null;
        if (stride > 0 && !(gap <= Enough) && !cancellation.IsCancellationRequested)
        {
            if (penalized) point = objective.Evaluate(theta, stride);
            if (l1 == 0) optimum = OptimumNear(objective, point, stride, cancellation);
            double? found = optimum is null ? LinearizedPenalty.Bound(objective, point) : FromThere(optimum.Point, optimum.Gap);
            if (found is not null && !(gap <= found)) (gap, method) = (found, CertificateMethod.NewtonDecrement);
            if (l1 > 0 && !(gap <= Enough) && StepsFor(objective, stride) is > 0 and int steps)
            {
                var better = SupportSearch.Run(objective, point, steps, logits!, cancellation);
                found = better == point ? null : FromThere(better, DualityGap.Bound(objective, better, logits!));
                if (found is not null && !(gap <= found)) (gap, method) = (found, CertificateMethod.DualityGap);
            }

            // F − F* = (F − F(θ′)) + (F(θ′) − F*), the sums of the losses rounded.
            double? FromThere(PrecisePoint there, double? bound) => there == point ? bound
                : Math.Max(0, point.Objective - there.Objective) + bound + 1e-14 * point.Objective;
        }

        var conditioning = penalized || stride != 1 || cancellation.IsCancellationRequested ? null : ConditioningAt(optimum, objective, schema);
        var certificate = new Certificate
        {
            GradientNorm = objective.GradientNorm(point),
            Gap = gap,
            Method = method,
            Passes = objective.Passes,
        };
        bool separates = point.Separates || optimum?.Kind == OptimumKind.Separable;
        bool hasNoOptimum = optimum is not null && !penalized && stride == 1 && gap is null && !separates;
        bool hasErrors = !penalized && stride == 1 && optimum?.Columns.Length == objective.Dimension
            && StandardErrors.AreNear(gap, dataset.TotalWeight);
        return new CertifiedEnd(
            certificate, separates, hasNoOptimum, hasErrors ? Covariance.StandardErrorsOf(objective, optimum!.Point.Hessian!) : null, conditioning);
    }

    /// <summary>The condition number at the optimum; where it is large, or none is proved, the columns that make it so, by one more read of X.</summary>
    private static Conditioning? ConditioningAt(Optimum? optimum, PreciseObjective objective, Schema schema)
    {
        if (optimum is null or { Kind: OptimumKind.Separable } || objective.Dataset.IsSparse) return null;
        double number = optimum.Kind == OptimumKind.Finite
            ? Spectrum.ConditionNumber(optimum.Point.Hessian!, objective.Dimension)
            : double.PositiveInfinity;
        return number <= WellConditioned ? new Conditioning([], number) : new Conditioning(
            [.. ColumnRelations.Of(objective.Dataset, schema, objective.Moments(stride: 1), stride: 1)], double.IsFinite(number) ? number : null);
    }

    /// <summary>
    /// Every how-many-th row a Hessian takes, so that it does not cost much more than some work; 0 where there are too many
    /// features.
    /// </summary>
    public static long HessianStride(Dataset dataset, double work)
    {
        double dimension = dataset.Features + 1;
        if (dataset.Features > MaximumFeatures) return 0;
        double rows = Math.Max(RowsPerColumn * dimension, work / (dimension * dimension / 2));
        return Math.Max(1, (long)(dataset.Samples / rows));
    }

    /// <summary>The end itself, where it proves enough or better points cost too much; else what Newton's method finds from there.</summary>
    private static Optimum OptimumNear(PreciseObjective objective, PrecisePoint end, long stride, CancellationToken cancellation) =>
        OptimumSearch.Run(objective, end, StepsFor(objective, stride), Enough, cancellation);

    /// <summary>Steps of Newton's method that do not cost too much.</summary>
    private static int StepsFor(PreciseObjective objective, long stride)
    {
        double work = objective.Dataset.Samples * (double)objective.Dimension * objective.Dimension / 2;
        return stride > 1 ? 0 : (int)Math.Min(MaximumSteps, SearchWork / work);
    }
}
