using GpuPerceptron.Data;
using GpuPerceptron.LinearAlgebra;

namespace GpuPerceptron.Diagnostics.Certificates;

/// <summary>Finds columns of X that hold one value only, or the values of another column.</summary>
internal static class ColumnCopies
{
    /// <summary>The columns without constants and copies, and the bias.</summary>
    /// <param name="dataset">X.</param>
    /// <param name="hessian">X̃ᵀ D X̃ for some diagonal D ⪰ 0, standardised.</param>
    /// <returns>Ascending; the last one is the bias.</returns>
    public static int[] Distinct(Dataset dataset, double[] hessian)
    {
        var originals = Originals(dataset, Diagonal(hessian, dataset.Features));
        return [.. Enumerable.Range(0, dataset.Features).Where(j => originals[j].Column == j), dataset.Features];
    }

    /// <summary>Each column's first copy and 1, or −1 where it is the negative of that: itself for a column without one; −1 and 0 for a constant.</summary>
    /// <param name="dataset">X.</param>
    /// <param name="marks">
    /// A number of each column that copies share to the last bit, as they do a diagonal of the Hessian, since the same sums are taken; 0 for a
    /// constant. Whether they are copies indeed is then seen in X.
    /// </param>
    public static (int Column, int Sign)[] Originals(Dataset dataset, double[] marks)
    {
        var originals = new (int Column, int Sign)[marks.Length];
        var byMark = new Dictionary<double, List<int>>();
        for (int j = 0; j < marks.Length; j++)
        {
            originals[j] = (marks[j] == 0 ? -1 : j, marks[j] == 0 ? 0 : 1);
            if (marks[j] == 0) continue;
            if (!byMark.TryGetValue(marks[j], out var alike)) byMark[marks[j]] = alike = [];
            var copied = alike.Select(i => (Column: i, Sign: RelationOf(dataset, i, j))).FirstOrDefault(other => other.Sign != 0);
            if (copied.Sign != 0) originals[j] = copied;
            else alike.Add(j);
        }

        return originals;
    }

    /// <summary>The features' diagonal of a Hessian.</summary>
    public static double[] Diagonal(double[] hessian, int features) =>
        [.. Enumerable.Range(0, features).Select(j => hessian[j * (features + 1) + j])];

    /// <summary>|Σ rᵢ xᵢⱼ| of each column for random rᵢ, by one read of X: what copies share where a Hessian costs too much.</summary>
    public static double[] RandomSums(Dataset dataset)
    {
        double[][] sums = new double[dataset.Blocks.Count][];
        dataset.ReadParallel((index, block) =>
        {
            double[] sum = sums[index] = new double[dataset.Features];
            float[] row = new float[dataset.Features];
            var random = new Random(index);
            for (int i = 0; i < block.Rows; i++)
            {
                DatasetRows.Copy(block, i, row);
                double r = random.NextDouble();
                for (int j = 0; j < row.Length; j++)
                    sum[j] += r * row[j];
            }
        });
        double[] total = new double[dataset.Features];
        foreach (double[] sum in sums)
            Vectors.Add(total, sum);
        return [.. total.Select(Math.Abs)];
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
