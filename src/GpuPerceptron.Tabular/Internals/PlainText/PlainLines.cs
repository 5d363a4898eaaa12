using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Unicode;

namespace GpuPerceptron.Tabular.Internals.PlainText;

/// <summary>
/// Reads delimited text that has nothing special in it: no quotes, as many fields in every line, numbers where numbers are due.
/// What it reads is what DuckDB would read; whatever else there is, right or wrong, it leaves to DuckDB.
/// </summary>
internal static unsafe class PlainLines
{
    private static readonly SearchValues<byte> OfNumbers = SearchValues.Create("0123456789+-.eE"u8);

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
        if (text.ContainsAny((byte)'"', (byte)'\0') || !Utf8.IsValid(text)) return false;
        cells.Reset(text.Count((byte)'\n') + 1, layout.HasTexts);
        fixed (byte* first = text)
            return new Cursor(first, first + text.Length, layout, emptyTexts, cells).Run();
    }

    private ref struct Cursor(byte* start, byte* end, PlainLayout layout, byte[][] emptyTexts, PlainCells cells)
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
                        if (!PassField(parts[field], row)) return false;
                        continue;
                    }

                    byte* after = PlainDecimal.Parse(_p, end, out double value);
                    if (after != null && (after >= end || *after == delimiter || *after is (byte)'\n' or (byte)'\r'))
                    {
                        target[row] = value;
                        _p = after;
                    }
                    else if (!OddNumber(parts[field].Column, row))
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
                if (parts[i].Column >= 0 && !parts[i].IsText) numbers[i] = (nint)cells.Numbers(parts[i].Column);
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

        /// <summary>The field's bytes, up to the next delimiter or the line's end.</summary>
        private readonly ReadOnlySpan<byte> Field()
        {
            var rest = new ReadOnlySpan<byte>(_p, (int)(end - _p));
            int length = rest.IndexOfAny(layout.Delimiter, (byte)'\n');
            if (length < 0) length = rest.Length;
            if (length > 0 && rest[length - 1] == '\r' && (length == rest.Length || rest[length] == '\n')) length--;
            return rest[..length];
        }

        private bool PassField(FieldPart part, int row)
        {
            var field = Field();
            if (field.Contains((byte)'\r')) return false;
            if (part.Column >= 0)
            {
                if (IsEmpty(field)) cells.SetEmpty(part.Column, row);
                else cells.SetText(part.Column, row, _p, field.Length);
            }

            _p += field.Length;
            return true;
        }

        /// <summary>A number in another writing, or an empty cell.</summary>
        private bool OddNumber(int column, int row)
        {
            var field = Field();
            if (IsEmpty(field))
            {
                cells.SetEmpty(column, row);
                cells.Numbers(column)[row] = 0; // like any other value, so that nothing uninitialised is computed with
            }
            else if (Number(field.Trim((byte)' '), out double value))
            {
                cells.Numbers(column)[row] = value;
            }
            else
            {
                return false;
            }

            _p += field.Length;
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
