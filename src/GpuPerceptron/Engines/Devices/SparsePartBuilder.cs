using System.Runtime.InteropServices;
using GpuPerceptron.Data;

namespace GpuPerceptron.Engines.Devices;

/// <summary>Writes parts of a sparse dataset as a device's kernels take them, one after another, in memory of the host.</summary>
/// <param name="dataset">Sparse samples, in memory or in a file.</param>
internal sealed unsafe class SparsePartBuilder(Dataset dataset) : IDisposable
{
    /// <summary>Values a segment, at most: enough of them for a device's lanes also where few columns have most values.</summary>
    private const int SegmentValues = 1024;

    private readonly RowReader _reader = new(dataset);
    private readonly int[] _places = new int[dataset.Features]; // a column's number of values, then where the next one goes
    private byte* _bytes;
    private int _capacity;

    /// <summary>Cuts a dataset into parts of about equally many values.</summary>
    /// <param name="dataset">Sparse samples.</param>
    /// <param name="partBytes">Bytes of a part on a device, about.</param>
    public static SparseRun[][] Cut(Dataset dataset, long partBytes) =>
        SparseUnits.Cut(dataset, checked((int)(BytesFor(dataset) / partBytes + 1)));

    /// <summary>Bytes of all parts, about: values by rows and by columns, starts, labels, weights, and segments.</summary>
    /// <param name="dataset">Sparse samples.</param>
    public static long BytesFor(Dataset dataset) => BytesFor(dataset.NonZeros, dataset.Samples, dataset.Features);

    /// <summary>Bytes of all parts, about.</summary>
    /// <param name="values">Values that are not 0.</param>
    /// <param name="samples">Samples.</param>
    /// <param name="features">Features.</param>
    public static long BytesFor(long values, long samples, int features) =>
        values * 2 * (sizeof(int) + sizeof(float)) + samples * (sizeof(int) + 2 * sizeof(float))
        + (3 * Math.Min(values, features) + values / SegmentValues) * sizeof(int);

    /// <summary>Writes a part.</summary>
    /// <param name="part">Its rows.</param>
    /// <param name="layout">Where everything lies.</param>
    /// <returns>Its bytes, until the next part is written.</returns>
    public Span<byte> Write(SparseRun[] part, out SparsePartLayout layout)
    {
        layout = Measure(part);
        var bytes = Reserve(layout.Bytes);
        PlaceColumns(layout, bytes);
        WriteRows(part, layout, bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        NativeMemory.Free(_bytes);
        _bytes = null;
        _capacity = 0;
    }

    private SparsePartLayout Measure(SparseRun[] part)
    {
        Array.Clear(_places);
        int rows = 0;
        foreach (var run in part)
        {
            var (block, first, count, _) = _reader.Load(run);
            var sparse = block.Sparse!;
            for (long k = sparse.Starts[first]; k < sparse.Starts[first + count]; k++)
                _places[sparse.Columns[k]]++;
            rows += count;
        }

        int values = 0, columns = 0, segments = 0;
        foreach (int count in _places)
        {
            if (count == 0) continue;
            values = checked(values + count);
            columns++;
            segments += (count + SegmentValues - 1) / SegmentValues;
        }

        return new SparsePartLayout(rows, values, columns, segments, dataset.HasSampleWeights);
    }

    /// <summary>Cuts columns into segments, and turns their numbers of values into places.</summary>
    private void PlaceColumns(SparsePartLayout layout, Span<byte> bytes)
    {
        var numbers = layout.ColumnNumbers.In<int>(bytes);
        var firsts = layout.FirstSegments.In<int>(bytes);
        var starts = layout.SegmentStarts.In<int>(bytes);
        int column = 0, segment = 0, end = 0;
        for (int j = 0; j < _places.Length; j++)
        {
            int start = end;
            end += _places[j];
            _places[j] = start;
            if (start == end) continue;
            (numbers[column], firsts[column++]) = (j, segment);
            for (; start < end; start += SegmentValues)
                starts[segment++] = start;
        }

        (firsts[column], starts[segment]) = (segment, end);
    }

    private void WriteRows(SparseRun[] part, SparsePartLayout layout, Span<byte> bytes)
    {
        var starts = layout.RowStarts.In<int>(bytes);
        Span<int> columns = layout.Columns.In<int>(bytes), rowsByColumn = layout.RowsByColumn.In<int>(bytes);
        Span<float> values = layout.Values.In<float>(bytes), valuesByColumn = layout.ValuesByColumn.In<float>(bytes);
        Span<float> labels = layout.Labels.In<float>(bytes), weights = layout.SampleWeights.In<float>(bytes);
        weights.Fill(1f);
        int row = 0, value = 0;
        foreach (var run in part)
        {
            var (block, first, count, _) = _reader.Load(run);
            var sparse = block.Sparse!;
            FloatLabels.Write(block.Labels.Slice(first, count), labels[row..]);
            if (block.HasSampleWeights) block.SampleWeights.Slice(first, count).CopyTo(weights[row..]);
            for (int i = first; i < first + count; i++, row++)
            {
                starts[row] = value;
                for (long k = sparse.Starts[i]; k < sparse.Starts[i + 1]; k++, value++)
                {
                    int column = sparse.Columns[k], place = _places[column]++;
                    columns[value] = column;
                    values[value] = valuesByColumn[place] = sparse.Values[k];
                    rowsByColumn[place] = row;
                }
            }
        }

        starts[row] = value;
    }

    private Span<byte> Reserve(int bytes)
    {
        if (bytes > _capacity)
        {
            NativeMemory.Free(_bytes);
            _bytes = (byte*)NativeMemory.Alloc((nuint)bytes);
            _capacity = bytes;
        }

        return new Span<byte>(_bytes, bytes);
    }
}
