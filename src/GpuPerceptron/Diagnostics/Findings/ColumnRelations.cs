using GpuPerceptron.Data;
using GpuPerceptron.Diagnostics.Certificates;
using GpuPerceptron.LinearAlgebra;
using GpuPerceptron.Models;

namespace GpuPerceptron.Diagnostics.Findings;

/// <summary>Columns that say what others say: copies, linear combinations, and near ones.</summary>
internal static class ColumnRelations
{
    /// <summary>A column of which the others leave less than this part of the variance is a combination of them, but for rounding.</summary>
    private const double Unexplained = 1e-10;

    /// <summary>From this condition number of the correlations on, combinations of weights are barely held.</summary>
    private const double NearlyCollinear = 1e4;

    /// <summary>All of them.</summary>
    /// <param name="dataset">X.</param>
    /// <param name="schema">How it is encoded.</param>
    /// <param name="moments">(1/Σs) X̃ᵀSX̃, standardised, the bias last.</param>
    public static IEnumerable<Finding> Of(Dataset dataset, Schema schema, double[] moments)
    {
        var names = new FeatureNames(schema);
        int size = dataset.Features + 1;
        int[] distinct = ColumnCopies.Distinct(dataset, moments);
        var copies = Enumerable.Range(0, dataset.Features).Except(distinct).Where(j => moments[j * size + j] > 0).ToList();
        foreach (var group in copies.GroupBy(j => distinct.First(i => i < dataset.Features && ColumnCopies.RelationOf(dataset, i, j) != 0)))
        {
            yield return new Finding("duplicate_columns",
                $"{names.List(group)} {(group.Count() == 1 ? "is a copy" : "are copies")} of {names[group.Key]}: their "
                + "weights can be shared out at will, and the optimum is not a single point",
                names.Exclude(group));
        }

        var (pivots, dependent) = Factor(OptimumSearch.Reduced(moments, size, distinct), distinct.Length);
        foreach (var (column, coefficients) in dependent)
        {
            yield return new Finding("collinear_columns",
                $"{names[distinct[column]]} is a linear combination of others: "
                + $"{Combination(names, schema, distinct, column, coefficients)}; the optimum is not a single point",
                $"{names.Exclude([distinct[column]])}, or --l2 0.001");
        }

        MemoryBudget.Tidy(dataset, size);
        int[] independent = [.. pivots.Select(j => distinct[j]).Where(j => j < dataset.Features).Order()];
        double[] correlations = OptimumSearch.Reduced(moments, size, independent);
        if (independent.Length < 2) yield break;
        double condition = Spectrum.ConditionNumber(correlations, independent.Length);
        if (condition < NearlyCollinear) yield break;
        var (_, direction) = SmallestEigenvalue.Estimate(correlations, independent.Length);
        if (direction.Length == 0) yield break;
        double largest = direction.Max(Math.Abs);
        var together = Enumerable.Range(0, independent.Length).Where(j => Math.Abs(direction[j]) >= 0.2 * largest)
            .OrderByDescending(j => Math.Abs(direction[j])).Select(j => independent[j]).ToList();
        yield return new Finding("nearly_collinear_columns",
            $"{names.List(together)} move together (condition number of the correlations "
            + $"{FeatureNames.Number(condition)}): their weights are barely held one by one",
            $"--l2 0.001, or {names.Exclude(together.Skip(1))}");
    }

    /// <summary>
    /// Cholesky's factor with the largest pivot next, the bias first, so that what is factored is a covariance: a pivot is the
    /// part of a column's variance that those before it leave unexplained.
    /// </summary>
    /// <returns>The columns that were pivots, and the others with their coefficients on these.</returns>
    private static (List<int> Pivots, List<(int Column, (int Pivot, double Coefficient)[] Coefficients)> Dependent) Factor(
        double[] matrix, int size)
    {
        double[] left = [.. Enumerable.Range(0, size).Select(j => matrix[j * size + j])];
        double[] start = [.. left];
        var rows = new double[size][]; // row of L of each column, in the order of the pivots
        for (int j = 0; j < size; j++)
            rows[j] = new double[size];
        var pivots = new List<int>();
        bool[] isPivot = new bool[size];
        int next = size - 1;
        while (next >= 0)
        {
            int k = pivots.Count;
            double root = Math.Sqrt(left[next]);
            rows[next][k] = root;
            pivots.Add(next);
            isPivot[next] = true;
            int best = -1;
            for (int j = 0; j < size; j++)
            {
                if (isPivot[j]) continue;
                double value = (matrix[j * size + next] - Vectors.Dot(rows[j].AsSpan(0, k), rows[next].AsSpan(0, k))) / root;
                rows[j][k] = value;
                left[j] -= value * value;
                if (left[j] > Unexplained * start[j] && (best < 0 || left[j] / start[j] > left[best] / start[best])) best = j;
            }

            next = best;
        }

        var dependent = new List<(int, (int, double)[])>();
        foreach (int j in Enumerable.Range(0, size).Except(pivots))
        {
            double[] coefficients = new double[pivots.Count]; // Lᵀc = row, from the last
            for (int k = pivots.Count - 1; k >= 0; k--)
            {
                double value = rows[j][k];
                for (int m = k + 1; m < pivots.Count; m++)
                    value -= rows[pivots[m]][k] * coefficients[m];
                coefficients[k] = value / rows[pivots[k]][k];
            }

            dependent.Add((j, [.. pivots.Select((pivot, k) => (pivot, coefficients[k]))]));
        }

        return (pivots, dependent);
    }

    /// <summary>"2 a - 0.5 b + 3", in the table's units.</summary>
    private static string Combination(
        FeatureNames names, Schema schema, int[] distinct, int column, (int Pivot, double Coefficient)[] coefficients)
    {
        const int Terms = 5;
        var features = schema.Features.ToArray();
        int bias = features.Length;
        double deviation = features[distinct[column]].StandardDeviation;
        var used = coefficients.Where(each => distinct[each.Pivot] != bias && Math.Abs(each.Coefficient) > 1e-4).ToArray();
        var terms = used.OrderByDescending(each => Math.Abs(each.Coefficient)).Take(Terms)
            .Select(each => (
                Factor: each.Coefficient * deviation / features[distinct[each.Pivot]].StandardDeviation,
                Name: names[distinct[each.Pivot]]))
            .Select((term, i) => (i > 0 ? term.Factor < 0 ? " - " : " + " : term.Factor < 0 ? "-" : "")
                + (Math.Abs(Math.Abs(term.Factor) - 1) < 1e-3 ? "" : FeatureNames.Number(Math.Abs(term.Factor)) + " ") + term.Name);
        return string.Concat(terms) + (used.Length > Terms ? $" + {used.Length - Terms} more" : "") + ", and a constant";
    }
}
