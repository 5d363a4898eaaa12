using GpuPerceptron.Diagnostics;
using GpuPerceptron.Diagnostics.Findings;
using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>Which of a table's columns play which part.</summary>
/// <param name="Features">In the table's order.</param>
/// <param name="Label">The column to be predicted; null where there is none.</param>
/// <param name="Weight">The column of sample weights; null where every weight is 1.</param>
internal sealed record ColumnSelection(
    IReadOnlyList<ColumnRequest> Features, ColumnRequest? Label, ColumnRequest? Weight)
{
    private const int NamesShown = 10;

    /// <summary>What is read: the features, then the label, then the weights, each where there is one.</summary>
    public IReadOnlyList<ColumnRequest> Requests =>
        [.. Features, .. new[] { Label, Weight }.OfType<ColumnRequest>()];

    /// <summary>The columns that a training's options ask for.</summary>
    public static ColumnSelection For(ITable table, TableSource source, TableOptions options)
    {
        var label = Require(table, source, options.Label);
        if (options.Label == options.Reading.WeightColumn)
            throw new PerceptronException(Fault.Options, $"column \"{options.Label}\" cannot be both the label and the sample weights");
        var weight = options.Reading.WeightColumn is { } name ? Require(table, source, name) : null;
        var exclude = options.Exclude.Select(excluded => Require(table, source, excluded)).ToHashSet();
        exclude.Add(label);
        if (weight is not null) exclude.Add(weight);
        var include = options.Features?.Select(feature => Require(table, source, feature)).ToHashSet();
        if (include?.FirstOrDefault(exclude.Contains) is { } both)
            throw new PerceptronException(Fault.Options,
                $"column \"{both.Name}\" cannot be a feature: it is the label, the sample weights, or excluded");

        var features = table.Columns
            .Where(column => !exclude.Contains(column) && include?.Contains(column) != false)
            .Select(column => Feature(column, source))
            .ToList();
        if (features.Count == 0) throw new PerceptronException(Fault.Data, $"{source}: there is no column left to learn from");
        return new ColumnSelection(features, LabelRequest(label, source), WeightRequest(weight));
    }

    /// <summary>The columns that a model asks for; without a label where the table is to be predicted.</summary>
    public static ColumnSelection For(ITable table, TableSource source, Schema schema, bool labelled, string? weightColumn)
    {
        var names = schema.Columns.Select(column => column.Name);
        var missing = (labelled ? names.Append(schema.Label.Column) : names).Where(name => table.Find(name) is null).ToList();
        if (missing.Count > 0)
            throw new PerceptronException(Fault.Data,
                $"{source}: {missing.Count} {(missing.Count == 1 ? "column" : "columns")} that the model needs "
                + $"{(missing.Count == 1 ? "is" : "are")} missing: {string.Join(", ", missing)}; the table has {List(table)}{NoNames(table)}");

        return new ColumnSelection(
            [.. schema.Columns.Select(column => new ColumnRequest(column.Name, Matching(table.Find(column.Name)!, column, source)))],
            labelled ? LabelRequest(table.Find(schema.Label.Column)!, source) : null,
            WeightRequest(weightColumn is null ? null : Require(table, source, weightColumn)));
    }

    /// <summary>The same columns, of which those that seemed to hold texts are numbers but for the ones named.</summary>
    public ColumnSelection WithTexts(IReadOnlyCollection<string> names) => this with
    {
        Features = [.. Features.Select(column =>
            column.Kind == ColumnKind.Category && !names.Contains(column.Name) ? column with { Kind = ColumnKind.Number } : column)],
    };

    private static ColumnRequest Feature(TableColumn column, TableSource source) => column.Kind is { } kind
        ? new ColumnRequest(column.Name, kind)
        : throw new PerceptronException(Fault.Data,
            $"{source}: column \"{column.Name}\" is of type {column.Type}, which can be no feature; "
            + $"leave it out ({FeatureNames.Exclude([column.Name])}), or make numbers or texts of it (--sql)");

    private static ColumnKind Matching(TableColumn column, ColumnSchema schema, TableSource source) =>
        column.Kind is { } kind && IsReadable(kind, schema.Kind)
            ? schema.Kind
            : throw new PerceptronException(Fault.Data,
                $"{source}: column \"{column.Name}\" is of type {column.Type}, but the model was trained on one of kind {schema.Kind}");

    // What a text holds shows when it is read: it may say a number or a date.
    private static bool IsReadable(ColumnKind kind, ColumnKind wanted) =>
        kind == wanted || kind == ColumnKind.Category || wanted == ColumnKind.Category
        || (kind is ColumnKind.Number or ColumnKind.Boolean && wanted is ColumnKind.Number or ColumnKind.Boolean);

    // A label's numbers are compared as numbers (1.0 is 1), all else as text (true, false, a date).
    private static ColumnRequest LabelRequest(TableColumn column, TableSource source) => column.Kind is { } kind
        ? new ColumnRequest(column.Name, kind == ColumnKind.Number ? ColumnKind.Number : ColumnKind.Category)
        : throw new PerceptronException(Fault.Data, $"{source}: column \"{column.Name}\" is of type {column.Type}, which can be no label");

    private static ColumnRequest? WeightRequest(TableColumn? column) =>
        column is null ? null : new ColumnRequest(column.Name, ColumnKind.Number);

    private static TableColumn Require(ITable table, TableSource source, string name)
    {
        if (table.Find(name) is { } column) return column;
        string hint = NearName.Of(name, table.Columns.Select(other => other.Name)) is { } nearest
            ? $"did you mean \"{nearest}\"?"
            : $"it has {List(table)}";
        throw new PerceptronException(Fault.Data, $"{source}: there is no column \"{name}\"; {hint}{NoNames(table)}{OneColumn(table, source)}");
    }

    /// <summary>What to do about a comment before the names.</summary>
    public static string IfComment(TableSource source) => source.IsStream
        ? "if the first line is a comment, leave it out"
        : $"if the first line is a comment, say so ({ReadCsv(source, "comment = '#'")})";

    /// <summary>What the first line of a delimited file may be that is taken for one name.</summary>
    private static string OneColumn(ITable table, TableSource source)
    {
        if (source.IsArray || table is not { Columns: [{ Name: var name }], Files: [var file, ..] } || FileSet.FormatOf(file) != TableFormat.Csv) return "";
        return name.StartsWith('#') ? $"; {IfComment(source)}"
            : name.Contains(' ') ? $"; if a blank stands between columns, say so ({ReadCsv(source, "delim = ' '")})"
            : "";
    }

    private static string ReadCsv(TableSource source, string option) =>
        ProposedQuery.Of(source, table => $"SELECT * FROM {table}", option);

    private static string NoNames(ITable table) => table.LacksNames
        ? " (its first line holds numbers alone, so it was taken for a sample and not for names; put a line of names before it)"
        : "";

    private static string List(ITable table)
    {
        string names = string.Join(", ", table.Columns.Take(NamesShown).Select(column => column.Name));
        return table.Columns.Count <= NamesShown ? names : $"{names} and {table.Columns.Count - NamesShown} more";
    }
}
