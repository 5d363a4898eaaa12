using GpuPerceptron.Data;
using GpuPerceptron.Diagnostics.Findings;
using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>
/// Fits a schema in one read: columns are first stored by a provisional code, statistics are taken of that, and the matrix
/// is then recoded in place by what they say.
/// </summary>
internal sealed class SchemaFitter
{
    private const int NamesShown = 10;
    private const int MostPairs = 3; // a note each

    private readonly TableSource _source;
    private readonly TableOptions _options;
    private readonly IReadOnlyList<ColumnRequest> _columns;
    private readonly Dictionary<string, CategoryLevels> _levels;
    private readonly ColumnEncoder[] _encoders;

    public SchemaFitter(
        TableSource source, TableOptions options, IReadOnlyList<ColumnRequest> columns, Dictionary<string, CategoryLevels> levels)
    {
        _source = source;
        _options = options;
        _columns = columns;
        _levels = levels;
        _encoders = new ColumnEncoder[columns.Count];
        for (int i = 0; i < columns.Count; i++)
        {
            string name = columns[i].Name;
            if (!levels.TryGetValue(name, out var category))
            {
                _encoders[i] = new NumberEncoder(name, FeatureCount++, code: null, source.Name, options.Reading.MissingNaN);
                continue;
            }

            var codes = category.Features.Select(_ => FeatureCode.Provisional).ToArray();
            _encoders[i] = new CategoryEncoder(name, FeatureCount, category.Reference, category.Features, codes);
            FeatureCount += codes.Length;
        }

        Encoder = new RowEncoder(_encoders);
    }

    /// <summary>Stores rows by the provisional code.</summary>
    public RowEncoder Encoder { get; }

    /// <summary>Features before constant ones are left out.</summary>
    public int FeatureCount { get; }

    /// <summary>What the user may not expect.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Columns that say nothing, and so are in no schema.</summary>
    public IReadOnlyList<string> ConstantColumns { get; private set; } = [];

    /// <summary>Takes the training samples' statistics and recodes all samples by them.</summary>
    public Schema Fit(LabelSchema label, Dataset training, Dataset? validation)
    {
        var statistics = ColumnStatistics.Compute(training);
        var columns = new List<ColumnSchema>();
        var kept = new List<int>();
        var offsets = new List<double>();
        var rowNumbers = new RowNumbers(statistics, training.Samples, validation);
        var numbering = new List<string>();
        for (int i = 0; i < _columns.Count; i++)
        {
            var encoder = _encoders[i];
            var levels = _levels.GetValueOrDefault(encoder.Name);
            double offset = (encoder as NumberEncoder)?.Code.Offset ?? 0;
            var features = new List<FeatureSchema>();
            var lost = new List<int>();
            int count = levels?.Features.Count ?? 1;
            for (int j = 0; j < count; j++)
            {
                int index = encoder.FirstFeature + j;
                if (statistics.IsConstant(index) || !(statistics.StandardDeviation[index] > 0))
                {
                    lost.Add(j);
                    continue;
                }

                if (levels is null && rowNumbers.Are(index)) numbering.Add(encoder.Name);
                kept.Add(index);
                offsets.Add(offset);
                features.Add(Feature(encoder.Name, levels, j, offset + statistics.Mean[index], statistics.StandardDeviation[index]));
            }

            if (features.Count == 0) continue;
            if (validation is not null && lost.Count > 0) ForgetLevels(validation, encoder.FirstFeature, levels!.Features, lost);
            columns.Add(new ColumnSchema(encoder.Name, _columns[i].Kind, statistics.Missing[encoder.FirstFeature], features, levels?.Reference));
        }

        if (columns.Count == 0) throw NothingVaries();
        var schema = new Schema(label, columns, _options.Standardize)
        {
            Centered = _options.Center && !_options.Standardize,
            Scaled = _options.Scale && !_options.Standardize,
        };
        Recode([.. kept], [.. offsets], statistics, schema, training, validation);
        TakeNotes(columns, numbering);
        return schema;
    }

    private static FeatureSchema Feature(string column, CategoryLevels? levels, int index, double mean, double deviation)
    {
        if (levels is null) return new FeatureSchema(column, mean, deviation);
        return levels.Features[index] is { } level
            ? new FeatureSchema($"{column}={level}", mean, deviation, level)
            : new FeatureSchema($"{column}=(other)", mean, deviation, IsOther: true);
    }

    private static void Recode(
        int[] keep, double[] offsets, ColumnStatistics statistics, Schema schema, Dataset training, Dataset? validation)
    {
        // Stored is x − offset: either its mean goes, or the offset comes back.
        double[] subtract = [.. schema.Features.Select((feature, j) => schema.TakesMeanOf(feature) ? statistics.Mean[keep[j]] : -offsets[j])];
        double[] factor = schema.Factors();
        float[] missing = [.. schema.Features.Select(feature => FeatureCode.Of(feature, schema).Missing)];
        training.Transform(keep, subtract, factor, missing);
        validation?.Transform(keep, subtract, factor, missing);
    }

    /// <summary>
    /// Levels that no training sample has get no feature, so that validation samples with them count like any unknown level:
    /// as one of the others where these share a feature, else as missing.
    /// </summary>
    private static void ForgetLevels(Dataset validation, int first, IReadOnlyList<string?> levels, List<int> lost)
    {
        int other = levels[^1] is null && !lost.Contains(levels.Count - 1) ? levels.Count - 1 : -1;
        validation.Update(block =>
        {
            for (int row = 0; row < block.Rows; row++)
            {
                var features = block.Row(row).Slice(first, levels.Count);
                if (!IsAnySet(features, lost)) continue;
                if (other >= 0) features[other] = 1f;
                else features.Fill(float.NaN);
            }
        });
    }

    private static bool IsAnySet(Span<float> features, List<int> indices)
    {
        foreach (int index in indices)
        {
            if (features[index] == 1f) return true;
        }

        return false;
    }

    private void TakeNotes(List<ColumnSchema> columns, List<string> numbering)
    {
        var kept = columns.Select(column => column.Name).ToHashSet();
        var constant = _columns.Select(column => column.Name).Where(name => !kept.Contains(name)).ToList();
        ConstantColumns = constant;
        if (constant.Count > 0)
            Notes.Add($"left out, because all training samples have the same value or none: {List(constant)}");

        var texts = columns.Where(column => column.Kind == ColumnKind.Category).Select(column => column.Name)
            .Select((name, i) => $"{name} ({_levels[name].Distinct}{(i == 0 ? " levels" : "")})").ToList();
        if (texts.Count > 0)
            Notes.Add($"texts become one feature a level but the most frequent: {List(texts)}");
        Notes.AddRange(columns.Where(column => column.Kind == ColumnKind.Category)
            .Select(column => NumberPairs.NoteOn(_source, column.Name, _levels[column.Name])).OfType<string>().Take(MostPairs));

        var missing = columns.Where(column => column.Missing > 0).Select(column => $"{column.Name} ({column.Missing})").ToList();
        if (missing.Count > 0)
            Notes.Add($"missing values count as the training mean: {List(missing)}");

        var rare = columns.Where(column => column.Features[^1].IsOther).Select(column => column.Name)
            .Select(name => $"{name} ({_levels[name].Distinct - _levels[name].Kept.Count})").ToList();
        if (rare.Count > 0)
            Notes.Add($"rare levels share one feature: {List(rare)}");

        if (numbering.Count > 0)
            Notes.Add($"{List(numbering)} {(numbering.Count == 1 ? "numbers" : "number")} the rows; unless their order tells something, as a time "
                + $"would, leave such a column out ({FeatureNames.Exclude(numbering)})");
    }

    private static string List(List<string> names) => names.Count <= NamesShown
        ? string.Join(", ", names)
        : $"{string.Join(", ", names.Take(NamesShown))} and {names.Count - NamesShown} more";

    /// <summary>The error of a table whose columns are all constant.</summary>
    public PerceptronException NothingVaries() => new(Fault.Data,
        $"{_source}: no column is left to learn from, for all training samples have the same value or none in each: "
        + $"{List([.. _columns.Select(column => column.Name)])}");
}
