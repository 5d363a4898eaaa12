using System.Globalization;
using System.Text;
using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>Tells a table's two labels apart: finds them while training, knows them afterwards.</summary>
/// <param name="column">The label's column.</param>
/// <param name="source">The table.</param>
/// <param name="isText">Whether the column's cells are texts; otherwise they are numbers.</param>
internal sealed unsafe class LabelCodes(string column, TableSource source, bool isText)
{
    private readonly List<string> _labels = [];
    private readonly double[] _numbers = [double.NaN, double.NaN];
    private readonly byte[]?[] _texts = new byte[]?[2]; // as last written, so that most cells need one comparison
    private bool _known;
    private long _missing, _firstMissing;

    /// <summary>The labels found, at most two, in the order in which they came.</summary>
    public IReadOnlyList<string> Labels => _labels;

    /// <summary>A label as text, the same for 1, 1.0 and 1e0.</summary>
    public static string Canonical(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? Canonical(number)
            : text;

    /// <summary>The codes of a model's labels: any other is an error.</summary>
    public static LabelCodes Of(LabelSchema label, TableSource source, bool isText)
    {
        var codes = new LabelCodes(label.Column, source, isText) { _known = true };
        codes.Add(label.Negative);
        codes.Add(label.Positive);
        return codes;
    }

    /// <summary>Writes 0 for the first label, 1 for the second; an empty cell is remembered.</summary>
    public void Encode(in Cells cells, int first, Span<float> labels, long firstRow)
    {
        for (int i = 0; i < labels.Length; i++)
        {
            int row = first + i;
            if (cells.IsValid(row)) labels[i] = isText ? CodeOf(cells.Text(row), firstRow + row) : CodeOf(cells.Numbers[row], firstRow + row);
            else Miss(firstRow + row);
        }
    }

    /// <summary>Throws where labels were missing.</summary>
    public void ThrowIfMissing()
    {
        if (_missing == 0) return;
        throw new PerceptronException(Fault.Data,
            $"{source}: column \"{column}\" is empty in {_missing} {(_missing == 1 ? "row" : "rows")}, first in row {_firstMissing + 1}; "
            + "every sample needs its label: fill these cells, or remove the rows");
    }

    private static string Canonical(double number) => (number == 0 ? 0 : number).ToString(CultureInfo.InvariantCulture);

    private int CodeOf(double number, long row)
    {
        if (number == _numbers[0]) return 0;
        if (number == _numbers[1]) return 1;
        if (!double.IsNaN(number)) return Find(Canonical(number), row);
        Miss(row);
        return 0;
    }

    private int CodeOf(ReadOnlySpan<byte> text, long row)
    {
        if (text.SequenceEqual(_texts[0])) return 0;
        if (text.SequenceEqual(_texts[1])) return 1;
        int code = Find(Canonical(Encoding.UTF8.GetString(text)), row);
        _texts[code] = text.ToArray();
        return code;
    }

    private int Find(string label, long row)
    {
        int code = _labels.IndexOf(label);
        if (code >= 0) return code;
        if (_known)
            throw new PerceptronException(Fault.Data,
                $"{source}: column \"{column}\", row {row + 1} holds \"{label}\", but the model's labels are \"{_labels[0]}\" and \"{_labels[1]}\"");
        if (_labels.Count == 2) ThrowThree(label);
        return Add(label);
    }

    private int Add(string label)
    {
        if (double.TryParse(label, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)) _numbers[_labels.Count] = number;
        _labels.Add(label);
        return _labels.Count - 1;
    }

    private void Miss(long row)
    {
        if (_missing++ == 0) _firstMissing = row;
    }

    private void ThrowThree(string third)
    {
        string name = Sql.Identifier(column);
        string table = source.IsQuery ? "(…)" : Sql.Text(source.Name);
        string value = isText ? Sql.Text(third) : third;
        throw new PerceptronException(Fault.Data,
            $"{source}: column \"{column}\" holds more than two labels, such as \"{_labels[0]}\", \"{_labels[1]}\" and \"{third}\"; make two of them, "
            + $"such as --sql 'SELECT * EXCLUDE ({name}), CASE WHEN {name} = {value} THEN 1 ELSE 0 END AS label FROM {table}' --label label");
    }
}
