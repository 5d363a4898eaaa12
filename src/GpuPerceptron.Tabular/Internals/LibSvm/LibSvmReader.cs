using GpuPerceptron.Data;
using GpuPerceptron.Models;
using GpuPerceptron.Tabular.Internals.Encoded;

namespace GpuPerceptron.Tabular.Internals.LibSvm;

/// <summary>Reads LIBSVM files into sparse samples, once, by several threads.</summary>
internal static class LibSvmReader
{
    private const int ChunkBytes = 4 << 20;
    private const int UsualChunkRows = 20_000;

    /// <summary>Fits a schema to files and reads their samples.</summary>
    public static TrainingTable ReadTraining(TableSource source, TableOptions options, CancellationToken cancellation)
    {
        RefuseColumns(source, options);
        var cache = new TableCache(LibSvmFiles.Of(source), source, options);
        if (cache.Open() is { } kept) return kept;
        Dataset? training = null, validation = null;
        using var spill = SampleSpill.Within(options.Reading.Budget);
        using var samples = new SparseCollector(spill);
        var parts = Parse(source, options.Reading, samples, encode: null, cancellation);
        bool isHead = parts.Count >= ChunkLimit(options.Reading);
        var label = LabelsOfFiles.Settle(source, parts, options.Positive, isHead);
        int greatest = parts.Max(part => part.GreatestIndex), least = parts.Min(part => part.LeastIndex);
        var blocks = samples.Take();
        try
        {
            InParallel.For(parts.Count, i =>
            {
                LabelsOfFiles.Encode(parts[i], blocks[i], label);
                blocks[i].Features = Math.Max(1, greatest + 1);
            });
            training = new Dataset(Math.Max(1, greatest + 1), hasSampleWeights: false, blocks);
            (training, validation) = SparseFitter.Split(source, training, options, isHead, out bool madeLabels);
            var (columns, scales, constant) = SparseFitter.Fit(source, training, validation, options);
            var schema = SparseFitter.SchemaOf(label, new SparseFeatures(columns, scales, firstIndex: least == 0 ? 0 : 1),
                options.Standardize);
            string[] notes = [.. Notes(least, greatest, columns.Length, constant, training)];
            return cache.Settle(new TrainingTable(training, validation, schema, notes) { HasMadeLabels = madeLabels }, spill);
        }
        catch
        {
            blocks.ForEach(block => block.Dispose());
            training?.Dispose();
            validation?.Dispose();
            throw;
        }
    }

    /// <summary>Reads samples with their labels, as a model's schema has them.</summary>
    public static Dataset ReadLabelled(TableSource source, Schema schema, ReadOptions options, CancellationToken cancellation)
    {
        RefuseWeights(source, options);
        var encoder = new SparseEncoder(source, schema);
        using var spill = SampleSpill.Within(options.Budget);
        using var samples = new SparseCollector(spill);
        Parse(source, options, samples, Encode, cancellation);
        encoder.Tell(options.Note);
        return new Dataset(schema.FeatureCount, hasSampleWeights: false, samples.Take());

        void Encode(ParsedLines part)
        {
            LabelsOfFiles.Encode(part, part.Samples, schema.Label);
            encoder.Encode(part);
        }
    }

    /// <summary>Reads samples without labels, in order and in constant memory.</summary>
    public static long Stream(
        TableSource source, Schema schema, Action<SampleBlock> onBlock, ReadOptions options, CancellationToken cancellation)
    {
        var encoder = new SparseEncoder(source, schema);
        using var chunks = new TextChunks(LibSvmFiles.Of(source), ChunkBytes, cancellation, limit: null, options.Progress);
        var parts = new ParsedLines?[Threads(options.Threads)];
        for (long samples = 0; ;)
        {
            Array.Clear(parts);
            try
            {
                TextChunk?[] taken = [.. parts.Select(_ => chunks.Next())];
                if (taken[0] is null)
                {
                    encoder.Tell(options.Note);
                    return samples > 0 ? samples : throw NoRows(source);
                }

                Parallel.For(0, parts.Length, i =>
                {
                    if (taken[i] is not { } chunk) return;
                    parts[i] = LineParser.Parse(chunk, labelled: false);
                    chunks.Return(chunk);
                    encoder.Encode(parts[i]!);
                });
            }
            catch (Exception failure)
            {
                Array.ForEach(parts, part => part?.Samples.Dispose());
                throw First(failure);
            }

            foreach (var part in parts)
            {
                if (part is null) continue;
                using var block = part.Samples;
                samples += block.Rows;
                if (block.Rows > 0) onBlock(block);
            }
        }
    }

    /// <summary>Chunks at most: who wants the first lines only gets them in whole chunks.</summary>
    private static int? ChunkLimit(ReadOptions options) => options.RowLimit is { } rows ? 1 + rows / UsualChunkRows : null;

    /// <summary>Parses whole files on several threads.</summary>
    /// <param name="source">The files.</param>
    /// <param name="options">How to read.</param>
    /// <param name="samples">Takes the parts' samples.</param>
    /// <param name="encode">What becomes of a part before; null for nothing.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>The parts in order, at least one, each with at least a row; their samples are the other's.</returns>
    private static List<ParsedLines> Parse(
        TableSource source, ReadOptions options, SparseCollector samples, Action<ParsedLines>? encode, CancellationToken cancellation)
    {
        using var chunks = new TextChunks(LibSvmFiles.Of(source), ChunkBytes, cancellation, ChunkLimit(options), options.Progress);
        var parts = new SortedList<int, ParsedLines>();
        int failedAt = int.MaxValue;
        Exception? failure = null;
        Parallel.For(0, Threads(options.Threads), _ =>
        {
            // Chunks are taken in order, so that whatever comes before a bad line has been looked at when all have ended.
            for (TextChunk? chunk = null; Volatile.Read(ref failedAt) == int.MaxValue;)
            {
                try
                {
                    chunk = chunks.Next();
                    if (chunk is null) return;
                    var part = LineParser.Parse(chunk, labelled: true);
                    chunks.Return(chunk);
                    if (part.Samples.Rows == 0)
                    {
                        part.Samples.Dispose();
                        continue;
                    }

                    Encode(part);
                    samples.Add(chunk.Index, part.Samples);
                    lock (parts)
                        parts.Add(chunk.Index, part);
                }
                catch (Exception problem)
                {
                    lock (parts)
                    {
                        int place = chunk?.Index ?? int.MaxValue - 1;
                        if (failure is null || place < failedAt) (failure, failedAt) = (problem, place);
                    }
                }
            }
        });

        if (failure is not null) throw failure;
        return parts.Count > 0 ? [.. parts.Values] : throw NoRows(source);

        void Encode(ParsedLines part)
        {
            try
            {
                encode?.Invoke(part);
            }
            catch
            {
                part.Samples.Dispose();
                throw;
            }
        }
    }

    private static IEnumerable<string> Notes(int least, int greatest, int kept, int constant, Dataset training)
    {
        yield return least == 0
            ? "indices are taken to begin at 0, for there is an index 0"
            : $"indices are taken to begin at 1, for there is no index 0 (the least is {SparseFitter.Count(least)}, the greatest "
            + $"{SparseFitter.Count(greatest)})";
        yield return SparseFitter.Describe(kept, training);
        if (constant > 0)
            yield return $"{SparseFitter.Count(constant)} {(constant == 1 ? "index has" : "indices have")} the same value in all "
                + "training samples, and "
                + $"{(constant == 1 ? "is" : "are")} left out: the bias stands for {(constant == 1 ? "it" : "them")}";
    }

    private static int Threads(int asked) => asked == 0 ? Environment.ProcessorCount : asked;

    /// <summary>The first thing that went wrong, where several threads met something.</summary>
    private static Exception First(Exception failure) =>
        failure is AggregateException several ? several.Flatten().InnerExceptions[0] : failure;

    private static PerceptronException NoRows(TableSource source) => new(Fault.Data, $"{source}: there are no lines with "
        + "samples");

    private static void RefuseColumns(TableSource source, TableOptions options)
    {
        RefuseWeights(source, options.Reading);
        if (options.HashBits is not null)
            throw new PerceptronException(Fault.Options, $"{source} has indices, not texts to hash; drop --hash");
        if (options.Features is not null || options.Exclude.Count > 0)
            throw new PerceptronException(Fault.Options, $"{source} has indices, not columns with names; drop --features and "
                + "--exclude");
    }

    private static void RefuseWeights(TableSource source, ReadOptions options)
    {
        if (options.WeightColumn is not null)
            throw new PerceptronException(Fault.Options, $"{source} has no columns with names; drop --weight");
    }
}
