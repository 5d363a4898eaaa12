namespace GpuPerceptron.Data;

/// <summary>A run of consecutive rows in a sparse block.</summary>
internal readonly record struct SparseRun(SampleBlock Block, int First, int Count, long Place)
{
    private const int PieceValues = 48 << 10; // with their columns 384 KiB: read from a file they are in the second-level cache when they are used
    private const int PieceMultiple = 256;    // rows, whose losses are added up in float32

    /// <summary>The run in pieces to be loaded one by one. They depend on the data alone, not on where it lies.</summary>
    public IEnumerable<SparseRun> Pieces()
    {
        long rows = PieceValues * (long)Block.Rows / Math.Max(1, Block.NonZeros);
        int most = (int)Math.Clamp(rows / PieceMultiple * PieceMultiple, PieceMultiple, int.MaxValue / PieceMultiple * PieceMultiple);
        for (int done = 0; done < Count; done += most)
        {
            yield return new SparseRun(Block, First + done, Math.Min(most, Count - done), Place + done);
            if (Count - done <= most) yield break;
        }
    }
}

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

    /// <summary>Cuts, for passes on the host.</summary>
    /// <param name="dataset">Sparse samples.</param>
    /// <returns>The units, each with its rows in order.</returns>
    public static SparseRun[][] Cut(Dataset dataset) => Cut(dataset, CountFor(dataset.NonZeros, dataset.Samples, dataset.Features));

    /// <summary>Cuts.</summary>
    /// <param name="dataset">Sparse samples.</param>
    /// <param name="units">How many units, at most: at least 1.</param>
    /// <returns>The units, each with its rows in order.</returns>
    public static SparseRun[][] Cut(Dataset dataset, int units)
    {
        long work = WorkOf(dataset.NonZeros, dataset.Samples);
        var result = new List<SparseRun[]>();
        var runs = new List<SparseRun>();
        long done = 0, place = 0, unit = 1;
        foreach (var block in dataset.Blocks)
        {
            RowBounds? bounds = null;
            for (int first = 0; first < block.Rows;)
            {
                long bound = work * unit / units, whole = block.NonZeros + block.Rows;
                bool fits = first == 0 && done + whole <= bound; // most blocks lie within a unit; of a file's, no more need be known
                if (!fits) bounds ??= new RowBounds(block);
                int count = fits ? block.Rows : bounds!.RowsUntil(first, bound - done);
                if (count > 0)
                {
                    runs.Add(new SparseRun(block, first, count, place));
                    done += fits ? whole : bounds!.Work(first, count);
                    place += count;
                    first += count;
                }

                if (done < bound && first == block.Rows) continue;
                if (runs.Count > 0) result.Add([.. runs]);
                runs.Clear();
                while (unit < units && work * unit / units <= done)
                    unit++; // a row may outweigh several units
            }
        }

        if (runs.Count > 0) result.Add([.. runs]);
        return [.. result];
    }

    /// <summary>How many units there are at most.</summary>
    /// <param name="nonZeros">Values that are not 0.</param>
    /// <param name="samples">Samples.</param>
    /// <param name="features">Features.</param>
    public static int CountFor(long nonZeros, long samples, int features)
    {
        long work = WorkOf(nonZeros, samples);
        long most = Math.Min(work / MinimumValues, work / (ValuesPerSum * (features + 1)));
        int units = 1;
        while (2 * units <= Math.Min(most, MaximumUnits))
            units *= 2;
        return units;
    }

    /// <summary>A row costs about as much as a value, even an empty one.</summary>
    private static long WorkOf(long nonZeros, long samples) => nonZeros + samples;

    /// <summary>Where a block's rows start, also if they lie in a file.</summary>
    private sealed unsafe class RowBounds(SampleBlock block)
    {
        private readonly long[]? _stored = block.Stored?.Sparse!.ReadStarts(block.Stored.File, block.Rows);

        /// <summary>The rows from <paramref name="first"/> on that reach an amount of work, or the block's end.</summary>
        public int RowsUntil(int first, long work)
        {
            int low = 0, high = block.Rows - first;
            while (low < high)
            {
                int middle = (low + high) / 2;
                if (Work(first, middle) < work) low = middle + 1;
                else high = middle;
            }

            return low;
        }

        /// <summary>The work of some rows.</summary>
        public long Work(int first, int count) => StartOf(first + count) - StartOf(first) + count;

        private long StartOf(int row) => _stored is null ? block.Sparse!.Starts[row] : _stored[row];
    }
}
