namespace GpuPerceptron.Data;

/// <summary>What becomes of the columns of sparse samples that were read with a file's own indices.</summary>
internal static class SparseColumns
{
    private const int MostAtOnce = 8; // units of rows, whose sums take 8 bytes a column each

    /// <summary>
    /// Numbers the columns that have values in the training samples by falling frequency, so that those most used lie together in
    /// memory; columns of one value, which the bias stands for, and all others are dropped.
    /// </summary>
    /// <param name="training">The training samples.</param>
    /// <param name="validation">Others, numbered likewise; null for none.</param>
    /// <returns>By new column the old one, and how many were dropped for their one value.</returns>
    public static (int[] Indices, int Constant) Number(Dataset training, Dataset? validation)
    {
        var counts = Counts(training);
        int[] order = [.. counts.Present()];
        long[] keys = [.. order.Select(index => -(long)counts[index])];
        Array.Sort(keys, order, Comparer<long>.Default);
        SortTies(keys, order);

        var constant = Constants(training, counts, [.. order.TakeWhile(index => counts[index] == training.Samples)]);
        int[] indices = [.. order.Where(index => !constant.Contains(index))];
        counts.SetPlaces(indices); // there may be 2²⁷ of them, and no memory for as many again
        training.Renumber(counts, indices.Length);
        validation?.Renumber(counts, indices.Length);
        return (indices, order.Length - indices.Length);
    }

    /// <summary>The columns that have many values, by falling frequency; null where these are the first ones.</summary>
    /// <param name="dataset">Sparse samples.</param>
    /// <param name="most">Many is more than 1/<paramref name="most"/> of all values: fewer columns than that have as many.</param>
    /// <param name="few">Many is more than these, too.</param>
    public static int[]? MostFrequent(Dataset dataset, int most, long few)
    {
        if (dataset.HasFrequentColumnsFirst) return null;
        var counts = Counts(dataset);
        long many = Math.Max(few, dataset.NonZeros / most);
        int[] frequent = [.. counts.Present().Where(column => counts[column] > many).OrderByDescending(column => counts[column])];
        return frequent.SequenceEqual(Enumerable.Range(0, frequent.Length)) ? null : frequent;
    }

    /// <summary>How many columns have one value alone.</summary>
    public static int SingleValued(Dataset dataset)
    {
        var counts = Counts(dataset);
        return counts.Present().Count(column => counts[column] == 1);
    }

    /// <summary>The root of each column's mean square over all samples, greater than 0.</summary>
    public static double[] RootMeanSquares(Dataset dataset)
    {
        var units = SparseUnits.Cut(dataset);
        double[] sums = new double[dataset.Features];
        double[][] squares = [.. Enumerable.Range(0, Math.Min(units.Length, MostAtOnce)).Select(_ => new double[dataset.Features])];
        for (int first = 0; first < units.Length; first += squares.Length)
        {
            int count = Math.Min(squares.Length, units.Length - first);
            InParallel.For(count, index => AddSquares(dataset, units[first + index], squares[index]));
            for (int index = 0; index < count; index++)
            {
                for (int j = 0; j < sums.Length; j++)
                    sums[j] += squares[index][j];
                Array.Clear(squares[index]);
            }
        }

        // Of a value so small that its square is 0 in float64, there is no scale to be had.
        for (int j = 0; j < sums.Length; j++)
            sums[j] = sums[j] > 0 ? Math.Sqrt(sums[j] / dataset.Samples) : 1;
        return sums;
    }

    private static unsafe void AddSquares(Dataset dataset, SparseRun[] runs, double[] squares)
    {
        using var reader = new RowReader(dataset);
        foreach (var run in runs)
        {
            var (block, first, count, _) = reader.Load(run);
            var rows = block.Sparse!;
            for (long k = rows.Starts[first]; k < rows.Starts[first + count]; k++)
                squares[rows.Columns[k]] += (double)rows.Values[k] * rows.Values[k];
        }
    }

    /// <summary>Each column's number of values.</summary>
    private static unsafe IndexMap Counts(Dataset dataset)
    {
        var total = new IndexMap(dataset.Features, absent: 0);
        foreach (var block in dataset.Read())
        {
            var rows = block.Sparse!;
            foreach (int column in new ReadOnlySpan<int>(rows.Columns, checked((int)rows.NonZeros)))
                total.At(column)++;
        }

        return total;
    }

    /// <summary>Which columns have one value.</summary>
    /// <param name="dataset">The samples.</param>
    /// <param name="counts">Each column's number of values.</param>
    /// <param name="full">The columns that have a value in every row.</param>
    private static HashSet<int> Constants(Dataset dataset, IndexMap counts, int[] full)
    {
        HashSet<int> constant = [.. full];
        var first = new Dictionary<int, float>();
        foreach (var block in dataset.Read())
        {
            for (int row = 0; row < block.Rows; row++)
            {
                if (constant.Count == 0) return constant;
                var columns = block.Sparse!.ColumnsOf(row);
                var values = block.Sparse.ValuesOf(row);
                for (int k = 0; k < columns.Length; k++)
                {
                    if (counts[columns[k]] == dataset.Samples && constant.Contains(columns[k]) && !first.TryAdd(columns[k], values[k]) && first[columns[k]] != values[k])
                        constant.Remove(columns[k]);
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
