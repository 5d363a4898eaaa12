using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>Writes the pieces of SQL that depend on names, paths and kinds.</summary>
internal static class Sql
{
    /// <summary>A column's name, whatever characters it has.</summary>
    public static string Identifier(string name) => $"\"{name.Replace("\"", "\"\"")}\"";

    /// <summary>A column's name for a person to read and copy: in quotes only where it needs them.</summary>
    public static string PlainIdentifier(string name) =>
        name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && !char.IsAsciiDigit(name[0]) ? name : Identifier(name);

    /// <summary>A text constant.</summary>
    public static string Text(string text) => $"'{text.Replace("'", "''")}'";

    /// <summary>What stands after FROM in a query that a message proposes.</summary>
    public static string Table(TableSource source) => source.IsQuery ? "(…)" : Text(source.Name);

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
    public static string Cell(string name, ColumnKind kind)
    {
        string value = $"CAST({Identifier(name)} AS {TypeOf(kind)})";
        return kind switch
        {
            ColumnKind.Boolean => $"CAST({value} AS DOUBLE)",
            ColumnKind.Date => $"epoch_us({value}) / 86400e6",
            ColumnKind.Time => $"epoch_us({value}) / 3600e6",
            _ => value,
        };
    }
}
