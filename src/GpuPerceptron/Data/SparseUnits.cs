namespace GpuPerceptron.Data;

/// <summary>A run of consecutive rows in a sparse block.</summary>
internal readonly record struct SparseRun(SampleBlock Block, int First, int Count, long Place);

/// <summary>
/// Cuts sparse samples into units of about equally many values. Their bounds depend on the data alone, so that sums that are
/// taken unit by unit, and added in order, have the same bits at every number of threads.
/// </summary>
internal static class SparseUnits
{
    private const int MaximumUnits = 64;
    private const long MinimumValues = 64 << 10; // under this, waking a thread costs more than its work

    /// <summary>
    /// Values that a unit has at least for each of its sums, one a feature: these are read, added to, added up and cleared once a
    /// pass, and with more units no longer fit into the outer caches: on 500,000 x 100,000 with 40 values a row, adding to the
    /// sums takes 1.6 times as long with 32 units as with 8, measured.
    /// </summary>
    private const long ValuesPerSum = 16;

    /// <summary>Cuts.</summary>
    /// <param name="dataset">Sparse samples.</param>
    /// <returns>The units, each with its rows in order.</returns>
    public static SparseRun[][] Cut(Dataset dataset)
    {
        long work = dataset.NonZeros + dataset.Samples; // a row costs about as much as a value, even an empty one
        long most = Math.Min(work / MinimumValues, work / (ValuesPerSum * (dataset.Features + 1)));
        int units = 1;
        while (2 * units <= Math.Min(most, MaximumUnits))
            units *= 2;

        var result = new List<SparseRun[]>();
        var runs = new List<SparseRun>();
        long done = 0, place = 0;
        foreach (var block in dataset.Blocks)
        {
            for (int first = 0; first < block.Rows;)
            {
                long bound = work * (result.Count + 1) / units;
                int count = RowsUntil(block, first, bound - done);
                if (count > 0)
                {
                    runs.Add(new SparseRun(block, first, count, place));
                    done += Work(block, first, count);
                    place += count;
                    first += count;
                }

                if (done < bound && first == block.Rows) continue;
                result.Add([.. runs]);
                runs.Clear();
            }
        }

        if (runs.Count > 0) result.Add([.. runs]);
        return [.. result];
    }

    /// <summary>The rows from <paramref name="first"/> on that reach an amount of work, or the block's end.</summary>
    private static unsafe int RowsUntil(SampleBlock block, int first, long work)
    {
        int low = 0, high = block.Rows - first;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Work(block, first, middle) < work) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private static unsafe long Work(SampleBlock block, int first, int count) =>
        block.Sparse!.Starts[first + count] - block.Sparse.Starts[first] + count;
}
