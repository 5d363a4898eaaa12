namespace GpuPerceptron.Data;

/// <summary>Copies of random samples of a dataset: single rows, since neighbours in a file are often alike.</summary>
internal static class RandomRows
{
    private const int RowsAPiece = 512;

    /// <summary>The first samples of a random order, so that a larger part holds every smaller one.</summary>
    /// <param name="dataset">Where from.</param>
    /// <param name="count">How many, from 1 to all.</param>
    /// <param name="seed">Of the order.</param>
    /// <returns>A dataset of its own, in float32.</returns>
    public static Dataset Draw(Dataset dataset, long count, ulong seed)
    {
        using var builder = new DatasetBuilder(dataset.Features, dataset.HasSampleWeights);
        var pieces = new List<Piece>();
        for (long done = 0; done < count;)
        {
            var rows = builder.Reserve((int)Math.Min(RowsAPiece, count - done));
            pieces.Add(new Piece(rows.Block, rows.First, rows.Count, done));
            done += rows.Count;
        }

        var order = new RandomOrder(dataset.Samples, seed);
        int blockRows = dataset.Blocks[0].Rows; // every block but the last is full
        Parallel.ForEach(pieces, piece =>
        {
            for (int i = 0; i < piece.Count; i++)
            {
                var (block, row) = Math.DivRem(order[piece.Place + i], blockRows);
                Copy(dataset.Blocks[(int)block], (int)row, piece.Block, piece.First + i);
            }
        });
        return builder.Build();
    }

    private static unsafe void Copy(SampleBlock from, int row, SampleBlock to, int target)
    {
        var features = to.Row(target);
        if (from.Storage == FeatureStorage.Float16)
        {
            var halves = new ReadOnlySpan<Half>(from.HalfPointer + (nint)row * from.Stride, from.Features);
            for (int j = 0; j < halves.Length; j++)
                features[j] = (float)halves[j];
        }
        else
        {
            from.Row(row).CopyTo(features);
        }

        to.Labels[target] = from.Labels[row];
        if (from.HasSampleWeights) to.SampleWeights[target] = from.SampleWeights[row];
    }

    private sealed record Piece(SampleBlock Block, int First, int Count, long Place);
}
