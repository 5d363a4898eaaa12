using System.Collections.Concurrent;

namespace GpuPerceptron.Data;

/// <summary>
/// The samples that a model is trained or evaluated on: features X (samples × features), labels y (0 or 1) and
/// sample weights s, in blocks of consecutive rows, so that a table of unknown length is read once and never copied.
/// </summary>
public sealed class Dataset : IDisposable
{
    private const int BlocksInMemory = 4; // at once, of those in a file

    private readonly List<SampleBlock> _blocks;
    private readonly long[] _weighing = new long[2];
    private readonly double[] _weights = new double[2];

    internal Dataset(int features, bool hasSampleWeights, List<SampleBlock> blocks)
    {
        _blocks = blocks;
        Features = features;
        if (blocks.Count > 0) Storage = blocks[0].Storage;
        HasSampleWeights = hasSampleWeights;
        Samples = blocks.Sum(block => (long)block.Rows);
        TotalWeight = AddUp();
    }

    /// <summary>Counts the samples of either label, and adds up their weights.</summary>
    /// <returns>Σs.</returns>
    private double AddUp()
    {
        Positives = 0;
        Array.Clear(_weighing);
        Array.Clear(_weights);
        double total = 0;
        foreach (var block in ReadLabels())
        {
            var labels = block.Labels;
            var weights = block.SampleWeights;
            int negatives = labels.Count((byte)0);
            Positives += labels.Length - negatives;
            if (weights.IsEmpty)
            {
                int positives = labels.Length - negatives;
                (_weighing[0], _weighing[1]) = (_weighing[0] + negatives, _weighing[1] + positives);
                (_weights[0], _weights[1]) = (_weights[0] + negatives, _weights[1] + positives);
                total += labels.Length;
                continue;
            }

            for (int i = 0; i < labels.Length; i++)
            {
                int label = labels[i] != 0 ? 1 : 0;
                if (weights[i] > 0) _weighing[label]++;
                _weights[label] += weights[i];
                total += weights[i];
            }
        }

        return total;
    }

    /// <summary>Features a sample.</summary>
    public int Features { get; private set; }

    /// <summary>How the features are kept: sparse, or in float32, until <see cref="Narrow"/>.</summary>
    public FeatureStorage Storage { get; private set; }

    /// <summary>Whether only the values that are not 0 are kept.</summary>
    public bool IsSparse => Storage == FeatureStorage.Sparse;

    /// <summary>Whether sparse columns are known to be numbered by falling frequency, of samples set aside that of the others.</summary>
    internal bool HasFrequentColumnsFirst { get; set; }

    /// <summary>Of sparse features: the values kept.</summary>
    public long NonZeros => _blocks.Sum(block => block.NonZeros);

    /// <summary>Values from one row to the next, in every block that is not sparse.</summary>
    public int Stride => SampleBlock.StrideFor(Features, Storage);

    /// <summary>Samples in all blocks (N).</summary>
    public long Samples { get; }

    /// <summary>Samples whose label is 1.</summary>
    public long Positives { get; private set; }

    /// <summary>Σ s over all samples; the number of samples where none has a weight of its own.</summary>
    public double TotalWeight { get; }

    /// <summary>Samples of a label, 0 or 1, that weigh more than 0: the others count for nothing.</summary>
    internal long Weighing(int label) => _weighing[label];

    /// <summary>Whether both labels weigh more than 0, without which there is nothing to learn.</summary>
    internal bool HasBothLabels => _weights[0] > 0 && _weights[1] > 0;

    /// <summary>Whether the samples have weights of their own.</summary>
    public bool HasSampleWeights { get; }

    /// <summary>
    /// The rows in order; every block but the last is full, unless they are sparse. Where <see cref="IsStreamed"/>, blocks have no rows in
    /// memory: see <see cref="Read()"/>.
    /// </summary>
    public IReadOnlyList<SampleBlock> Blocks => _blocks;

    /// <summary>Is told of each block that was gone over, on several threads, how many bytes of features it had.</summary>
    internal Action<long>? BytesDone { get; set; }

    /// <summary>Is told of rows that are read for passes, for a device, or for the proof; null for nobody.</summary>
    internal ReadMeter? Meter { get; set; }

    /// <summary>All blocks in order, in memory; one that is read from a file holds until the next.</summary>
    /// <exception cref="PerceptronException">The file cannot be read.</exception>
    public IEnumerable<SampleBlock> Read() => Read(static (reader, block) => reader.Load(block));

    /// <summary>As <see cref="Read()"/>, but of blocks that are read from a file only labels and weights are there.</summary>
    internal IEnumerable<SampleBlock> ReadLabels() => Read(static (reader, block) => reader.LoadLabels(block));

    /// <summary>Calls a body for each block, in memory, with its number, on several threads and in no fixed order.</summary>
    /// <exception cref="PerceptronException">The file cannot be read.</exception>
    internal void ReadParallel(Action<int, SampleBlock> body, CancellationToken cancellation = default) =>
        ReadParallel(static (reader, block) => reader.Load(block), body, cancellation);

    /// <summary>As <see cref="ReadParallel(Action{int, SampleBlock}, CancellationToken)"/>, but see <see cref="ReadLabels"/>.</summary>
    internal void ReadLabelsParallel(Action<int, SampleBlock> body) =>
        ReadParallel(static (reader, block) => reader.LoadLabels(block), body, CancellationToken.None);

    private IEnumerable<SampleBlock> Read(Func<RowReader, SampleBlock, SampleBlock> load)
    {
        using var reader = new RowReader(this);
        foreach (var block in _blocks)
            yield return load(reader, block);
    }

    private void ReadParallel(
        Func<RowReader, SampleBlock, SampleBlock> load, Action<int, SampleBlock> body, CancellationToken cancellation) =>
        Read((reader, block, i) => body(i, load(reader, block)), cancellation);

    /// <summary>Calls a body for each block, with its number and a reader for it, on several threads and in no fixed order.</summary>
    internal void Read(Action<RowReader, SampleBlock, int> body, CancellationToken cancellation = default)
    {
        var options = new ParallelOptions { CancellationToken = cancellation };
        if (IsStreamed) options.MaxDegreeOfParallelism = Math.Min(BlocksInMemory, Environment.ProcessorCount);
        InParallel.Rethrow(() => Parallel.For(
            0, _blocks.Count, options, () => new RowReader(this),
            (i, _, reader) =>
            {
                long bytes = _blocks[i].FeatureByteCount;
                body(reader, _blocks[i], i);
                BytesDone?.Invoke(bytes);
                return reader;
            },
            reader => reader.Dispose()));
    }

    /// <summary>Whether samples lie in a file, and are read from there again and again, since memory does not hold them all.</summary>
    public bool IsStreamed => _blocks.Exists(block => block.Stored is not null);

    /// <summary>Bytes of X that are in memory: all, unless <see cref="IsStreamed"/>.</summary>
    public long ResidentBytes => _blocks.Sum(block => block.Stored is null ? block.FeatureByteCount : 0);

    /// <summary>Bytes of X, padding included: what one pass reads.</summary>
    public long FeatureBytes => _blocks.Sum(block => block.FeatureByteCount);

    /// <summary>Copies rows from managed memory, as they are: nothing is standardised, and nothing is checked for NaN.</summary>
    /// <param name="features">X in row-major order: labels.Length × featureCount values.</param>
    /// <param name="labels">y, each 0 or 1.</param>
    /// <param name="featureCount">Features a sample, at least 1.</param>
    /// <param name="sampleWeights">s, each at least 0 and finite; empty where every weight is 1.</param>
    /// <exception cref="PerceptronException">A length does not fit, a label is not 0 or 1, or a weight is negative.</exception>
    public static Dataset FromRows(
        ReadOnlySpan<float> features, ReadOnlySpan<float> labels, int featureCount, ReadOnlySpan<float> sampleWeights = default)
    {
        if (featureCount < 1)
            throw new PerceptronException(Fault.Data, $"a sample has {featureCount} features; it needs at least one");
        if (features.Length != (long)labels.Length * featureCount)
            throw new PerceptronException(Fault.Data,
                $"{labels.Length} labels and {featureCount} features a sample need {(long)labels.Length * featureCount} feature values, but there are {features.Length}");
        if (!sampleWeights.IsEmpty && sampleWeights.Length != labels.Length)
            throw new PerceptronException(Fault.Data, $"there are {labels.Length} labels but {sampleWeights.Length} sample "
                + "weights");

        using var builder = new DatasetBuilder(featureCount, !sampleWeights.IsEmpty);
        for (int done = 0; done < labels.Length;)
        {
            var rows = builder.Reserve(labels.Length - done);
            for (int i = 0; i < rows.Count; i++, done++)
            {
                if (labels[done] is not (0f or 1f))
                    throw new PerceptronException(Fault.Data, $"the label of sample {done} is {labels[done]}; labels are 0 or 1");
                features.Slice(done * featureCount, featureCount).CopyTo(rows.Row(i));
                rows.Labels[i] = (byte)labels[done];
                if (sampleWeights.IsEmpty) continue;
                if (!(sampleWeights[done] >= 0f && float.IsFinite(sampleWeights[done])))
                    throw new PerceptronException(Fault.Data,
                        $"the weight of sample {done} is {sampleWeights[done]}; weights are finite and at least 0");
                rows.SampleWeights[i] = sampleWeights[done];
            }
        }

        return builder.Build();
    }

    /// <summary>Copies a sparse matrix from managed memory (CSR), as it is: nothing is scaled.</summary>
    /// <param name="starts">Where each row's values start, labels.Length + 1 numbers, from 0, ascending.</param>
    /// <param name="columns">The values' columns, each from 0 to featureCount − 1, distinct within a row.</param>
    /// <param name="values">The values, finite.</param>
    /// <param name="labels">y, each 0 or 1.</param>
    /// <param name="featureCount">Features a sample, at least 1.</param>
    /// <param name="sampleWeights">s, each at least 0 and finite; empty where every weight is 1.</param>
    /// <exception cref="PerceptronException">A length or a column does not fit, a value or weight is not finite, or a label is
    /// not 0 or 1.</exception>
    public static Dataset FromSparseRows(
        ReadOnlySpan<long> starts, ReadOnlySpan<int> columns, ReadOnlySpan<float> values, ReadOnlySpan<float> labels,
            int featureCount,
        ReadOnlySpan<float> sampleWeights = default)
    {
        if (featureCount < 1)
            throw new PerceptronException(Fault.Data, $"a sample has {featureCount} features; it needs at least one");
        if (starts.Length != labels.Length + 1 || starts[0] != 0 || starts[^1] != values.Length || columns.Length != values.Length)
            throw new PerceptronException(Fault.Data,
                $"{labels.Length} labels, {starts.Length} starts, {columns.Length} columns and {values.Length} values do not fit "
                    + "together; "
                + "there is a start more than labels, from 0 to the number of values, and a column a value");
        int row = starts[1..].IndexOfAnyExceptInRange(0, values.Length);
        for (int i = 0; i < labels.Length && row < 0; i++)
        {
            if (starts[i + 1] < starts[i]) row = i;
        }

        if (row >= 0) throw new PerceptronException(Fault.Data, $"sample {row} ends before it starts; the starts must ascend");
        int place = columns.IndexOfAnyExceptInRange(0, featureCount - 1);
        if (place >= 0)
            throw new PerceptronException(Fault.Data, $"value {place} is in column {columns[place]}; columns are from 0 to "
                + $"{featureCount - 1}");
        place = values.IndexOfAnyExceptInRange(float.MinValue, float.MaxValue);
        if (place >= 0) throw new PerceptronException(Fault.Data, $"value {place} is {values[place]}; values are finite");
        int wrong = labels.IndexOfAnyExcept(0f, 1f);
        if (wrong >= 0) throw new PerceptronException(Fault.Data, $"the label of sample {wrong} is {labels[wrong]}; labels "
            + "are 0 or 1");
        if (!sampleWeights.IsEmpty && sampleWeights.Length != labels.Length)
            throw new PerceptronException(Fault.Data, $"there are {labels.Length} labels but {sampleWeights.Length} sample "
                + "weights");
        wrong = sampleWeights.IndexOfAnyExceptInRange(0f, float.MaxValue);
        if (wrong >= 0)
            throw new PerceptronException(Fault.Data, $"the weight of sample {wrong} is {sampleWeights[wrong]}; weights are "
                + "finite and at least 0");
        return SparseDataset.Copy(starts, columns, values, labels, featureCount, sampleWeights);
    }

    /// <summary>Standardises every block in place and keeps only some columns: row ← (row[keep] − offset) · factor, in float64.</summary>
    /// <param name="keep">Columns to keep, ascending, at least one.</param>
    /// <param name="offset">What is taken from each kept column.</param>
    /// <param name="factor">What each kept column is then multiplied by.</param>
    /// <param name="missing">What a NaN of each kept column becomes; null where it stays.</param>
    public void Transform(int[] keep, double[] offset, double[] factor, float[]? missing = null)
    {
        Update(block => block.Transform(keep, offset, factor, missing));
        Features = keep.Length;
    }

    /// <summary>Changes each block, in memory or in the file.</summary>
    internal void Update(Action<SampleBlock> change)
    {
        if (!IsStreamed)
        {
            Parallel.ForEach(_blocks, block =>
            {
                long bytes = block.FeatureByteCount;
                change(block);
                BytesDone?.Invoke(bytes);
            });
            return;
        }

        // A file that is kept is others', too.
        var kept = _blocks.Select(block => block.Stored?.File).FirstOrDefault(file => file is { IsKept: true });
        using var aside = kept is null ? null : new SampleSpill(0, () => CacheFolder.CreateFile(kept.MostMapped));
        var target = aside?.File;
        ReadParallel((i, block) =>
        {
            change(block);
            if (_blocks[i].Stored is not { } place) return;
            if (target is null) block.Overwrite(place);
            var stored = target is null ? block.StoredLike(_blocks[i]) : block.StoreIn(target);
            _blocks[i].Dispose();
            _blocks[i] = stored;
        });
    }

    /// <summary>
    /// Rounds the features to float16, block by block, so that X takes half the memory and a pass moves half the bytes.
    /// Standardise first: what is above 65,504 does not fit. Features that are in float16 already stay as they are.
    /// </summary>
    /// <param name="featureNames">What an error calls the features; null for their numbers, from 1.</param>
    /// <exception cref="PerceptronException">A value does not fit; the dataset is then of no use.</exception>
    /// <exception cref="InvalidOperationException">The features are sparse.</exception>
    public void Narrow(IReadOnlyList<string>? featureNames = null)
    {
        if (Storage == FeatureStorage.Float16) return;
        if (IsSparse) throw new InvalidOperationException("sparse features are kept in float32");
        var unfit = new ConcurrentBag<int>();
        Update(block =>
        {
            int column = block.Narrow();
            if (column >= 0) unfit.Add(column);
        });
        if (!unfit.IsEmpty && unfit.Min() is var first)
            throw new PerceptronException(Fault.Data,
                $"feature {(featureNames is null ? first + 1 : $"'{featureNames[first]}'")} has values beyond 65,504 or that are no numbers, "
                + "which float16 cannot hold; standardise the features, or use --storage float32");
        Storage = FeatureStorage.Float16;
    }

    /// <summary>Gives every second sample the label 1, and the others 0.</summary>
    internal void AlternateLabels()
    {
        byte next = 0;
        foreach (var block in _blocks)
            block.ChangeLabels(_ => next ^= 1);
        AddUp();
    }

    /// <summary>
    /// Gives the columns of sparse features other numbers, drops those that get none, and brings the samples into the order of <see cref="SparseLayout"/>.
    /// </summary>
    /// <param name="map">By old column the new one, numbered by falling frequency, or −1.</param>
    /// <param name="features">Features afterwards.</param>
    internal void Renumber(IndexMap map, int features)
    {
        Update(block =>
        {
            block.Sparse!.Renumber(map);
            block.Features = features;
            SparseLayout.Arrange(block);
        });
        Features = features;
        HasFrequentColumnsFirst = true;
    }

    /// <summary>Divides sparse features by a number each; nothing is taken from them, so that what is 0 stays 0.</summary>
    /// <param name="scales">One a feature, greater than 0.</param>
    internal void Scale(double[] scales)
    {
        double[] factors = [.. scales.Select(scale => 1 / scale)];
        Update(block => block.Sparse!.Scale(factors));
    }

    /// <summary>Brings the first blocks that lie in a file, not in float16, to memory, as many as fit.</summary>
    /// <param name="room">Bytes of memory for them.</param>
    /// <returns>Bytes that they take there.</returns>
    internal long Load(long room)
    {
        int end = 0;
        long bytes = 0;
        for (; end < _blocks.Count; end++)
        {
            long more = _blocks[end].ByteCount;
            if (bytes + more > room) break;
            bytes += more;
        }

        InParallel.For(end, i =>
        {
            var stored = _blocks[i];
            if (stored.Stored is null) return;
            _blocks[i] = SampleBlock.FromFile(stored, HasSampleWeights);
            stored.Dispose();
        });
        return bytes;
    }

    /// <summary>The same samples with other weights: features and labels are shared, and must outlive what is returned.</summary>
    /// <param name="weight">From a sample's place, label and present weight, its new one, at least 0 and finite.</param>
    internal Dataset Reweighted(Func<long, float, float, float> weight)
    {
        var blocks = new List<SampleBlock>();
        long place = 0;
        foreach (var block in _blocks)
        {
            if (block.Stored is not null)
            {
                blocks.Add(block.Reweighted(weight, place));
                place += block.Rows;
                continue;
            }

            var reweighted = new SampleBlock(block);
            var labels = block.Labels;
            Span<float> weights = reweighted.SampleWeights, before = block.SampleWeights;
            for (int i = 0; i < weights.Length; i++)
                weights[i] = weight(place++, labels[i], before.IsEmpty ? 1f : before[i]);
            blocks.Add(reweighted);
        }

        return new Dataset(Features, hasSampleWeights: true, blocks) { Storage = Storage, HasFrequentColumnsFirst = HasFrequentColumnsFirst };
    }

    /// <summary>
    /// The same samples, each weight times Σs/(2 Σs of its class), so that both classes weigh the same; shared as in <see cref="Reweighted"/>.
    /// </summary>
    internal Dataset Balanced()
    {
        double negative = TotalWeight / (2 * _weights[0]), positive = TotalWeight / (2 * _weights[1]);
        return Reweighted((_, label, present) => (float)(present * (label > 0.5f ? positive : negative)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var block in _blocks)
            block.Dispose();
        _blocks.Clear();
    }
}
