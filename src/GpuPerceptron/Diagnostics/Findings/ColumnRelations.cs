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

    /// <summary>Combinations that are named one by one.</summary>
    private const int CombinationsShown = 6;

    /// <summary>All of them; without moments, copies alone.</summary>
    /// <param name="dataset">X.</param>
    /// <param name="schema">How it is encoded.</param>
    /// <param name="moments">(1/Σs) X̃ᵀSX̃, standardised, the bias last; null where there are too many features for it.</param>
    /// <param name="stride">Every how-many-th row they are of.</param>
    public static IEnumerable<Finding> Of(Dataset dataset, Schema schema, double[]? moments, long stride)
    {
        var names = new FeatureNames(schema);
        int size = dataset.Features + 1;
        var originals = ColumnCopies.Originals(
            dataset, moments is null ? ColumnCopies.RandomSums(dataset) : ColumnCopies.Diagonal(moments, dataset.Features));
        var relations = Array.ConvertAll(originals, original => (original.Column, Factor: (double)original.Sign));
        double[] deviations = schema.Deviations(), means = schema.Means();
        if (moments is not null)
        {
            LeaveOutConstants(relations, moments);
            for (int j = 0; j < means.Length; j++)
                means[j] += deviations[j] * moments[j * size + dataset.Features]; // the schema's are not weighted
        }

        // With fewer samples than columns, each column is a combination of others, whatever it holds; of two samples each is a copy.
        long samples = dataset.Weighing(0) + dataset.Weighing(1);
        if (samples <= 2) yield break;
        bool hasEnough = moments is not null && Distinct(relations).Length <= samples;
        if (hasEnough && stride == 1) FindShiftedCopies(relations, moments!);
        foreach (var finding in Copies(names, means, deviations, relations))
            yield return finding;
        if (!hasEnough) yield break;

        int[] distinct = Distinct(relations);
        string judgedBy = stride == 1 ? "" : $" (judged by one in {stride} samples)";
        var (pivots, dependent) = Factor(OptimumSearch.Reduced(moments!, size, distinct), distinct.Length);
        foreach (var (column, coefficients) in dependent.Take(CombinationsShown))
        {
            yield return new Finding("collinear_columns",
                $"{names[distinct[column]]} is a linear combination of others: "
                + $"{Combination(names, means, deviations, distinct, column, coefficients)}{judgedBy}; the optimum is not a single point",
                $"{names.Exclude([distinct[column]])}, or --l2 0.001");
        }

        int[] others = [.. dependent.Skip(CombinationsShown).Select(each => distinct[each.Column])];
        if (others.Length > 0)
        {
            yield return new Finding("collinear_columns",
                $"{names.List(others)} {(others.Length == 1 ? "is a linear combination" : "are linear combinations")} of others, too{judgedBy}",
                $"{names.Exclude(others)}, or --l2 0.001");
        }

        MemoryBudget.Tidy(dataset, size);
        int[] independent = [.. pivots.Select(j => distinct[j]).Where(j => j < dataset.Features).Order()];
        double[] correlations = OptimumSearch.Reduced(moments!, size, independent);
        if (independent.Length < 2) yield break;
        double condition = Spectrum.ConditionNumber(correlations, independent.Length);
        if (condition < NearlyCollinear) yield break;
        var (_, direction) = SmallestEigenvalue.Estimate(correlations, independent.Length);
        if (direction.Length == 0) yield break;
        double largest = direction.Max(Math.Abs);
        var together = Enumerable.Range(0, independent.Length).Where(j => Math.Abs(direction[j]) >= 0.2 * largest)
            .OrderByDescending(j => Math.Abs(direction[j])).Select(j => independent[j]).ToList();
        yield return new Finding("nearly_collinear_columns",
            $"{names.List(together)} move together{judgedBy} (condition number of the correlations "
            + $"{FeatureNames.Number(condition)}): their weights are barely held one by one",
            $"--l2 0.001, or {names.Exclude(together.Skip(1))}");
    }

    /// <summary>The columns that are no copies, and the bias.</summary>
    private static int[] Distinct((int Column, double Factor)[] relations) =>
        [.. Enumerable.Range(0, relations.Length).Where(j => relations[j].Column == j), relations.Length];

    /// <summary>Of a column that is constant among the rows of the moments these tell nothing else, and its copies are as constant.</summary>
    private static void LeaveOutConstants((int Column, double Factor)[] relations, double[] moments)
    {
        for (int j = 0; j < relations.Length; j++)
        {
            double square = moments[j * (relations.Length + 1) + j];
            if (!(Covariance(moments, relations.Length, j, j) > Unexplained * square)) relations[j] = (-1, 0);
        }
    }

    /// <summary>Adds the columns whose correlation with an earlier one is 1 or −1 but for rounding: copies, shifted or scaled.</summary>
    private static void FindShiftedCopies((int Column, double Factor)[] relations, double[] moments)
    {
        int bias = relations.Length;
        var distinct = new List<int>();
        for (int j = 0; j < relations.Length; j++)
        {
            var (column, factor) = relations[j];
            if (column != j)
            {
                if (column >= 0) relations[j] = (relations[column].Column, factor * relations[column].Factor);
                continue;
            }

            double variance = Covariance(moments, bias, j, j);
            int first = distinct.FindIndex(i => variance * Covariance(moments, bias, i, i) is var product
                && product - Covariance(moments, bias, i, j) * Covariance(moments, bias, i, j) <= Unexplained * product);
            if (first < 0) distinct.Add(j);
            else relations[j] = (distinct[first], Covariance(moments, bias, distinct[first], j) / Covariance(moments, bias, distinct[first], distinct[first]));
        }
    }

    private static double Covariance(double[] moments, int bias, int i, int j) =>
        moments[i * (bias + 1) + j] - moments[i * (bias + 1) + bias] * moments[j * (bias + 1) + bias];

    /// <summary>What is a copy of what, in the table's units.</summary>
    private static IEnumerable<Finding> Copies(FeatureNames names, double[] means, double[] deviations, (int Column, double Factor)[] relations)
    {
        var copies = Enumerable.Range(0, relations.Length).Where(j => relations[j].Column >= 0 && relations[j].Column != j);
        foreach (var group in copies.GroupBy(j => (relations[j].Column, What: What(j))))
        {
            yield return new Finding("duplicate_columns",
                $"{names.List(group)} {(group.Count() == 1 ? "is" : "are")} {group.Key.What}: "
                + "their weights can be shared out at will, and the optimum is not a single point",
                names.Exclude(group));
        }

        string What(int column)
        {
            int original = relations[column].Column;
            double factor = relations[column].Factor * deviations[column] / deviations[original], constant = means[column] - factor * means[original];
            bool isShifted = !IsRounding(constant, means[column], deviations[column]);
            return isShifted || !IsOne(Math.Abs(factor)) ? Term(factor, names[original]) + (isShifted ? Signed(constant) : "")
                : factor > 0 ? $"a copy of {names[original]}"
                : $"the negative of {names[original]}";
        }
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
        FeatureNames names, double[] means, double[] deviations, int[] distinct, int column, (int Pivot, double Coefficient)[] coefficients)
    {
        const int Terms = 5;
        int target = distinct[column];
        var used = coefficients.Select(each => (Feature: distinct[each.Pivot], each.Coefficient))
            .Where(each => each.Feature < means.Length && Math.Abs(each.Coefficient) > 1e-4)
            .OrderByDescending(each => Math.Abs(each.Coefficient))
            .Select(each => (each.Feature, Factor: each.Coefficient * deviations[target] / deviations[each.Feature]))
            .ToArray();
        double constant = means[target] - used.Sum(each => each.Factor * means[each.Feature]);
        double largest = used.Append((target, 1)).Max(each => Math.Abs(each.Factor * means[each.Feature]));
        var terms = used.Take(Terms).Select((each, i) => i == 0 ? Term(each.Factor, names[each.Feature])
            : (each.Factor < 0 ? " - " : " + ") + Term(Math.Abs(each.Factor), names[each.Feature]));
        return string.Concat(terms) + (used.Length > Terms ? $" + {used.Length - Terms} more" : "")
            + (IsRounding(constant, largest, deviations[target]) ? "" : Signed(constant));
    }

    /// <summary>"a", "-a" or "2 a".</summary>
    private static string Term(double factor, string name) =>
        (factor < 0 ? "-" : "") + (IsOne(Math.Abs(factor)) ? "" : FeatureNames.Number(Math.Abs(factor)) + " ") + name;

    private static string Signed(double constant) => $" {(constant < 0 ? "-" : "+")} {FeatureNames.Number(Math.Abs(constant))}";

    private static bool IsOne(double factor) => Math.Abs(factor - 1) < 1e-5;

    /// <summary>Whether a constant is what float32 left of a difference of means.</summary>
    private static bool IsRounding(double constant, double mean, double deviation) =>
        Math.Abs(constant) < 1e-5 * deviation + 1e-7 * Math.Abs(mean);
}
