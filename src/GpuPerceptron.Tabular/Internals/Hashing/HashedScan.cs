using System.Text;
using GpuPerceptron.Data;

namespace GpuPerceptron.Tabular.Internals.Hashing;

/// <summary>One read of a table, in order, into sparse rows: numbers as they are encoded, texts hashed.</summary>
internal sealed unsafe class HashedScan : IDisposable
{
    private const int BlockRows = 1 << 14;

    private readonly IChunks _chunks;
    private readonly IReadOnlyList<ColumnRequest> _columns;
    private readonly NumberEncoder?[] _numbers;
    private readonly ulong[] _names;
    private readonly ulong _mask;
    private readonly LabelCodes? _labels;
    private readonly SampleWeights? _weights;
    private readonly Cells[] _cells;
    private readonly float[][] _values;
    private bool _more;
    private int _done;

    /// <param name="table">The table.</param>
    /// <param name="columns">What is read of it.</param>
    /// <param name="bits">Bits of a hash that make an index.</param>
    /// <param name="labels">Tells the labels apart; null where the table has none.</param>
    /// <param name="numbers">Encodes each column of numbers; null for texts.</param>
    public HashedScan(ITable table, ColumnSelection columns, int bits, LabelCodes? labels, NumberEncoder?[] numbers)
    {
        _columns = columns.Features;
        _numbers = numbers;
        _names = [.. _columns.Select(column => TextHash.Begin(Encoding.UTF8.GetBytes(column.Name)))];
        _mask = (1UL << bits) - 1;
        _labels = labels;
        _weights = columns.Weight is { } weight ? new SampleWeights(weight.Name, table.Source) : null;
        _cells = new Cells[_columns.Count];
        _values = [.. _columns.Select(_ => Array.Empty<float>())];
        Missing = new long[_columns.Count];
        _chunks = table.Read(columns.Requests);
        _more = NextChunk();
    }

    /// <summary>Cells of numbers that are missing, by column.</summary>
    public long[] Missing { get; }

    /// <summary>The next rows, by index, with their labels and weights; null at the end.</summary>
    /// <param name="features">Indices there may be.</param>
    public SampleBlock? Next(int features)
    {
        if (!_more) return null;
        var rows = new SparseRows(BlockRows, (long)BlockRows * _columns.Count);
        byte[] labels = new byte[BlockRows];
        float[]? weights = _weights is null ? null : new float[BlockRows];
        int count = 0;
        while (_more && count < BlockRows)
        {
            int now = Math.Min(BlockRows - count, _chunks.Rows - _done);
            for (int i = 0; i < now; i++)
                Add(_done + i, rows, count + i);
            _labels?.Encode(_chunks.Column(_columns.Count), _done, labels.AsSpan(count, now), _chunks.FirstRow);
            _weights?.Encode(_chunks.Column(_columns.Count + (_labels is null ? 0 : 1)), _done, weights.AsSpan(count, now),
                _chunks.FirstRow);
            count += now;
            _done += now;
            if (_done == _chunks.Rows) _more = NextChunk();
        }

        rows.Shorten(count);
        rows.Trim();
        return new SampleBlock(rows, features, labels, weights);
    }

    public void Dispose() => _chunks.Dispose();

    private bool NextChunk()
    {
        _done = 0;
        if (!_chunks.Next()) return false;
        for (int j = 0; j < _columns.Count; j++)
        {
            var cells = _cells[j] = _chunks.Column(j);
            if (_numbers[j] is not { } encoder) continue;
            if (_values[j].Length < _chunks.Rows) _values[j] = new float[_chunks.Rows];
            encoder.Settle(cells, _chunks.Rows);
            fixed (float* target = _values[j])
                encoder.Encode(cells, new RowRange(0, _chunks.Rows, (nint)target, Stride: 1), _chunks.FirstRow);
            for (int row = 0; row < _chunks.Rows; row++)
            {
                if (!cells.IsValid(row)) Missing[j]++;
            }
        }

        return true;
    }

    private void Add(int row, SparseRows rows, int target)
    {
        long start = rows.Starts[target], end = start;
        for (int j = 0; j < _columns.Count; j++)
        {
            if (_numbers[j] is not null)
            {
                rows.Columns[end] = j;
                rows.Values[end++] = _values[j][row];
                continue;
            }

            if (!_cells[j].IsValid(row)) continue;
            ulong hash = TextHash.End(_names[j], _cells[j].Text(row));
            int index = _columns.Count + (int)(hash & _mask);
            float sign = hash >> 63 == 0 ? 1f : -1f;
            long place = start;
            while (place < end && rows.Columns[place] != index)
                place++;
            if (place == end)
            {
                rows.Columns[end] = index;
                rows.Values[end++] = sign;
            }
            else
            {
                rows.Values[place] += sign; // two texts of one sample share an index
            }
        }

        rows.Starts[target + 1] = end;
    }
}
