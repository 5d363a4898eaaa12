using GpuPerceptron.Data;
using GpuPerceptron.Diagnostics.Certificates;
using GpuPerceptron.Diagnostics.Findings;
using GpuPerceptron.LinearAlgebra;
using GpuPerceptron.Models;

namespace GpuPerceptron.Diagnostics;

/// <summary>
/// Looks at labelled samples before, or after, a training: step sizes, conditioning, separability, and columns that make trouble.
/// </summary>
public static class Diagnoser
{
    /// <summary>Multiplications that a Hessian may cost: some seconds.</summary>
    private const double HessianWork = 2e10;

    private const int MaximumSteps = 100;
    private const double Enough = 1e-9;

    /// <summary>What a direction's least margin may be below 0, as a part of the greatest, to count as 0.</summary>
    private const double MarginRounding = 1e-6;

    /// <summary>Diagnoses.</summary>
    /// <param name="dataset">X, y, s.</param>
    /// <param name="schema">How it is encoded.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="PerceptronException">There are no samples of one label, or none of weight above 0.</exception>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public static Diagnosis Diagnose(
        Dataset dataset, Schema schema, DiagnosisOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new DiagnosisOptions();
        Trainer.CheckSamples(dataset);
        using var objective = new PreciseObjective(dataset, schema, l2: 0, l1: 0, options.Threads);
        long stride = Certifier.HessianStride(dataset, HessianWork);
        double[]? moments = stride > 0 ? objective.Moments(stride) : null;
        double lipschitzStandardized = Lipschitz(objective, stride == 1 ? moments : null, raw: false);
        double lipschitzRaw = Lipschitz(objective, stride == 1 ? moments : null, raw: true);
        MemoryBudget.Tidy(dataset, objective.Dimension);
        cancellation.ThrowIfCancellationRequested();

        var optimum = stride == 1
            ? OptimumSearch.Run(objective, objective.Evaluate(new double[objective.Dimension], stride), MaximumSteps, Enough, cancellation)
            : ByTraining(objective, schema, stride, options, cancellation);
        MemoryBudget.Tidy(dataset, objective.Dimension);
        cancellation.ThrowIfCancellationRequested();

        var ranges = ClassRanges.Of(dataset);
        Finding[] single = [.. SingleFeatures.Separating(dataset, schema, ranges)];
        var drift = single.Length > 0 || optimum.Kind == OptimumKind.Separable ? null : Drift(objective, schema, optimum);
        if (drift is not null) optimum = optimum with { Kind = OptimumKind.Unknown }; // a finite optimum may be float32's doing alone

        double lipschitz = options.Standardize ? lipschitzStandardized : lipschitzRaw;
        var curvature = optimum is { Kind: OptimumKind.Finite, Point.Hessian: not null }
            ? Curvature.Of(objective, optimum, stride, options.Standardize)
            : null;
        MemoryBudget.Tidy(dataset, objective.Dimension);
        return new Diagnosis
        {
            Samples = dataset.Samples,
            Features = dataset.Features,
            Positives = dataset.Positives,
            Standardized = options.Standardize,
            LipschitzRaw = lipschitzRaw,
            LipschitzStandardized = lipschitzStandardized,
            SafeLearningRate = 1 / lipschitz,
            DescentLimit = 2 / lipschitz,
            LocalLimit = 2 / curvature?.Largest,
            ConditionNumber = curvature?.Condition,
            GradientDescentEpochs = curvature is { } c ? Math.Log(1e6) * lipschitz * c.Condition / c.Largest : null,
            OptimalLogLoss = optimum.Kind == OptimumKind.Finite && optimum.Gap <= Enough ? optimum.Point.Objective : null,
            Separable = optimum.Kind switch
            {
                OptimumKind.Separable => Separability.Yes,
                OptimumKind.Finite => Separability.No,
                _ => Separability.Undecided,
            },
            Findings =
            [
                .. Separation(optimum, schema),
                .. single,
                .. drift is null ? Array.Empty<Finding>() : [drift],
                .. SingleFeatures.NearlySeparating(dataset, schema, ranges),
                .. DataFindings.Constants(dataset, schema, ranges, options.ConstantColumns),
                .. ColumnRelations.Of(dataset, schema, moments, stride),
                .. DataFindings.Scales(schema, options.Standardize),
                .. Conditioning(curvature, lipschitz, options.Standardize),
                .. DataFindings.Labels(dataset, schema),
            ],
            Notes = stride > 0 ? [] : [TooManyFeatures(dataset)],
        };
    }

    private static string TooManyFeatures(Dataset dataset) =>
        $"{dataset.Features:N0} features are more than the {Certifier.MaximumFeatures:N0} up to which a Hessian is taken: no finite optimum and "
        + "no condition number were looked for, and of columns that depend on each other copies alone";

    /// <summary>λmax of the moments, over 4.</summary>
    private static double Lipschitz(PreciseObjective objective, double[]? moments, bool raw)
    {
        Func<double[], double[]> times = moments is null ? objective.MomentsTimes : v => Spectrum.Times(moments, v);
        double relativeChange = moments is null ? 1e-4 : 1e-7;
        return Spectrum.Largest(objective.Dimension, raw ? v => objective.Units.RawTimes(v, times) : times, relativeChange) / 4;
    }

    /// <summary>
    /// Where a Hessian of all samples in float64 costs too much: what a training reaches, with margins and, if it is affordable, the
    /// Hessian of a part of the samples, which is less than the whole one and so proves less, but proves it.
    /// </summary>
    private static Optimum ByTraining(
        PreciseObjective objective, Schema schema, long stride, DiagnosisOptions options, CancellationToken cancellation)
    {
        var training = new TrainingOptions { Device = options.Device, Threads = options.Threads, Tolerance = 1e-7 };
        var model = Trainer.Train(objective.Dataset, schema, training, cancellation: cancellation).Model;
        var point = objective.Evaluate(objective.Units.Standardize(WarmStart.Parameters(model, schema)), stride);
        int[] columns = stride > 0 ? OptimumSearch.Independent(objective, point) : [];
        double? gap = stride > 0 ? OptimumSearch.BoundAt(point, columns) : null;
        var kind = point.Separates ? OptimumKind.Separable : gap is null ? OptimumKind.Unknown : OptimumKind.Finite;
        return new Optimum(kind, point, gap, [], columns);
    }

    private static IEnumerable<Finding> Separation(Optimum optimum, Schema schema)
    {
        if (optimum.Kind != OptimumKind.Separable) yield break;
        yield return new Finding("separable",
            $"a plane puts every sample of {schema.Label.Positive} on one side and every sample of "
            + $"{schema.Label.Negative} on the other: without a penalty the weights grow without end, whatever the step, "
            + "and no finite optimum exists",
            "--l2 0.001");
    }

    /// <summary>
    /// A direction along which no margin falls and some grow, up to float32's rounding of the features: the last step, and where that
    /// rounding made an optimum far out, the direction in which it is flattest.
    /// </summary>
    private static Finding? Drift(PreciseObjective objective, Schema schema, Optimum optimum)
    {
        double[] direction = optimum.Kind == OptimumKind.Finite ? Flattest(objective, optimum) : optimum.Direction;
        double largest = direction.Length == 0 ? 0 : direction.SkipLast(1).Max(Math.Abs);
        if (largest == 0) return null;
        var along = objective.Evaluate([.. direction.Select(value => value / largest)]);
        if (!(along.GreatestMargin > 0 && along.LeastMargin >= -MarginRounding * along.GreatestMargin)) return null;
        var names = new FeatureNames(schema);
        var drifting = Enumerable.Range(0, objective.Dimension - 1).Where(j => Math.Abs(direction[j]) >= 0.1 * largest)
            .OrderByDescending(j => Math.Abs(direction[j])).ToList();
        return new Finding("quasi_separation",
            $"the weight{(drifting.Count == 1 ? "" : "s")} of {names.List(drifting)} can grow without end while no "
            + "sample's loss rises: a part of the samples is told apart without an error, and no finite optimum exists "
            + "without a penalty",
            $"--l2 0.001, or {names.Exclude(drifting)}");
    }

    /// <summary>The direction of least curvature, turned to where the optimum lies.</summary>
    private static double[] Flattest(PreciseObjective objective, Optimum optimum)
    {
        double[] direction = new double[objective.Dimension];
        double[] hessian = OptimumSearch.Reduced(optimum.Point.Hessian!, objective.Dimension, optimum.Columns);
        var (_, vector) = SmallestEigenvalue.Estimate(hessian, optimum.Columns.Length);
        for (int j = 0; j < vector.Length; j++)
            direction[optimum.Columns[j]] = vector[j];
        return Vectors.Dot(direction, optimum.Point.Parameters) < 0 ? [.. direction.Select(value => -value)] : direction;
    }

    private static IEnumerable<Finding> Conditioning(Curvature? curvature, double lipschitz, bool standardize)
    {
        const double Slow = 10_000; // the epochs that a training is given by default
        double? epochs = curvature is { } c ? Math.Log(1e6) * lipschitz * c.Condition / c.Largest : null;
        if (!(epochs > Slow) || double.IsInfinity(epochs.Value)) yield break; // columns that depend on each other are named for that
        yield return new Finding("slow_gradient_descent",
            $"plain gradient descent would take about {FeatureNames.Number(epochs.Value)} epochs: the objective is "
            + $"{FeatureNames.Number(curvature!.Condition)} times as curved in one direction as in another",
            standardize ? "--solver auto, which hardly cares" : "drop --standardize false, or --solver auto, which hardly cares");
    }

    /// <summary>Curvature at the optimum.</summary>
    /// <param name="Largest">λmax.</param>
    /// <param name="Condition">λmax/λmin.</param>
    private sealed record Curvature(double Largest, double Condition)
    {
        public static Curvature Of(PreciseObjective objective, Optimum optimum, long stride, bool standardize)
        {
            double[] hessian = standardize ? optimum.Point.Hessian! : objective.Units.RawHessian(optimum.Point.Hessian!);
            double largest = stride * Spectrum.Largest(hessian, objective.Dimension); // one in so many samples is in it
            return new Curvature(largest, Spectrum.ConditionNumber(hessian, objective.Dimension));
        }
    }
}
