using System.Globalization;
using System.Text;
using GpuPerceptron.Data;
using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Internals.LibSvm;

/// <summary>What became of a chunk's lines.</summary>
internal sealed class ParsedLines
{
    /// <summary>The samples, by the file's own indices; a label is its place among <see cref="FoundLabels"/>.</summary>
    public required SampleBlock Samples { get; init; }

    /// <summary>The labels found, at most two, in the order of the lines.</summary>
    public required double[] FoundLabels { get; init; }

    /// <summary>The line of each label's first occurrence.</summary>
    public required long[] LabelLines { get; init; }

    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>The least index; <see cref="int.MaxValue"/> where there is none.</summary>
    public required int LeastIndex { get; init; }

    /// <summary>The greatest index; −1 where there is none.</summary>
    public required int GreatestIndex { get; init; }
}

/// <summary>
/// Reads lines of the form <c>label [qid:n] index:value index:value … [# comment]</c>, with ascending indices.
/// </summary>
internal static unsafe class LineParser
{
    /// <summary>Parses a chunk.</summary>
    /// <param name="chunk">Whole lines.</param>
    /// <param name="labelled">Whether the labels matter; otherwise whatever stands in their place is passed over, or
    /// missing.</param>
    /// <exception cref="PerceptronException">A line is not of the form, or there is a third label.</exception>
    public static ParsedLines Parse(TextChunk chunk, bool labelled)
    {
        var text = chunk.Text.AsSpan(0, chunk.Length);
        int lines = text.Count((byte)'\n') + 1;
        var rows = new SparseRows(lines, text.Count((byte)':'));
        try
        {
            fixed (byte* start = text)
                return new Cursor(chunk, start, rows, labelled).Run(lines);
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    private ref struct Cursor(TextChunk chunk, byte* start, SparseRows rows, bool labelled)
    {
        private readonly byte* _end = start + chunk.Length;
        private byte* _p = chunk.FirstLine == 1 && new ReadOnlySpan<byte>(start, chunk.Length).StartsWith("\uFEFF"u8) ? start + 3 : start; // a byte order mark
        private long _line = chunk.FirstLine;
        private double _firstLabel = double.NaN, _secondLabel = double.NaN;
        private long _firstLabelLine, _secondLabelLine;
        private int _least = int.MaxValue, _greatest = -1;

        public ParsedLines Run(int lines)
        {
            byte[] labels = new byte[lines];
            long* starts = rows.Starts;
            int* columns = rows.Columns;
            float* values = rows.Values;
            int row = 0;
            long count = 0;
            for (; _p < _end; _line++)
            {
                SkipBlanks();
                if (AtLineEnd())
                {
                    SkipLine();
                    continue;
                }

                labels[row] = Label();
                int last = -1;
                while (true)
                {
                    SkipBlanks();
                    if (AtLineEnd()) break;
                    int index = Index();
                    if (index < 0) continue; // qid
                    if (index <= last) ThrowOrder(index, last);
                    if (last < 0 && index < _least) _least = index;
                    last = index;
                    float value = Value(index);
                    if (value == 0) continue;
                    columns[count] = index;
                    values[count++] = value;
                }

                if (last > _greatest) _greatest = last;
                SkipLine();
                starts[++row] = count;
            }

            rows.Shorten(row);
            rows.Trim();
            int found = double.IsNaN(_firstLabel) ? 0 : double.IsNaN(_secondLabel) ? 1 : 2;
            return new ParsedLines
            {
                Samples = new SampleBlock(rows, Math.Max(1, _greatest + 1), labels),
                FoundLabels = new[] { _firstLabel, _secondLabel }[..found],
                LabelLines = new[] { _firstLabelLine, _secondLabelLine }[..found],
                Path = chunk.Path,
                LeastIndex = _least,
                GreatestIndex = _greatest,
            };
        }

        private void SkipBlanks()
        {
            while (_p < _end && *_p is (byte)' ' or (byte)'\t' or (byte)'\r')
                _p++;
        }

        private readonly bool AtLineEnd() => _p >= _end || *_p is (byte)'\n' or (byte)'#';

        /// <summary>Goes to the next line: a comment, and the line's end.</summary>
        private void SkipLine()
        {
            int length = new ReadOnlySpan<byte>(_p, (int)(_end - _p)).IndexOf((byte)'\n');
            _p = length < 0 ? _end : _p + length + 1;
        }

        /// <summary>The bytes up to the next blank.</summary>
        private readonly ReadOnlySpan<byte> Token(byte* from)
        {
            byte* p = from;
            while (p < _end && *p is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
                p++;
            return new ReadOnlySpan<byte>(from, (int)(p - from));
        }

        private readonly string TextOf(byte* from)
        {
            var token = Token(from);
            return token.Length <= 40 ? Encoding.UTF8.GetString(token) : Encoding.UTF8.GetString(token[..40]) + "…";
        }

        private byte Label()
        {
            byte* from = _p;
            if (!labelled)
            {
                var token = Token(_p);
                if (!token.Contains((byte)':')) _p += token.Length;
                return 0;
            }

            if (!Number(out double label) || !double.IsFinite(label) || !AtBlank())
                throw Problem(Token(from).Contains((byte)':')
                    ? $"there is no label before {TextOf(from)}; a line begins with its label"
                    : $"the label \"{TextOf(from)}\" is no number; a line begins with its label, one of two numbers");
            label += 0.0; // −0 is 0
            if (label == _firstLabel) return 0;
            if (label == _secondLabel) return 1;
            if (double.IsNaN(_firstLabel))
            {
                (_firstLabel, _firstLabelLine) = (label, _line);
                return 0;
            }

            if (double.IsNaN(_secondLabel))
            {
                (_secondLabel, _secondLabelLine) = (label, _line);
                return 1;
            }

            throw Problem(LabelsOfFiles.ThirdLabel(label, _firstLabel, _secondLabel));
        }

        /// <summary>The number before a colon, and the colon; −1 for a query's number, which is passed over.</summary>
        private int Index()
        {
            byte* from = _p;
            long index = 0;
            for (; _p < _end && (uint)(*_p - '0') <= 9; _p++)
            {
                index = 10 * index + (*_p - '0');
                if (index > int.MaxValue) index = int.MaxValue; // beyond the maximum in any case
            }

            if (_p == from && Token(from).StartsWith("qid:"u8))
            {
                _p += Token(from).Length;
                return -1;
            }

            if (_p == from || _p >= _end || *_p != (byte)':')
                throw Problem($"\"{TextOf(from)}\" is no pair of an index and a value; write pairs such as 3:0.5, separated "
                    + "by blanks");
            _p++;
            if (index > SparseFeatures.MaximumIndex)
                throw Problem($"the index in \"{TextOf(from)}\" is greater than "
                    + $"{SparseFeatures.MaximumIndex.ToString("N0", CultureInfo.InvariantCulture)}; number the features without "
                    + "such gaps");
            return (int)index;
        }

        private float Value(int index)
        {
            byte* from = _p;
            if (!Number(out double value) || !AtBlank())
                throw Problem($"index {index} has the value \"{TextOf(from)}\", which is no number; write pairs such as 3:0.5, "
                    + "separated by blanks");
            if (!float.IsFinite((float)value))
                throw Problem($"index {index} has the value {TextOf(from)}, which is not finite in float32; leave the pair out, "
                    + "or give it a number");
            return (float)value;
        }

        private readonly bool AtBlank() => AtLineEnd() || *_p is (byte)' ' or (byte)'\t' or (byte)'\r';

        private bool Number(out double value)
        {
            byte* after = PlainDecimal.Parse(_p, _end, out value);
            if (after == null) return SlowNumber(out value);
            _p = after;
            return true;
        }

        private bool SlowNumber(out double value)
        {
            var token = Token(_p);
            int comment = token.IndexOf((byte)'#');
            if (comment > 0) token = token[..comment];
            bool known = double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
            if (!known && Encoding.UTF8.GetString(token).TrimStart('+', '-').ToUpperInvariant() is "NAN" or "INF" or "INFINITY")
                (known, value) = (true, double.NaN);
            if (known) _p += token.Length;
            return known;
        }

        private readonly void ThrowOrder(int index, int last) => throw Problem(index == last
            ? $"index {index} is there twice; add its values up, or drop one"
            : $"index {index} comes after {last}; sort the indices of each line in ascending order");

        private readonly PerceptronException Problem(string text) =>
            new(Fault.Data, $"{chunk.Path}, line {_line.ToString(CultureInfo.InvariantCulture)}: {text}");
    }
}
