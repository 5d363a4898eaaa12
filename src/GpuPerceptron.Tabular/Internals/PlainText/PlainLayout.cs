namespace GpuPerceptron.Tabular.Internals.PlainText;

/// <summary>Which of a delimited file's columns are read, and as what.</summary>
internal sealed class PlainLayout
{
    /// <param name="delimiter">Between two fields.</param>
    /// <param name="fields">Fields in a line.</param>
    /// <param name="columns">What is read: the field's place, and whether it is a text or else a number.</param>
    public PlainLayout(char delimiter, int fields, IReadOnlyList<(int Field, bool IsText)> columns)
    {
        Delimiter = (byte)delimiter;
        Columns = columns.Count;
        HasTexts = columns.Any(column => column.IsText);
        Parts = new FieldPart[fields];
        Array.Fill(Parts, new FieldPart(-1, false));
        for (int i = 0; i < columns.Count; i++)
            Parts[columns[i].Field] = new FieldPart(i, columns[i].IsText);
    }

    public byte Delimiter { get; }

    /// <summary>Columns that are read.</summary>
    public int Columns { get; }

    public bool HasTexts { get; }

    /// <summary>What each field of a line becomes.</summary>
    public FieldPart[] Parts { get; }
}

/// <summary>What a field becomes.</summary>
/// <param name="Column">The column; −1 where it is passed over.</param>
/// <param name="IsText">Whether the column holds texts; otherwise numbers.</param>
internal readonly record struct FieldPart(int Column, bool IsText);
