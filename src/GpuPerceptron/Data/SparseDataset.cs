namespace GpuPerceptron.Data;

/// <summary>Makes sparse datasets.</summary>
internal static class SparseDataset
{
    private const int RowsABlock = 1 << 14;

    /// <summary>Copies a matrix (CSR) whose numbers are known to fit together.</summary>
    public static unsafe Dataset Copy(
        ReadOnlySpan<long> starts, ReadOnlySpan<int> columns, ReadOnlySpan<float> values, ReadOnlySpan<float> labels,
            int featureCount,
        ReadOnlySpan<float> sampleWeights)
    {
        var blocks = new List<SampleBlock>();
        for (int first = 0; first < labels.Length; first += RowsABlock)
        {
            int count = Math.Min(RowsABlock, labels.Length - first);
            int from = checked((int)starts[first]), length = checked((int)starts[first + count]) - from;
            var rows = new SparseRows(count, length);
            for (int i = 0; i <= count; i++)
                rows.Starts[i] = starts[first + i] - from;
            columns.Slice(from, length).CopyTo(new Span<int>(rows.Columns, length));
            values.Slice(from, length).CopyTo(new Span<float>(rows.Values, length));
            blocks.Add(new SampleBlock(rows, featureCount, labels.Slice(first, count).ToArray(),
                sampleWeights.IsEmpty ? null : sampleWeights.Slice(first, count).ToArray()));
        }

        return new Dataset(featureCount, hasSampleWeights: !sampleWeights.IsEmpty, blocks);
    }

    /// <summary>Copies samples.</summary>
    /// <param name="dataset">Where from; sparse.</param>
    /// <param name="count">How many.</param>
    /// <param name="placeOf">From 0 on, each one's place in the dataset.</param>
    public static Dataset CopyRows(Dataset dataset, long count, Func<long, long> placeOf)
    {
        long[] ends = new long[dataset.Blocks.Count];
        for (int i = 0; i < ends.Length; i++)
            ends[i] = (i > 0 ? ends[i - 1] : 0) + dataset.Blocks[i].Rows;

        var blocks = new SampleBlock[(count + RowsABlock - 1) / RowsABlock];
        Parallel.For(0, blocks.Length, index =>
        {
            long first = (long)index * RowsABlock;
            var places = new (SampleBlock Block, int Row)[Math.Min(RowsABlock, count - first)];
            long length = 0;
            for (int i = 0; i < places.Length; i++)
            {
                long place = placeOf(first + i);
                int block = Array.BinarySearch(ends, place + 1);
                if (block < 0) block = ~block;
                places[i] = (dataset.Blocks[block], (int)(place - (block > 0 ? ends[block - 1] : 0)));
                length += places[i].Block.Sparse!.LengthOf(places[i].Row);
            }

            blocks[index] = CopyRows(places, length, dataset.Features, dataset.HasSampleWeights);
        });
        return new Dataset(dataset.Features, dataset.HasSampleWeights, [.. blocks]);
    }

    private static SampleBlock CopyRows((SampleBlock Block, int Row)[] places, long length, int features, bool hasSampleWeights)
    {
        var rows = new SparseRows(places.Length, length);
        float[] labels = new float[places.Length];
        float[]? weights = hasSampleWeights ? new float[places.Length] : null;
        for (int i = 0; i < places.Length; i++)
        {
            var (block, row) = places[i];
            rows.CopyRow(block.Sparse!, row, i);
            labels[i] = block.Labels[row];
            if (weights is not null) weights[i] = block.SampleWeights[row];
        }

        return new SampleBlock(rows, features, labels, weights);
    }
}
