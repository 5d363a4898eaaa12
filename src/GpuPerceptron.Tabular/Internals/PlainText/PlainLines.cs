using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;
using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Internals.PlainText;

/// <summary>
/// Reads delimited text that has nothing special in it: as many fields in every line, no quotes or line ends within quotes, numbers where
/// numbers are due.
/// What it reads is what DuckDB would read, who has all lines end alike, which is not asked here; whatever else there is, right or wrong, it
/// leaves to DuckDB.
/// </summary>
internal static unsafe class PlainLines
{
    private static readonly SearchValues<byte> OfNumbers = SearchValues.Create("0123456789+-.eE"u8);

    /// <summary>Where the second line of a file begins; null where the first one, of names, does not end with a line.</summary>
    /// <param name="first">The file's first chunk.</param>
    /// <param name="names">The first line.</param>
    public static int? AfterNames(TextChunk first, out ReadOnlySpan<byte> names)
    {
        var all = first.Text.AsSpan(0, first.Length);
        int end = all.IndexOf((byte)'\n');
        names = end < 0 ? all : all[..end];
        bool isPlain = Utf8.IsValid(names) && names.Count((byte)'"') % 2 == 0 && !names.TrimEnd((byte)'\r').Contains((byte)'\r');
        return isPlain ? Math.Min(names.Length + 1, all.Length) : null;
    }

    /// <summary>Reads whole lines.</summary>
    /// <param name="chunk">The lines.</param>
    /// <param name="start">The byte of the chunk where the first line begins.</param>
    /// <param name="layout">Their fields.</param>
    /// <param name="emptyTexts">What an empty cell may say, in UTF-8.</param>
    /// <param name="cells">Takes the columns.</param>
    /// <returns>Whether the text was plain; if not, the cells are of no use.</returns>
    public static bool TryParse(TextChunk chunk, int start, PlainLayout layout, byte[][] emptyTexts, PlainCells cells)
    {
        var text = chunk.Text.AsSpan(start, chunk.Length - start);
        if (text.Contains((byte)'\0') || !Utf8.IsValid(text)) return false;
        cells.Reset(text.Count((byte)'\n') + 1, layout.HasTexts);
        fixed (byte* first = text)
            return new Cursor(first, first + text.Length, layout, emptyTexts, cells, text.Contains((byte)'"')).Run();
    }

    private ref struct Cursor(byte* start, byte* end, PlainLayout layout, byte[][] emptyTexts, PlainCells cells, bool hasQuotes)
    {
        private byte* _p = start;

        // Compiled for speed at once: a table is often read before the compiler has seen what is hot.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public bool Run()
        {
            var parts = layout.Parts;
            byte delimiter = layout.Delimiter;
            var numbers = Numbers(parts);
            int row = 0;
            while (_p < end)
            {
                if (*_p is (byte)'\n' or (byte)'\r' && parts.Length > 1)
                {
                    if (!EndLine()) return false;
                    continue;
                }

                for (int field = 0; field < parts.Length; field++)
                {
                    if (field > 0)
                    {
                        if (_p >= end || *_p != delimiter) return false; // too few fields
                        _p++;
                    }

                    double* target = (double*)numbers[field];
                    if (target == null)
                    {
                        if (!AnyField(parts[field], row)) return false;
                        continue;
                    }

                    byte* after = PlainDecimal.Parse(_p, end, out double value);
                    if (after != null && (after >= end || *after == delimiter || *after is (byte)'\n' or (byte)'\r'))
                    {
                        target[row] = value;
                        _p = after;
                    }
                    else if (!AnyField(parts[field], row))
                    {
                        return false;
                    }
                }

                if (!EndLine()) return false;
                row++;
            }

            cells.Rows = row;
            return true;
        }

        /// <summary>Where each field's numbers go; 0 for a field of none.</summary>
        private readonly nint[] Numbers(FieldPart[] parts)
        {
            var numbers = new nint[parts.Length];
            for (int i = 0; i < parts.Length; i++)
            {
                if (parts[i].Column >= 0 && parts[i].Kind == ColumnKind.Number) numbers[i] = (nint)cells.Numbers(parts[i].Column);
            }

            return numbers;
        }

        /// <summary>Goes past a line's end, where there must be one.</summary>
        private bool EndLine()
        {
            if (_p < end && *_p == (byte)'\r') _p++;
            if (_p < end && *_p != (byte)'\n') return false;
            _p++;
            return true;
        }

        /// <summary>Goes past a field: its bytes, up to the next delimiter or the line's end, without quotes.</summary>
        private bool TakeField(out ReadOnlySpan<byte> field)
        {
            var rest = new ReadOnlySpan<byte>(_p, (int)(end - _p));
            int length;
            if (hasQuotes && rest.Length > 0 && rest[0] == '"')
            {
                // A second quote at once would stand for one; then no delimiter follows.
                rest = rest[1..];
                length = rest.IndexOfAny((byte)'"', (byte)'\n', (byte)'\r');
                field = rest[..Math.Max(0, length)];
                _p += length + 2;
                return length >= 0 && rest[length] == '"';
            }

            length = rest.IndexOfAny(layout.Delimiter, (byte)'\n');
            if (length < 0) length = rest.Length;
            if (length > 0 && rest[length - 1] == '\r' && (length == rest.Length || rest[length] == '\n')) length--;
            field = rest[..length];
            _p += length;
            return !field.Contains((byte)'\r') && !(hasQuotes && field.Contains((byte)'"'));
        }

        /// <summary>A field of any kind, empty perhaps, or one that nobody asked for; a number in whatever writing.</summary>
        private bool AnyField(FieldPart part, int row)
        {
            if (!TakeField(out var field)) return false;
            if (part.Column < 0) return true;
            double value = 0;
            if (IsEmpty(field))
            {
                cells.SetEmpty(part.Column, row);
                if (part.Kind != ColumnKind.Category) cells.Numbers(part.Column)[row] = value; // so that nothing uninitialised is computed with
                return true;
            }

            switch (part.Kind)
            {
                case ColumnKind.Boolean when Ascii.EqualsIgnoreCase(field, "true"u8):
                    value = 1;
                    break;
                case ColumnKind.Boolean when Ascii.EqualsIgnoreCase(field, "false"u8):
                case ColumnKind.Date when PlainDate.TryParse(field, out value):
                case ColumnKind.Number when Number(field.Trim((byte)' '), out value):
                    break;
                case ColumnKind.Category:
                    fixed (byte* text = field)
                        cells.SetText(part.Column, row, text, field.Length);
                    return true;
                default:
                    return false;
            }

            cells.Numbers(part.Column)[row] = value;
            return true;
        }

        private static bool Number(ReadOnlySpan<byte> text, out double value)
        {
            value = double.NaN;
            return text.Length == 3 && (text[0] | 0x20) == 'n' && (text[1] | 0x20) == 'a' && (text[2] | 0x20) == 'n'
                || (!text.ContainsAnyExcept(OfNumbers) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value));
        }

        private readonly bool IsEmpty(ReadOnlySpan<byte> field)
        {
            foreach (byte[] empty in emptyTexts)
            {
                if (field.SequenceEqual(empty)) return true;
            }

            return false;
        }
    }
}
