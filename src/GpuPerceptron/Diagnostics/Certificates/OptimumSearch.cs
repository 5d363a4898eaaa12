using GpuPerceptron.Data;
using GpuPerceptron.LinearAlgebra;

namespace GpuPerceptron.Diagnostics.Certificates;

/// <summary>Where a search ended.</summary>
internal enum OptimumKind
{
    /// <summary>A finite optimum is proved.</summary>
    Finite,

    /// <summary>Parameters were found that separate the classes: without a penalty there is no finite optimum.</summary>
    Separable,

    /// <summary>Neither is proved.</summary>
    Unknown,
}

/// <summary>What a search found.</summary>
/// <param name="Kind">What is proved.</param>
/// <param name="Point">The last point, with its Hessian.</param>
/// <param name="Gap">If finite: an upper bound on F − F* at the point.</param>
/// <param name="Direction">If not finite: the last step, along which the loss goes on falling.</param>
/// <param name="Columns">The features that the Hessian was reduced to, and the bias: without constants and copies.</param>
internal sealed record Optimum(OptimumKind Kind, PrecisePoint Point, double? Gap, double[] Direction, int[] Columns);

/// <summary>
/// Newton's method in float64, until a finite optimum is proved (<see cref="SelfConcordance"/>) or the classes are separated.
/// </summary>
internal static class OptimumSearch
{
    private const double Armijo = 1e-4;
    private const double SmallestPivot = 1e-14;

    /// <summary>Searches.</summary>
    /// <param name="objective">F.</param>
    /// <param name="start">Where it starts, with the Hessian of all rows.</param>
    /// <param name="maximumSteps">Steps at most.</param>
    /// <param name="target">The gap at which a proved optimum is near enough.</param>
    /// <param name="cancellation">Ends it after the current step.</param>
    public static Optimum Run(
        PreciseObjective objective, PrecisePoint start, int maximumSteps, double target, CancellationToken cancellation = default)
    {
        var here = start;
        int[] columns = Independent(objective, here);
        double[] direction = [];
        for (int step = 0; ; step++)
        {
            if (objective.IsFree && here.Separates) return new Optimum(OptimumKind.Separable, here, null, direction, columns);
            double? gap = BoundAt(here, columns);
            var end = new Optimum(gap is null ? OptimumKind.Unknown : OptimumKind.Finite, here, gap, direction, columns);
            if (gap <= target || step >= maximumSteps || cancellation.IsCancellationRequested) return end;
            direction = Direction(here.Gradient, here.Hessian!, columns);
            var next = Search(objective, here, direction);
            if (next is null) return end; // float64 sees no further
            here = next;
            MemoryBudget.Tidy(objective.Dataset, objective.Dimension); // a step leaves some matrices behind
        }
    }

    /// <summary>F − F* at a point, from its own gradient and Hessian.</summary>
    /// <param name="point">The point.</param>
    /// <param name="columns">Features that are neither constant nor copies, and the bias.</param>
    public static double? BoundAt(PrecisePoint point, int[] columns) => SelfConcordance.Bound(
        [.. columns.Select(j => point.Gradient[j])], Reduced(point.Hessian!, point.Gradient.Length, columns), point.Radius,
        point.GradientRounding);

    /// <summary>The columns that are not, without a penalty, constant or copies of others: these change no logit that others cannot.</summary>
    public static int[] Independent(PreciseObjective objective, PrecisePoint point) => objective.IsFree
        ? ColumnCopies.Distinct(objective.Dataset, point.Hessian!)
        : [.. Enumerable.Range(0, objective.Dimension)];

    /// <summary>Some rows and columns of a matrix.</summary>
    public static double[] Reduced(double[] matrix, int size, int[] columns)
    {
        if (columns.Length == size) return matrix;
        double[] result = new double[columns.Length * columns.Length];
        for (int i = 0; i < columns.Length; i++)
        {
            for (int j = 0; j < columns.Length; j++)
                result[i * columns.Length + j] = matrix[columns[i] * size + columns[j]];
        }

        return result;
    }

    /// <summary>−H⁻¹g in some columns, 0 in the others, with as much of the diagonal added as makes H positive definite.</summary>
    public static double[] Direction(double[] gradient, double[] wholeHessian, int[] columns)
    {
        int size = columns.Length;
        double[] hessian = Reduced(wholeHessian, gradient.Length, columns);
        double[] scale = [.. Enumerable.Range(0, size).Select(j => hessian[j * size + j] > 0 ? 1 / Math.Sqrt(hessian[j * size + j]) : 1)];
        double[] factor = new double[size * size];
        for (double damping = 0; ; damping = Math.Max(1e-13, 10 * damping))
        {
            for (int i = 0; i < size; i++)
            {
                for (int j = 0; j < i; j++)
                    factor[i * size + j] = hessian[i * size + j] * scale[i] * scale[j];
                factor[i * size + i] = 1 + damping;
            }

            if (Cholesky.TryFactor(factor, size, SmallestPivot, out _)) break;
        }

        double[] step = [.. columns.Select((column, j) => -gradient[column] * scale[j])];
        Cholesky.Solve(factor, size, step);
        double[] direction = new double[gradient.Length];
        for (int j = 0; j < size; j++)
            direction[columns[j]] = step[j] * scale[j];
        return direction;
    }

    /// <summary>The first of the points 1, 1/2, 1/4, … of the way that descends enough; null where none does.</summary>
    private static PrecisePoint? Search(PreciseObjective objective, PrecisePoint here, double[] direction)
    {
        double slope = Vectors.Dot(here.Gradient, direction);
        if (!(slope < 0)) return null;
        for (double length = 1; length > 1e-9; length /= 2)
        {
            double[] parameters = [.. here.Parameters];
            Vectors.AddScaled(parameters, length, direction);
            var trial = objective.Evaluate(parameters, hessianStride: 1);
            double rounding = 1e-15 * Math.Abs(here.Objective);
            if (trial.Objective <= here.Objective + Armijo * length * slope + rounding) return trial;
        }

        return null;
    }
}
