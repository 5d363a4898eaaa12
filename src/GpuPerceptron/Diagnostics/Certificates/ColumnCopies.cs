using GpuPerceptron.Data;

namespace GpuPerceptron.Diagnostics.Certificates;

/// <summary>Finds columns of X that hold one value only, or the values of another column.</summary>
internal static class ColumnCopies
{
    /// <summary>
    /// The columns without constants and copies, and the bias. Copies have the same row in the Hessian to the last bit, since
    /// the same sums are taken; whether they are copies indeed is then seen in X.
    /// </summary>
    /// <param name="dataset">X.</param>
    /// <param name="hessian">X̃ᵀ D X̃ for some diagonal D ⪰ 0, standardised.</param>
    /// <returns>Ascending; the last one is the bias.</returns>
    public static int[] Distinct(Dataset dataset, double[] hessian)
    {
        int dimension = dataset.Features + 1;
        var kept = new List<int>();
        var byDiagonal = new Dictionary<double, List<int>>();
        for (int j = 0; j < dataset.Features; j++)
        {
            double diagonal = hessian[j * dimension + j];
            if (diagonal == 0) continue;
            if (!byDiagonal.TryGetValue(diagonal, out var alike)) byDiagonal[diagonal] = alike = [];
            if (alike.Any(i => RelationOf(dataset, i, j) != 0)) continue;
            alike.Add(j);
            kept.Add(j);
        }

        return [.. kept, dataset.Features];
    }

    /// <summary>1 where a column equals another, −1 where it is its negative, else 0.</summary>
    public static int RelationOf(Dataset dataset, int column, int other)
    {
        bool same = true, opposite = true;
        foreach (var block in dataset.Read())
        {
            if (!same && !opposite) break;
            for (int row = 0; row < block.Rows && (same || opposite); row++)
            {
                float a = DatasetRows.Value(block, row, column), b = DatasetRows.Value(block, row, other);
                same &= a == b;
                opposite &= a == -b;
            }
        }

        return same ? 1 : opposite ? -1 : 0;
    }
}
