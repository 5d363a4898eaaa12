using System.Globalization;
using System.Text;
using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>Tells a table's two labels apart: finds them while training, knows them afterwards.</summary>
internal sealed unsafe class LabelCodes
{
    private static readonly byte[] NoText = [0xFF]; // no UTF-8

    private readonly string _column;
    private readonly TableSource _source;
    private readonly bool _isText;
    private readonly bool _isKnown;
    private readonly List<string> _labels = [];
    private readonly double[] _numbers = [double.NaN, double.NaN];
    private readonly byte[][] _texts = [NoText, NoText]; // as last written, so that most cells need one comparison
    private long _missing, _firstMissing;

    private LabelCodes(string column, TableSource source, bool isText, IEnumerable<string> known)
    {
        _column = column;
        _source = source;
        _isText = isText;
        foreach (string label in known)
            Add(label);
        _isKnown = _labels.Count > 0;
    }

    /// <summary>The labels, at most two, in the order in which they were found.</summary>
    public IReadOnlyList<string> Found => _labels;

    /// <summary>Finds the labels: the first found is 0.</summary>
    /// <param name="column">The label's column.</param>
    /// <param name="source">The table.</param>
    /// <param name="isText">Whether the column's cells are texts; otherwise they are numbers.</param>
    public static LabelCodes Discover(string column, TableSource source, bool isText) => new(column, source, isText, []);

    /// <summary>Knows a model's labels: any other is an error.</summary>
    /// <param name="label">The model's labels.</param>
    /// <param name="source">The table.</param>
    /// <param name="isText">Whether the column's cells are texts; otherwise they are numbers.</param>
    public static LabelCodes Of(LabelSchema label, TableSource source, bool isText) =>
        new(label.Column, source, isText, [label.Negative, label.Positive]);

    /// <summary>Writes 0 for the first label, 1 for the second; an empty cell is remembered.</summary>
    public void Encode(in Cells cells, int first, Span<byte> labels, long firstRow)
    {
        for (int i = 0; i < labels.Length; i++)
        {
            int row = first + i;
            if (!cells.IsValid(row)) Miss(firstRow + row);
            else if (_isText) labels[i] = (byte)CodeOf(cells.Text(row), firstRow + row);
            else labels[i] = (byte)CodeOf(cells.Numbers[row], firstRow + row);
        }
    }

    /// <summary>Throws where labels were missing.</summary>
    public void ThrowIfMissing()
    {
        if (_missing == 0) return;
        string name = Sql.PlainIdentifier(_column);
        string filled = _source.IsQuery ? $"{name} IS NOT NULL" : $"CAST({name} AS VARCHAR) NOT IN ({string.Join(", ", Relation.EmptyTexts.Select(Sql.Text))})";
        string remedy = _source.IsArray ? "" : $" ({ProposedQuery.Of(_source, table => $"SELECT * FROM {table} WHERE {filled}")})";
        throw new PerceptronException(Fault.Data,
            $"{_source}: column \"{_column}\" is empty in {_missing} {(_missing == 1 ? "row" : "rows")}, first in data row {_firstMissing + 1}; "
            + $"every sample needs its label: fill these cells, or leave the rows out{remedy}");
    }

    /// <summary>What stands for a label that the first rows do not hold.</summary>
    public const string Unseen = "(not in the first rows)";

    /// <summary>Names the two labels found.</summary>
    /// <param name="positive">Which is 1; null for the one that sorts last.</param>
    /// <param name="isHead">Whether only the first rows were read, which may hold one label where the table is sorted by it.</param>
    public LabelSchema Settle(string? positive, bool isHead)
    {
        ThrowIfMissing();
        if (_labels.Count == 0) throw TableReader.NoRows(_source);
        if (_labels.Count == 1 && isHead) return new LabelSchema(_column, _labels[0], Unseen);
        if (_labels.Count == 1)
            throw new PerceptronException(Fault.Data,
                $"{_source}: column \"{_column}\" holds one label only, \"{_labels[0]}\"; learning takes samples of two");

        ThrowIfSpeltTwice([.. _labels]); // a and A may be meant
        string last = Compare(_labels[0], _labels[1]) > 0 ? _labels[0] : _labels[1];
        string chosen = positive is null ? last : Canonical(positive);
        if (!_labels.Contains(chosen))
            throw new PerceptronException(Fault.Options,
                $"the positive label \"{positive}\" is none of column \"{_column}\", which holds \"{_labels[0]}\" and \"{_labels[1]}\"");
        return new LabelSchema(_column, _labels[chosen == _labels[0] ? 1 : 0], chosen);
    }

    private static int Compare(string a, string b) =>
        TryNumber(a, out double x) && TryNumber(b, out double y) ? x.CompareTo(y) : string.CompareOrdinal(a, b);

    private static bool TryNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    /// <summary>A label as text, the same for 1, 1.0 and 1e0, and for True and true.</summary>
    private static string Canonical(string text)
    {
        if (TryNumber(text, out double number)) return Canonical(number);
        return bool.TryParse(text, out bool truth) ? (truth ? "true" : "false") : text;
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
        if (_isKnown)
            throw new PerceptronException(Fault.Data,
                $"{_source}: column \"{_column}\", data row {row + 1} holds \"{label}\", "
                + $"but the model's labels are \"{_labels[0]}\" and \"{_labels[1]}\"");
        if (_labels.Count == 2) ThrowThree(label);
        return Add(label);
    }

    private int Add(string label)
    {
        if (TryNumber(label, out double number)) _numbers[_labels.Count] = number;
        _labels.Add(label);
        return _labels.Count - 1;
    }

    private void Miss(long row)
    {
        if (_missing++ == 0) _firstMissing = row;
    }

    /// <summary>Throws where labels are the same but for blanks around them, or of three for upper and lower case.</summary>
    private void ThrowIfSpeltTwice(params string[] labels)
    {
        if (!_isText || _source.IsArray) return;
        string name = Sql.PlainIdentifier(_column), text = $"trim(CAST({name} AS VARCHAR))"; // yes and no are a boolean to DuckDB
        Check("blanks around them", text, label => label.Trim(' '));
        if (labels.Length > 2) Check("blanks or by upper and lower case", $"lower({text})", label => label.Trim(' ').ToLowerInvariant());

        void Check(string difference, string remedy, Func<string, string> of)
        {
            if (labels.GroupBy(of).FirstOrDefault(same => same.Count() > 1)?.ToArray() is not [var one, var other, ..]) return;
            throw new PerceptronException(Fault.Data,
                $"{_source}: column \"{_column}\" holds \"{one}\" and \"{other}\", labels that differ by {difference} only; "
                + (labels.Length == 2 ? "that is one label, and learning takes samples of two"
                    : $"make one of them: {ProposedQuery.Of(_source, table => $"SELECT * REPLACE ({remedy} AS {name}) FROM {table}")}"));
        }
    }

    private void ThrowThree(string third)
    {
        ThrowIfSpeltTwice([.. _labels, third]);
        string name = Sql.PlainIdentifier(_column);
        double[] numbers = [.. new[] { _labels[0], _labels[1], third }.Select(label => TryNumber(label, out double number) ? number : double.NaN).Order()];
        bool isAmount = !_isText && numbers.Any(number => number != Math.Floor(number)); // no code of a class: it is cut in two
        string positive = isAmount ? $"> {Canonical(numbers[1])}" : $"{(_source.IsArray ? "==" : "=")} {Literal(third)}";
        string remedy = _source.IsArray
            ? $"y = (y {positive})"
            : $"{ProposedQuery.Of(_source, table => $"SELECT * EXCLUDE ({name}), CASE WHEN {name} {positive} THEN 1 WHEN {name} IS NOT NULL THEN 0 END AS label FROM {table}")} --label label";
        // The third may be a slip of the pen.
        string rest = _source.IsArray || isAmount ? ""
            : $", or leave out the rows of any but two: {ProposedQuery.Of(_source, table => $"SELECT * FROM {table} WHERE {name} IN ({Literal(_labels[0])}, {Literal(_labels[1])})")}";
        throw new PerceptronException(Fault.Data,
            $"{_source}: column \"{_column}\" holds more than two labels, such as \"{_labels[0]}\", \"{_labels[1]}\" "
            + $"and \"{third}\"; make two of them: {remedy}{rest}");

        string Literal(string label) => _isText ? Sql.Text(label) : label;
    }
}
