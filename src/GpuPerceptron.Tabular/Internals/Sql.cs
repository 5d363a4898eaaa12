using System.Collections.Frozen;
using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>Writes the pieces of SQL that depend on names, paths and kinds.</summary>
internal static class Sql
{
    /// <summary>A column's name, whatever characters it has.</summary>
    public static string Identifier(string name) => $"\"{name.Replace("\"", "\"\"")}\"";

    // The words that duckdb_keywords() calls reserved, or names of types and functions: none names a column as it stands.
    private static readonly FrozenSet<string> Keywords = (
        "all analyse analyze and anti any array as asc asof asymmetric at authorization binary both by case cast check collate "
        + "collation column concurrently constraint create cross default deferrable desc describe distinct do else end except false "
        + "fetch for foreign freeze from full glob group having ilike in initially inner intersect into is isnull join lambda lateral "
        + "leading left like limit natural not notnull null offset on only or order outer overlaps pivot pivot_longer pivot_wider "
        + "placing positional primary qualify references returning right select semi show similar some summarize symmetric table "
        + "tablesample then to trailing true union unique unpack unpivot using variadic verbose when where window with")
        .Split(' ').ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>A column's name for a person to read and copy: in quotes only where it needs them.</summary>
    public static string PlainIdentifier(string name) =>
        name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && !char.IsAsciiDigit(name[0]) && !Keywords.Contains(name)
            ? name : Identifier(name);

    /// <summary>A text constant. A query ends at a NUL, wherever it stands.</summary>
    public static string Text(string text) => $"'{text.Replace("'", "''").Replace("\0", "' || chr(0) || '")}'";

    /// <summary>A list of text constants.</summary>
    public static string Texts(IEnumerable<string> texts) => $"[{string.Join(", ", texts.Select(Text))}]";

    /// <summary>A struct constant of names and types, as the readers of files take them.</summary>
    public static string Types(IEnumerable<KeyValuePair<string, ColumnKind>> columns) =>
        $"{{{string.Join(", ", columns.Select(column => $"{Text(column.Key)}: '{TypeOf(column.Value)}'"))}}}";

    /// <summary>The type that holds a kind of column.</summary>
    public static string TypeOf(ColumnKind kind) => kind switch
    {
        ColumnKind.Number => "DOUBLE",
        ColumnKind.Boolean => "BOOLEAN",
        ColumnKind.Date => "TIMESTAMP",
        ColumnKind.Time => "TIME",
        _ => "VARCHAR",
    };

    /// <summary>A column's value as encoders take it: a text for a category, else a DOUBLE in the feature's unit.</summary>
    public static string Cell(string name, ColumnKind kind) =>
        InUnits($"CAST({Identifier(name)} AS {TypeOf(kind)})", kind);

    /// <summary>The same of a column of texts that hold dates as YYYY-MM-DD, with a time perhaps; any other text is an error.</summary>
    /// <param name="name">The column's name.</param>
    /// <param name="fault">What the error says of the text, after naming it: up to a format that it may have, and after that.</param>
    public static string DateCell(string name, (string Before, string After) fault)
    {
        // The cast takes 01/02/03 for the third of February in the year 1. It reads zones only on the way to a TIMESTAMPTZ.
        string cell = Identifier(name);
        string message = $"{Text($"column \"{name}\" holds \"")} || {cell} || {Text($"\", {fault.Before}")} || {DateFormat(cell)} || {Text(fault.After)}";
        return InUnits(
            $"CASE WHEN {cell} IS NULL OR ltrim({cell}) LIKE '____-%' THEN CAST(CAST({cell} AS TIMESTAMPTZ) AS TIMESTAMP) "
            + $"ELSE CAST(error({message}) AS TIMESTAMP) END", ColumnKind.Date);
    }

    /// <summary>
    /// The format, as strptime takes it, that a date other than YYYY-MM-DD seems to have: by its signs, and the month first only where the
    /// second number can be none.
    /// </summary>
    private static string DateFormat(string cell) => $$"""
        CASE WHEN regexp_matches({{cell}}, '^\s*[0-9]+[- ][A-Za-z]+[- ][0-9]') THEN replace('%d-' || {{Month(cell)}} || '-%' ||
                CASE WHEN regexp_matches({{cell}}, '[0-9]{4}') THEN 'Y' ELSE 'y' END, '-', regexp_extract({{cell}}, '[- ]'))
            WHEN regexp_matches({{cell}}, '^\s*[A-Za-z]+ [0-9]+, [0-9]{4}') THEN {{Month(cell)}} || ' %d, %Y'
            ELSE replace(CASE WHEN regexp_matches({{cell}}, '^\s*[0-9]{4}') THEN '%Y/%m/%d'
                WHEN regexp_matches({{cell}}, '^\s*[0-9]+[./-](1[3-9]|[23][0-9])') THEN '%m/%d/' ELSE '%d/%m/' END,
            '/', coalesce(nullif(regexp_extract({{cell}}, '[0-9]([./-])[0-9]', 1), ''), '/'))
        || CASE WHEN regexp_matches({{cell}}, '^\s*[0-9]{4}') THEN '' WHEN regexp_matches({{cell}}, '[./-][0-9]{4}') THEN '%Y' ELSE '%y' END END
        || CASE WHEN regexp_matches({{cell}}, '(?i):.*:.*[ap]m') THEN ' %I:%M:%S %p' WHEN regexp_matches({{cell}}, '(?i):.*[ap]m') THEN ' %I:%M %p'
                WHEN regexp_matches({{cell}}, ':.*:') THEN ' %H:%M:%S' WHEN regexp_matches({{cell}}, ':') THEN ' %H:%M' ELSE '' END
        """;

    private static string Month(string cell) => $"CASE WHEN length(regexp_extract({cell}, '[A-Za-z]+')) > 3 THEN '%B' ELSE '%b' END";

    private static string InUnits(string value, ColumnKind kind) => kind switch
    {
        ColumnKind.Boolean => $"CAST({value} AS DOUBLE)",
        ColumnKind.Date => $"epoch_us({value}) / 86400e6",
        ColumnKind.Time => $"epoch_us({value}) / 3600e6",
        _ => value,
    };
}
