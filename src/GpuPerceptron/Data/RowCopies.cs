using GpuPerceptron.Kernels;

namespace GpuPerceptron.Data;

/// <summary>Copies of single samples of a dataset, for a random sample above all: neighbours in a file are often alike.</summary>
internal static class RowCopies
{
    private const int RowsAPiece = 256;
    private const int ReadRows = 256; // of a file, in a row, about as fast as one by itself
    private const int WindowBytes = 2 << 20; // of a file, read at once
    private const int RowsAhead = 16; // asked for while others are copied: each is a miss of every cache and of the page tables

    /// <summary>The first samples of a random order, so that a larger part holds every smaller one.</summary>
    /// <param name="dataset">Where from.</param>
    /// <param name="count">How many, from 1 to all.</param>
    /// <param name="seed">Of the order.</param>
    /// <returns>A dataset of its own, in float32.</returns>
    public static Dataset Draw(Dataset dataset, long count, ulong seed)
    {
        var order = new RowOrder(dataset.Samples, runRows: 1, seed, epoch: 0);
        return Copy(dataset, count, place => order.RowAt(place));
    }

    /// <summary>The samples at some places, in that order.</summary>
    /// <param name="dataset">Where from.</param>
    /// <param name="places">From 0, at least one.</param>
    /// <returns>A dataset of its own, in float32; sparse where the other is.</returns>
    public static Dataset Copy(Dataset dataset, long[] places) => Copy(dataset, places.Length, i => places[i]);

    private static Dataset Copy(Dataset dataset, long count, Func<long, long> placeOf)
    {
        if (dataset.IsSparse) return SparseDataset.CopyRows(dataset, count, placeOf);
        using var builder = new DatasetBuilder(dataset.Features, dataset.HasSampleWeights, spill: null, count);
        var pieces = new List<Piece>();
        for (long done = 0; done < count;)
        {
            // As many as a block takes: where a run ends, zeros follow, and to write these between pieces would touch new memory on one thread.
            var rows = builder.ReserveUnset((int)Math.Min(int.MaxValue, count - done));
            for (int first = 0; first < rows.Count; first += RowsAPiece)
                pieces.Add(new Piece(rows.Block, rows.First + first, Math.Min(RowsAPiece, rows.Count - first), done + first));
            done += rows.Count;
        }

        SampleBlock[] blocks = [.. dataset.Blocks];
        if (dataset.IsStreamed) FillInOrder(dataset, pieces, count, placeOf);
        else if (pieces.Count == 1) Fill(pieces[0], blocks, placeOf);
        else Parallel.ForEach(pieces, piece => Fill(piece, blocks, placeOf));
        return builder.Build();
    }

    /// <summary>
    /// Fills all pieces, block by block of the samples' file, window by window: where many rows of one are wanted, one read of all of it costs less
    /// than one of each.
    /// </summary>
    private static void FillInOrder(Dataset dataset, List<Piece> pieces, long count, Func<long, long> placeOf)
    {
        int blockRows = dataset.Blocks[0].Rows;
        int windowRows = Math.Max(1, WindowBytes / dataset.Blocks[0].RowBytes);
        var wanted = new List<(int Row, long Target)>[dataset.Blocks.Count];
        for (int i = 0; i < wanted.Length; i++)
            wanted[i] = [];
        for (long target = 0; target < count; target++)
        {
            var (block, row) = Math.DivRem(placeOf(target), blockRows);
            wanted[block].Add(((int)row, target));
        }

        // Pieces are full but for the last of a block, so that a search finds a row's.
        long[] starts = [.. pieces.Select(piece => piece.Place)];
        dataset.Read(
            (reader, block, i) =>
            {
                wanted[i].Sort(); // by row
                foreach (var window in wanted[i].GroupBy(one => one.Row / windowRows))
                {
                    int first = window.Key * windowRows, rows = Math.Min(windowRows, block.Rows - first), start = 0;
                    var all = window.Count() * (long)ReadRows > rows ? reader.Load(block, first, rows, out start) : null;
                    foreach (var (row, target) in window)
                    {
                        int place = start + row - first;
                        var from = all ?? reader.Load(block, row, 1, out place);
                        int found = Array.BinarySearch(starts, target);
                        var piece = pieces[found >= 0 ? found : ~found - 1];
                        Copy(from, place, piece.Block, piece.First + (int)(target - piece.Place));
                    }
                }
            });
    }

    private static void Fill(Piece piece, SampleBlock[] blocks, Func<long, long> placeOf)
    {
        // Every block but the last is full, so that a division finds a sample's.
        int blockRows = blocks[0].Rows;
        Span<(int Block, int Row)> places = stackalloc (int, int)[piece.Count];
        for (int i = 0; i < places.Length; i++)
        {
            var (block, row) = Math.DivRem(placeOf(piece.Place + i), blockRows);
            places[i] = ((int)block, (int)row);
        }

        for (int i = -RowsAhead; i < places.Length; i++)
        {
            if (i + RowsAhead < places.Length)
            {
                var (block, row) = places[i + RowsAhead];
                blocks[block].PrefetchRow(row);
            }

            if (i < 0) continue;
            Copy(blocks[places[i].Block], places[i].Row, piece.Block, piece.First + i);
        }
    }

    private static unsafe void Copy(SampleBlock from, int row, SampleBlock to, int target)
    {
        var features = new Span<float>(to.FeaturePointer + (nint)target * to.Stride, to.Stride);
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

        features[from.Features..].Clear();

        to.Labels[target] = from.Labels[row];
        if (from.HasSampleWeights) to.SampleWeights[target] = from.SampleWeights[row];
    }

    private sealed record Piece(SampleBlock Block, int First, int Count, long Place);
}
