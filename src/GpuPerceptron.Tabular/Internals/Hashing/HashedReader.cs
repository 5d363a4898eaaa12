using GpuPerceptron.Data;
using GpuPerceptron.Models;
using GpuPerceptron.Tabular.Internals.Encoded;

namespace GpuPerceptron.Tabular.Internals.Hashing;

/// <summary>Reads tables into sparse samples, their texts hashed, in one read.</summary>
internal static class HashedReader
{
    /// <summary>Fits a schema to a table and reads its samples.</summary>
    public static TrainingTable ReadTraining(TableSource source, TableOptions options, int bits, CancellationToken cancellation)
    {
        using var table = ITable.Open(source, options.Reading, cancellation);
        var cache = new TableCache(table.Files, source, options);
        if (cache.Open() is { } kept) return kept;
        var columns = ColumnSelection.For(table, source, options);
        NumberEncoder?[] numbers = [.. columns.Features.Select(column => column.Kind == ColumnKind.Category
            ? null : new NumberEncoder(column.Name, 0, code: null, source.Name, options.Reading.MissingNaN))];
        int features = columns.Features.Count + (1 << bits);
        var labels = LabelCodes.Discover(options.Label, source, columns.Label!.Kind == ColumnKind.Category);
        using var scan = new HashedScan(table, columns, bits, labels, numbers);
        using var spill = SampleSpill.Within(options.Reading.Budget, table.BytesBeyond);
        using var samples = new SparseCollector(spill);
        for (int i = 0; scan.Next(features) is { } block; i++)
            samples.Add(i, block);
        table.ThrowIfDamaged();
        var blocks = samples.Take();
        Dataset? training = null, validation = null;
        try
        {
            bool isHead = blocks.Sum(block => block.Rows) >= options.Reading.RowLimit;
            var label = labels.Settle(options.Positive, isHead);
            if (label.Positive == labels.Found[0]) blocks.ForEach(block => block.ChangeLabels(static code => (byte)(1 - code)));
            training = new Dataset(features, columns.Weight is not null, blocks);
            (training, validation) = SparseFitter.Split(source, training, options, isHead, out bool madeLabels);
            TableReader.Check(training, source, label, columns.Weight?.Name);

            double[] means = Center(training, validation, numbers, options.Standardize);
            var (indices, scales, constant) = SparseFitter.Fit(source, training, validation, options);
            var hashed = new HashedTable(
                bits, [.. columns.Features.Select((column, j) => new HashedColumn(column.Name, column.Kind, means[j]))]);
            if (!options.Standardize) SetDeviations(training, indices, scales, hashed);
            var schema = SparseFitter.SchemaOf(label, new SparseFeatures(indices, scales, firstIndex: 0, hashed),
                options.Standardize);
            string[] texts = [.. hashed.Columns.Where(column => column.Kind == ColumnKind.Category).Select(column => column.Name)];
            return cache.Settle(new TrainingTable(training, validation, schema, [.. Notes()]) { HasMadeLabels = madeLabels }, spill);

            IEnumerable<string> Notes()
            {
                yield return $"texts are hashed to {bits} bits: "
                    + $"{(texts.Length == 0 ? "there are none" : string.Join(", ", texts))}";
                yield return SparseFitter.Describe(indices.Length, training);
                if (scan.Missing.Sum() is > 0 and var missing)
                    yield return $"{SparseFitter.Count(missing)} missing numbers count as the training mean of their columns";
                if (constant > 0)
                    yield return $"{SparseFitter.Count(constant)} features are left out, because all training samples have the "
                        + "same value";
            }
        }
        catch
        {
            blocks.ForEach(block => block.Dispose());
            training?.Dispose();
            validation?.Dispose();
            throw;
        }
    }

    /// <summary>Reads samples as a model's schema has them, block by block; a block is the caller's.</summary>
    /// <param name="source">The table; the model's columns by name, in any order.</param>
    /// <param name="schema">The model's schema.</param>
    /// <param name="hashed">How it was hashed.</param>
    /// <param name="labelled">Whether the label is read, too.</param>
    /// <param name="options">How to read.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public static IEnumerable<SampleBlock> Read(
        TableSource source, Schema schema, HashedTable hashed, bool labelled, ReadOptions options, CancellationToken cancellation)
    {
        var features = schema.Sparse!;
        var columnOf = features.ColumnByIndex();
        double[] factors = [.. features.Scales.ToArray().Select(scale => 1 / scale)];
        using var table = ITable.Open(labelled ? source.WithLabelsAs(schema.Label.Column) : source, options, cancellation);
        // The columns as a schema of a dense table would name them.
        var named = schema with
        {
            Columns = [.. hashed.Columns.Select(column => new ColumnSchema(column.Name, column.Kind, Missing: 0, []))],
        };
        var columns = ColumnSelection.For(table, source, named, labelled, options.WeightColumn);
        NumberEncoder?[] numbers = [.. hashed.Columns.Select(column =>
        {
            var code = FeatureCode.Of(new FeatureSchema(column.Name, column.Mean, StandardDeviation: 1), schema);
            return column.Kind == ColumnKind.Category ? null
                : new NumberEncoder(column.Name, 0, code, source.Name, options.MissingNaN);
        })];
        var labels = labelled ? LabelCodes.Of(schema.Label, source, columns.Label!.Kind == ColumnKind.Category) : null;
        using var scan = new HashedScan(table, columns, hashed.Bits, labels, numbers);
        while (scan.Next(schema.FeatureCount) is { } block)
        {
            block.Sparse!.Renumber(columnOf);
            if (schema.Standardized) block.Sparse.Scale(factors);
            yield return block;
        }

        table.ThrowIfDamaged();
        labels?.ThrowIfMissing();
    }

    /// <summary>
    /// Takes the training mean from the columns of numbers, or gives back what was taken while reading; a gap gets the mean.
    /// </summary>
    /// <returns>By column the mean; 0 for texts.</returns>
    private static unsafe double[] Center(Dataset training, Dataset? validation, NumberEncoder?[] numbers, bool standardize)
    {
        double[] sums = new double[numbers.Length], counts = new double[numbers.Length];
        foreach (var block in training.Read())
        {
            ForEachNumber(block, numbers.Length, (column, value) =>
            {
                if (float.IsNaN(*value)) return;
                sums[column] += *value;
                counts[column]++;
            });
        }

        double[] offsets = [.. numbers.Select(encoder => encoder?.Code.Offset ?? 0)];
        double[] stored = [.. sums.Zip(counts, (sum, count) => sum / Math.Max(1, count))];
        foreach (var dataset in new[] { training, validation })
        {
            dataset?.Update(block => ForEachNumber(block, numbers.Length, (column, value) =>
            {
                double x = float.IsNaN(*value) ? stored[column] : *value;
                *value = (float)(standardize ? x - stored[column] : x + offsets[column]);
            }));
        }

        return [.. stored.Zip(offsets, (mean, offset) => mean + offset)];
    }

    /// <summary>The standard deviations of numbers that were left as they are, from their mean squares.</summary>
    private static void SetDeviations(Dataset training, int[] indices, double[] scales, HashedTable hashed)
    {
        var columns = new Dictionary<int, double>();
        for (int column = 0; column < indices.Length; column++)
        {
            if (indices[column] < hashed.FirstHash) columns.Add(column, 0);
        }

        foreach (var block in training.Read())
        {
            for (int row = 0; row < block.Rows; row++)
            {
                var places = block.Sparse!.ColumnsOf(row);
                for (int k = 0; k < places.Length; k++)
                {
                    if (!columns.ContainsKey(places[k])) continue;
                    double deviation = block.Sparse.ValuesOf(row)[k] - hashed.Columns[indices[places[k]]].Mean;
                    columns[places[k]] += deviation * deviation;
                }
            }
        }

        foreach (var (column, squares) in columns)
            scales[column] = squares > 0 ? Math.Sqrt(squares / training.Samples) : 1;
    }

    private unsafe delegate void NumberAction(int column, float* value);

    private static unsafe void ForEachNumber(SampleBlock block, int columns, NumberAction action)
    {
        var rows = block.Sparse!;
        for (long k = 0; k < rows.NonZeros; k++)
        {
            if (rows.Columns[k] < columns) action(rows.Columns[k], rows.Values + k);
        }
    }
}
