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
            blocks.Add(new SampleBlock(rows, featureCount, BytesOf(labels.Slice(first, count)),
                sampleWeights.IsEmpty ? null : sampleWeights.Slice(first, count).ToArray()));
        }

        return new Dataset(featureCount, hasSampleWeights: !sampleWeights.IsEmpty, blocks);
    }

    private static byte[] BytesOf(ReadOnlySpan<float> labels)
    {
        byte[] bytes = new byte[labels.Length];
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)labels[i];
        return bytes;
    }

    /// <summary>Copies samples to a file.</summary>
    public static Dataset Store(Dataset dataset, SampleFile file) =>
        new(dataset.Features, dataset.HasSampleWeights, [.. dataset.Blocks.Select(block => block.StoreIn(file))])
        {
            HasFrequentColumnsFirst = dataset.HasFrequentColumnsFirst,
        };

    /// <summary>Copies samples to memory.</summary>
    /// <param name="dataset">Where from; sparse.</param>
    /// <param name="count">How many.</param>
    /// <param name="placeOf">From 0 on, each one's place in the dataset.</param>
    public static Dataset CopyRows(Dataset dataset, long count, Func<long, long> placeOf)
    {
        long[] ends = EndsOf(dataset);
        var places = new (int Block, int Row)[count];
        for (long i = 0; i < count; i++)
        {
            long place = placeOf(i);
            int block = Array.BinarySearch(ends, place + 1);
            if (block < 0) block = ~block;
            places[i] = (block, (int)(place - (block > 0 ? ends[block - 1] : 0)));
        }

        SampleBlock?[] sources = dataset.IsStreamed ? Gather(dataset, places) : [.. dataset.Blocks];
        var blocks = new SampleBlock[(count + RowsABlock - 1) / RowsABlock];
        try
        {
            Parallel.For(0, blocks.Length, index =>
            {
                var part = places.AsSpan(index * RowsABlock, (int)Math.Min(RowsABlock, count - (long)index * RowsABlock));
                var rows = new (SampleBlock Block, int Row)[part.Length];
                for (int i = 0; i < rows.Length; i++)
                    rows[i] = (sources[part[i].Block]!, part[i].Row);
                blocks[index] = CopyRows(rows, dataset.Features, dataset.HasSampleWeights);
            });
        }
        finally
        {
            if (dataset.IsStreamed) DisposeAll(sources);
        }

        return new Dataset(dataset.Features, dataset.HasSampleWeights, [.. blocks]);
    }

    /// <summary>Copies samples to memory, without later features.</summary>
    /// <param name="dataset">Where from; sparse.</param>
    /// <param name="features">How many are kept: at least 1.</param>
    public static Dataset CopyFirstFeatures(Dataset dataset, int features)
    {
        var copy = CopyRows(dataset, dataset.Samples, place => place);
        copy.Renumber(IndexMap.PlacesOf([.. Enumerable.Range(0, features)]), features);
        return copy;
    }

    /// <summary>
    /// Divides samples in two, block by block, each part where the block was: in memory, or in its file, over it and at the end.
    /// </summary>
    /// <param name="all">The samples, sparse; disposed.</param>
    /// <param name="isSetAside">Whether the sample at a place goes to the second part.</param>
    public static (Dataset Kept, Dataset Aside) Split(Dataset all, Func<long, bool> isSetAside)
    {
        long[] ends = EndsOf(all);
        SampleBlock?[] kept = new SampleBlock?[ends.Length], aside = new SampleBlock?[ends.Length];
        try
        {
            all.Read((reader, block, i) =>
            {
                var loaded = reader.Load(block);
                long before = ends[i] - block.Rows;
                var rows = Enumerable.Range(0, block.Rows).ToLookup(row => isSetAside(before + row));
                (kept[i], aside[i]) = (CopyRows(loaded, rows[false], all), CopyRows(loaded, rows[true], all));
                if (block.Stored is { } stored)
                {
                    // The part that is kept has no more rows and values than the block: it fits into its place.
                    kept[i] = Exchange(kept[i], part => part.StoreOver(block));
                    aside[i] = Exchange(aside[i], part => part.StoreIn(stored.File));
                }

                block.Dispose();
            });
            all.Dispose();
            return (Of(kept), Of(aside));
        }
        catch
        {
            DisposeAll(kept);
            DisposeAll(aside);
            throw;
        }

        static SampleBlock? Exchange(SampleBlock? part, Func<SampleBlock, SampleBlock> store)
        {
            using (part)
                return part is null ? null : store(part);
        }

        Dataset Of(SampleBlock?[] blocks) => new(all.Features, all.HasSampleWeights, [.. blocks.OfType<SampleBlock>()]);
    }

    /// <summary>By block the place after its last sample.</summary>
    private static long[] EndsOf(Dataset dataset)
    {
        long[] ends = new long[dataset.Blocks.Count];
        for (int i = 0; i < ends.Length; i++)
            ends[i] = (i > 0 ? ends[i - 1] : 0) + dataset.Blocks[i].Rows;
        return ends;
    }

    /// <summary>Brings wanted samples of a file to memory.</summary>
    /// <param name="dataset">The samples.</param>
    /// <param name="places">The wanted ones; each row becomes its place in what is returned.</param>
    /// <returns>By block of the dataset its wanted samples; null where there are none.</returns>
    private static SampleBlock?[] Gather(Dataset dataset, (int Block, int Row)[] places)
    {
        var wanted = Enumerable.Range(0, places.Length).ToLookup(i => places[i].Block);
        var gathered = new SampleBlock?[dataset.Blocks.Count];
        try
        {
            dataset.Read((reader, block, index) =>
            {
                int[] targets = [.. wanted[index]];
                if (targets.Length == 0) return;
                gathered[index] = CopyRows(reader.Load(block), targets.Select(target => places[target].Row), dataset);
                for (int i = 0; i < targets.Length; i++)
                    places[targets[i]].Row = i;
            });
        }
        catch
        {
            DisposeAll(gathered);
            throw;
        }

        return gathered;
    }

    /// <summary>Some of a block's rows; null for none.</summary>
    private static SampleBlock? CopyRows(SampleBlock block, IEnumerable<int> rows, Dataset like)
    {
        (SampleBlock, int)[] places = [.. rows.Select(row => (block, row))];
        return places.Length == 0 ? null : CopyRows(places, like.Features, like.HasSampleWeights);
    }

    private static SampleBlock CopyRows((SampleBlock Block, int Row)[] places, int features, bool hasSampleWeights)
    {
        var rows = new SparseRows(places.Length, places.Sum(place => (long)place.Block.Sparse!.LengthOf(place.Row)));
        byte[] labels = new byte[places.Length];
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

    private static void DisposeAll(SampleBlock?[] blocks)
    {
        foreach (var block in blocks)
            block?.Dispose();
    }
}
