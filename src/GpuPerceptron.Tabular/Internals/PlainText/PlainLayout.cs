using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Internals.PlainText;

/// <summary>Which of a delimited file's columns are read, and as what.</summary>
internal sealed class PlainLayout
{
    /// <param name="delimiter">Between two fields.</param>
    /// <param name="fields">Fields in a line.</param>
    /// <param name="columns">What is read: the field's place, and the kind that it is read as, one for which <see cref="Takes"/>.</param>
    public PlainLayout(char delimiter, int fields, IReadOnlyList<(int Field, ColumnKind Kind)> columns)
    {
        Delimiter = (byte)delimiter;
        Columns = columns.Count;
        HasTexts = columns.Any(column => column.Kind == ColumnKind.Category);
        Parts = new FieldPart[fields];
        Array.Fill(Parts, new FieldPart(-1, ColumnKind.Category));
        for (int i = 0; i < columns.Count; i++)
            Parts[columns[i].Field] = new FieldPart(i, columns[i].Kind);
    }

    public byte Delimiter { get; }

    /// <summary>Columns that are read.</summary>
    public int Columns { get; }

    public bool HasTexts { get; }

    /// <summary>What each field of a line becomes.</summary>
    public FieldPart[] Parts { get; }

    /// <summary>Whether columns of a kind can be read without DuckDB.</summary>
    public static bool Takes(ColumnKind kind) => kind is ColumnKind.Number or ColumnKind.Category or ColumnKind.Boolean or ColumnKind.Date;
}

/// <summary>What a field becomes.</summary>
/// <param name="Column">The column; −1 where it is passed over.</param>
/// <param name="Kind">What the column holds.</param>
internal readonly record struct FieldPart(int Column, ColumnKind Kind);
