namespace GpuPerceptron.Data;

/// <summary>What becomes of the columns of sparse samples that were read with a file's own indices.</summary>
internal static class SparseColumns
{
    /// <summary>
    /// Numbers the columns that have values in the training samples by falling frequency, so that those most used lie together in
    /// memory; columns of one value, which the bias stands for, and all others are dropped.
    /// </summary>
    /// <param name="training">The training samples.</param>
    /// <param name="validation">Others, numbered likewise; null for none.</param>
    /// <returns>By new column the old one, and how many were dropped for their one value.</returns>
    public static (int[] Indices, int Constant) Number(Dataset training, Dataset? validation)
    {
        int[] counts = Counts(training);
        int[] order = [.. Enumerable.Range(0, counts.Length).Where(index => counts[index] > 0)];
        long[] keys = [.. order.Select(index => -(long)counts[index])];
        Array.Sort(keys, order, Comparer<long>.Default);
        SortTies(keys, order);

        bool[] constant = Constants(training, counts);
        int[] indices = [.. order.Where(index => !constant[index])];
        int[] map = new int[counts.Length];
        Array.Fill(map, -1);
        for (int column = 0; column < indices.Length; column++)
            map[indices[column]] = column;
        training.Renumber(map, indices.Length);
        validation?.Renumber(map, indices.Length);
        return (indices, order.Length - indices.Length);
    }

    /// <summary>The root of each column's mean square over all samples, greater than 0.</summary>
    public static double[] RootMeanSquares(Dataset dataset)
    {
        var units = SparseUnits.Cut(dataset);
        double[][] sums = new double[units.Length][];
        InParallel.For(units.Length, index => sums[index] = Squares(dataset, units[index]));
        double[] result = new double[dataset.Features];
        for (int j = 0; j < result.Length; j++)
        {
            double sum = 0;
            foreach (double[] unit in sums)
                sum += unit[j];
            // Of a value so small that its square is 0 in float64, there is no scale to be had.
            result[j] = sum > 0 ? Math.Sqrt(sum / dataset.Samples) : 1;
        }

        return result;
    }

    private static unsafe double[] Squares(Dataset dataset, SparseRun[] runs)
    {
        double[] squares = new double[dataset.Features];
        using var reader = new RowReader(dataset);
        foreach (var run in runs)
        {
            var (block, first, count, _) = reader.Load(run);
            var rows = block.Sparse!;
            for (long k = rows.Starts[first]; k < rows.Starts[first + count]; k++)
                squares[rows.Columns[k]] += (double)rows.Values[k] * rows.Values[k];
        }

        return squares;
    }

    /// <summary>Each column's number of values.</summary>
    private static unsafe int[] Counts(Dataset dataset)
    {
        int[] total = new int[dataset.Features];
        foreach (var block in dataset.Read())
        {
            var rows = block.Sparse!;
            foreach (int column in new ReadOnlySpan<int>(rows.Columns, checked((int)rows.NonZeros)))
                total[column]++;
        }

        return total;
    }

    /// <summary>Which columns have one value, and that in every row.</summary>
    private static bool[] Constants(Dataset dataset, int[] counts)
    {
        bool[] constant = [.. counts.Select(count => count == dataset.Samples)];
        if (!constant.Contains(true)) return constant;
        float?[] first = new float?[counts.Length];
        foreach (var block in dataset.Read())
        {
            for (int row = 0; row < block.Rows; row++)
            {
                var columns = block.Sparse!.ColumnsOf(row);
                var values = block.Sparse.ValuesOf(row);
                for (int k = 0; k < columns.Length; k++)
                {
                    int column = columns[k];
                    if (constant[column]) constant[column] = (first[column] ??= values[k]) == values[k];
                }
            }
        }

        return constant;
    }

    /// <summary>Columns of one frequency keep the order of their indices.</summary>
    private static void SortTies(long[] keys, int[] order)
    {
        for (int start = 0; start < keys.Length;)
        {
            int end = start + 1;
            while (end < keys.Length && keys[end] == keys[start])
                end++;
            Array.Sort(order, start, end - start);
            start = end;
        }
    }
}
