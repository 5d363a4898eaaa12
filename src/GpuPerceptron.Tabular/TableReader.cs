using System.Diagnostics;
using GpuPerceptron.Data;
using GpuPerceptron.Models;
using GpuPerceptron.Tabular.Internals;
using GpuPerceptron.Tabular.Internals.Encoded;
using GpuPerceptron.Tabular.Internals.Hashing;
using GpuPerceptron.Tabular.Internals.LibSvm;

namespace GpuPerceptron.Tabular;

/// <summary>Reads tables into samples, through DuckDB, and NumPy's arrays; each table once (twice where it has columns of texts).</summary>
public static class TableReader
{
    private const int StreamedBytes = 4 << 20;
    private const int StreamedRows = 1 << 16;
    private const int FewRows = 2_000;
    private const int HeadRows = 200_000;

    /// <summary>Fits a schema to a table and reads its samples.</summary>
    /// <param name="source">The table.</param>
    /// <param name="options">The label, the features, and what becomes of them.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="PerceptronException">The table cannot be read, or cannot be learned from as the options say.</exception>
    public static TrainingTable ReadTraining(TableSource source, TableOptions options, CancellationToken cancellation = default)
    {
        options.Check();
        if (source.IsLibSvm) return LibSvmReader.ReadTraining(source, options, cancellation);
        if (options.HashBits is { } bits) return HashedReader.ReadTraining(source, options, bits, cancellation);
        using var table = ITable.Open(source, options.Reading, cancellation);
        var cache = new TableCache(table.Files, source, options);
        if (cache.Open() is { } kept) return kept;
        var columns = ColumnSelection.For(table, source, options);
        var levels = table.CountLevels(columns.Features, options.MaxLevels);
        columns = columns.WithTexts(levels.Keys);
        var fitter = new SchemaFitter(source, options, columns.Features, levels);
        if (fitter.FeatureCount == 0) throw table.IsEmpty() ? NoRows(source) : fitter.NothingVaries();

        var labels = LabelCodes.Discover(options.Label, source, columns.Label!.Kind == ColumnKind.Category);
        using var scan = new TableScan(table, columns, fitter.Encoder, labels);
        var aside = new RowSplit(options.Seed, options.ValidationFraction);
        using var spill = SampleSpill.Within(options.Reading.Budget, table.BytesBeyond);
        using var split = new SplitBuilder(fitter.FeatureCount, columns.Weight is not null, aside, spill);
        split.Fill(scan);
        table.ThrowIfDamaged();
        bool isHead = split.Samples >= options.Reading.RowLimit;
        var label = labels.Settle(options.Positive, isHead);
        if (label.Positive == labels.Found[0]) split.ExchangeLabels();
        var (training, validation) = split.Build(source);
        try
        {
            bool madeLabels = isHead && MakeLabels(training);
            Check(training, source, label, columns.Weight?.Name);
            var schema = StageReport.Encoding(options.Reading.Progress, 2, training, validation, () => fitter.Fit(label, training, validation));
            return cache.Settle(
                new TrainingTable(training, validation, schema, fitter.Notes) { ConstantColumns = fitter.ConstantColumns, HasMadeLabels = madeLabels }, spill);
        }
        catch
        {
            training.Dispose();
            validation?.Dispose();
            throw;
        }
    }

    /// <summary>Reads a table's first rows, and finds out, or estimates, how many it has.</summary>
    /// <param name="source">The table; not a stream, which can be read but once.</param>
    /// <param name="options">As for <see cref="ReadTraining"/>.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="PerceptronException">The table cannot be read, or cannot be learned from as the options say.</exception>
    public static TableEstimate Estimate(TableSource source, TableOptions options, CancellationToken cancellation = default)
    {
        if (source.IsStream)
            throw new PerceptronException(Fault.Options, $"{source} can be read but once, by the training itself; name a file to plan for");
        TrainingTable Read(int rows) =>
            ReadTraining(source, options with { Reading = options.Reading with { RowLimit = rows, NoCache = true, RemoveKept = false } }, cancellation);

        // What it takes to begin is told from what each row takes by reading few rows and many; the first reading of all loads code.
        Read(FewRows).Dispose();
        MemoryBudget.Tidy();
        long start = Stopwatch.GetTimestamp();
        long fewRows;
        using (var begin = Read(FewRows))
            fewRows = RowsOf(begin);
        double few = Stopwatch.GetElapsedTime(start).TotalSeconds;
        MemoryBudget.Tidy();
        start = Stopwatch.GetTimestamp();
        var head = Read(HeadRows);
        double many = Stopwatch.GetElapsedTime(start).TotalSeconds;
        try
        {
            long? rows = null;
            IReadOnlyList<string> files;
            if (source.IsLibSvm)
            {
                files = LibSvmFiles.Of(source);
            }
            else
            {
                using var table = ITable.Open(source, options.Reading with { RowLimit = HeadRows }, cancellation);
                files = table.Files;
                rows = table.CountRows();
            }

            long read = RowsOf(head);
            if (rows is null && !source.IsLibSvm && read < HeadRows) rows = read; // that was all of it
            long estimated = rows ?? Math.Max(read, (long)TextSize.LinesOf(files) - (source.IsLibSvm ? 0 : files.Count)); // less the names
            double seconds = read <= fewRows ? many : few + Math.Max(0, many - few) / (read - fewRows) * (estimated - fewRows);
            return new TableEstimate(head, seconds, estimated, rows is not null, SourceFile.BytesOf(files));
        }
        catch
        {
            head.Dispose();
            throw;
        }
    }

    /// <summary>Reads samples with their labels, as a model's schema has them.</summary>
    /// <param name="source">
    /// The table; the model's columns by name, in any order, and others that are passed over. Labels in a file of their own need no name.
    /// </param>
    /// <param name="schema">The model's schema.</param>
    /// <param name="options">How to read.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="PerceptronException">The table cannot be read, lacks a column, or has another label.</exception>
    public static Dataset ReadLabelled(
        TableSource source, Schema schema, ReadOptions options = default, CancellationToken cancellation = default)
    {
        if (source.IsLibSvm) return LibSvmReader.ReadLabelled(source, schema, options, cancellation);
        if (schema.Sparse is { } sparse) return ReadHashed(source, schema, HashedTableOf(source, sparse), options, cancellation);
        using var table = ITable.Open(source.WithLabelsAs(schema.Label.Column), options, cancellation);
        var columns = ColumnSelection.For(table, source, schema, labelled: true, options.WeightColumn);
        var labels = LabelCodes.Of(schema.Label, source, columns.Label!.Kind == ColumnKind.Category);
        using var scan = new TableScan(table, columns, RowEncoder.Of(schema, source.Name, options.MissingNaN), labels);
        using var spill = SampleSpill.Within(options.Budget, table.BytesBeyond);
        using var builder = new DatasetBuilder(schema.FeatureCount, columns.Weight is not null, spill);
        while (scan.Next())
            scan.WriteTo(builder);
        table.ThrowIfDamaged();
        labels.ThrowIfMissing();
        return builder.Samples > 0 ? builder.Build() : throw NoRows(source);
    }

    /// <summary>Reads samples without labels, in the table's order and in constant memory.</summary>
    /// <param name="source">The table; the model's columns by name, in any order, and others that are passed over.</param>
    /// <param name="schema">The model's schema.</param>
    /// <param name="onBlock">Takes a block of samples, which is overwritten afterwards.</param>
    /// <param name="options">How to read; weights are passed over.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>The number of samples.</returns>
    /// <exception cref="PerceptronException">The table cannot be read, or lacks a column.</exception>
    public static long Stream(
        TableSource source, Schema schema, Action<SampleBlock> onBlock, ReadOptions options = default,
        CancellationToken cancellation = default)
    {
        if (source.IsLibSvm) return LibSvmReader.Stream(source, schema, onBlock, options, cancellation);
        if (schema.Sparse is { } sparse) return StreamHashed(source, schema, HashedTableOf(source, sparse), onBlock, options,
            cancellation);
        using var table = ITable.Open(source, options, cancellation);
        var columns = ColumnSelection.For(table, source, schema, labelled: false, weightColumn: null);
        using var scan = new TableScan(table, columns, RowEncoder.Of(schema, source.Name, options.MissingNaN), labels: null);
        int rowBytes = SampleBlock.StrideFor(schema.FeatureCount) * sizeof(float);
        using var block = new SampleBlock(schema.FeatureCount, Math.Clamp(StreamedBytes / rowBytes, 1, StreamedRows));
        long samples = 0;
        while (scan.Next())
        {
            samples += scan.Rows;
            for (int done = 0; done < scan.Rows;)
            {
                int count = Math.Min(scan.Rows - done, block.Capacity - block.Rows);
                scan.Write(done, new SampleRows(block, block.Append(count), count));
                done += count;
                if (block.Rows == block.Capacity) Flush(block, onBlock);
            }
        }

        if (block.Rows > 0) Flush(block, onBlock);
        table.ThrowIfDamaged();
        return samples;
    }

    private static long RowsOf(TrainingTable table) => table.Training.Samples + (table.Validation?.Samples ?? 0);

    internal static PerceptronException NoRows(TableSource source) =>
        new(Fault.Data, $"{source}: the table has columns but no rows");

    private static HashedTable HashedTableOf(TableSource source, SparseFeatures features) => features.Table
        ?? throw new PerceptronException(Fault.Data,
            $"{source}: the model was trained on a LIBSVM file and takes such files alone; name one that ends in .libsvm "
                + "or .svm, or give --format libsvm");

    private static Dataset ReadHashed(
        TableSource source, Schema schema, HashedTable hashed, ReadOptions options, CancellationToken cancellation)
    {
        using var spill = SampleSpill.Within(options.Budget);
        using var samples = new SparseCollector(spill);
        int count = 0;
        foreach (var block in HashedReader.Read(source, schema, hashed, labelled: true, options, cancellation))
            samples.Add(count++, block);
        return count > 0 ? new Dataset(schema.FeatureCount, options.WeightColumn is not null, samples.Take()) : throw NoRows(source);
    }

    private static long StreamHashed(
        TableSource source, Schema schema, HashedTable hashed, Action<SampleBlock> onBlock, ReadOptions options,
            CancellationToken cancellation)
    {
        long samples = 0;
        foreach (var block in HashedReader.Read(source, schema, hashed, labelled: false, options with { WeightColumn = null },
            cancellation))
        {
            using (block)
            {
                samples += block.Rows;
                onBlock(block);
            }
        }

        return samples;
    }

    private static void Flush(SampleBlock block, Action<SampleBlock> onBlock)
    {
        onBlock(block);
        block.Clear();
    }

    /// <summary>
    /// Where the first rows have one label alone, which those of a table sorted by it have, there must be another to try a training with.
    /// </summary>
    /// <returns>Whether labels were made up.</returns>
    internal static bool MakeLabels(Dataset head)
    {
        if (head.HasBothLabels) return false;
        head.AlternateLabels();
        return true;
    }

    /// <summary>Fails where there is one label alone to learn from, or no weight.</summary>
    /// <param name="training">The training samples.</param>
    /// <param name="source">The table, for messages.</param>
    /// <param name="label">Its label.</param>
    /// <param name="weightColumn">Its column of weights; null where there is none.</param>
    /// <exception cref="PerceptronException">It is so.</exception>
    internal static void Check(Dataset training, TableSource source, LabelSchema label, string? weightColumn)
    {
        if (training.Positives == 0 || training.Positives == training.Samples)
            throw new PerceptronException(Fault.Data,
                $"{source}: all {training.Samples} training samples have one label; set fewer samples aside, or try another seed");
        if (training.TotalWeight <= 0)
            throw new PerceptronException(Fault.Data, $"{source}: the weights of all training samples are 0; at least one must be greater");
        if (!training.HasBothLabels)
            throw new PerceptronException(Fault.Data,
                $"{source}: column \"{weightColumn}\" is 0 for all training samples whose \"{label.Column}\" is "
                + $"{(training.Weighing(1) == 0 ? label.Positive : label.Negative)}, which leaves one label to learn from; give some of them a weight, "
                + "or drop --weight");
    }
}
