using System.Diagnostics;
using System.Runtime.InteropServices;

namespace GpuPerceptron.Data;

/// <summary>
/// Consecutive rows of a sparse matrix in native memory, row by row (CSR): for each value that is not 0 its column (32 bits)
/// and the value (float32); for each row where it starts (64 bits). Columns within a row are distinct, in no order that anybody
/// may rely on; <see cref="SparseLayout"/> finds one that passes are fast in.
/// </summary>
public sealed unsafe class SparseRows : IDisposable
{
    private const int Alignment = 64;

    /// <summary>Numbers after the last, so that who computes in wide registers may read past a row's end.</summary>
    internal const int Slack = 16;

    private int _rowCapacity;
    private long* _starts;
    private int* _ownColumns;
    private float* _ownValues;
    private int* _columns;  // its own, or a file's
    private float* _values; // likewise

    /// <summary>Allocates rows to be written by the caller; every row is empty.</summary>
    /// <param name="rows">Rows, at least 0.</param>
    /// <param name="capacity">Values that fit, at least 0.</param>
    public SparseRows(int rows, long capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        Rows = _rowCapacity = rows;
        Capacity = capacity;
        _starts = (long*)HugePages.Allocate(((nuint)rows + 1) * sizeof(long), Alignment);
        NativeMemory.Clear(_starts, ((nuint)rows + 1) * sizeof(long));
        _columns = _ownColumns = (int*)Allocate(capacity);
        _values = _ownValues = (float*)Allocate(capacity);
    }

    /// <summary>Frees the memory of rows that nobody disposed.</summary>
    ~SparseRows() => Free();

    /// <summary>Rows.</summary>
    public int Rows { get; private set; }

    /// <summary>Values that fit.</summary>
    public long Capacity { get; private set; }

    /// <summary>Values that are not 0, in all rows.</summary>
    public long NonZeros => _starts[Rows];

    /// <summary>Bytes that a pass over the rows reads.</summary>
    public long ByteCount => BytesOf(Rows, NonZeros);

    /// <summary>Bytes that so many rows take, of so many values in all.</summary>
    internal static long BytesOf(int rows, long values) => values * (sizeof(int) + sizeof(float)) + (rows + 1L) * sizeof(long);

    /// <summary>Where each row's values start, <see cref="Rows"/> + 1 numbers, from 0, ascending.</summary>
    public long* Starts => _starts;

    /// <summary>The values' columns, from 0.</summary>
    public int* Columns => _columns;

    /// <summary>The values, finite.</summary>
    public float* Values => _values;

    /// <summary>One row's columns.</summary>
    /// <param name="row">From 0.</param>
    public ReadOnlySpan<int> ColumnsOf(int row) => new(_columns + Start(row), LengthOf(row));

    /// <summary>One row's values.</summary>
    /// <param name="row">From 0.</param>
    public ReadOnlySpan<float> ValuesOf(int row) => new(_values + Start(row), LengthOf(row));

    /// <summary>One row's number of values.</summary>
    /// <param name="row">From 0.</param>
    public int LengthOf(int row) => checked((int)(_starts[row + 1] - Start(row)));

    /// <summary>Gives memory back that no row needs, where it is much.</summary>
    internal void Trim()
    {
        Debug.Assert(_columns == _ownColumns, "a map is not to be written to");
        if (_rowCapacity - Rows > Rows / 16)
        {
            _rowCapacity = Rows;
            long* starts = (long*)HugePages.Allocate(((nuint)Rows + 1) * sizeof(long), Alignment);
            NativeMemory.Copy(_starts, starts, ((nuint)Rows + 1) * sizeof(long));
            HugePages.Free(_starts);
            _starts = starts;
        }

        if (Capacity - NonZeros <= NonZeros / 16) return;
        Capacity = NonZeros;
        _columns = _ownColumns = (int*)Moved(_ownColumns, Capacity);
        _values = _ownValues = (float*)Moved(_ownValues, Capacity);
    }

    /// <summary>Says that there are fewer rows than were allocated.</summary>
    internal void Shorten(int rows)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, Rows);
        Rows = rows;
    }

    /// <summary>Gives every value another column, in place, and drops those that get none.</summary>
    /// <param name="map">By old column the new one, or −1; columns beyond its end get none.</param>
    internal void Renumber(IndexMap map)
    {
        Debug.Assert(_columns == _ownColumns, "a map is not to be written to");
        long kept = 0, start = 0;
        for (int row = 0; row < Rows; row++)
        {
            long end = _starts[row + 1];
            for (long k = start; k < end; k++)
            {
                int column = map[_columns[k]];
                if (column < 0) continue;
                _columns[kept] = column;
                _values[kept++] = _values[k];
            }

            start = end;
            _starts[row + 1] = kept;
        }
    }

    /// <summary>Multiplies every value by its column's factor, in float64.</summary>
    internal void Scale(ReadOnlySpan<double> factor)
    {
        Debug.Assert(_columns == _ownColumns, "a map is not to be written to");
        long count = NonZeros;
        for (long k = 0; k < count; k++)
            _values[k] = (float)(_values[k] * factor[_columns[k]]);
    }

    /// <summary>Appends another matrix's row as row <paramref name="target"/>, whose predecessors are written.</summary>
    internal void CopyRow(SparseRows from, int row, int target)
    {
        Debug.Assert(_columns == _ownColumns, "a map is not to be written to");
        long start = _starts[target];
        var columns = from.ColumnsOf(row);
        columns.CopyTo(new Span<int>(_columns + start, columns.Length));
        from.ValuesOf(row).CopyTo(new Span<float>(_values + start, columns.Length));
        _starts[target + 1] = start + columns.Length;
    }

    /// <summary>Whether so many rows, of so many values, would fit.</summary>
    internal bool HasRoomFor(int rows, long values) => rows <= _rowCapacity && values <= Capacity;

    /// <summary>Takes room in a file for as many rows and values as there are.</summary>
    internal StoredSparseRows ReserveIn(SampleFile file) => new(
        file.Reserve((Rows + 1L) * sizeof(long)), file.Reserve(NonZeros * sizeof(int)), file.Reserve(NonZeros * sizeof(float)), NonZeros);

    /// <summary>Writes the rows over those in a file, which were no fewer, and had no fewer values.</summary>
    internal void WriteTo(SampleFile file, StoredSparseRows place)
    {
        file.Write(place.Starts, Bytes(_starts, Rows + 1L));
        file.Write(place.Columns, Bytes(_columns, NonZeros));
        file.Write(place.Values, Bytes(_values, NonZeros));
    }

    /// <summary>Overwrites the rows by some of those in a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="place">Where they lie.</param>
    /// <param name="first">The first row there.</param>
    /// <param name="count">How many. There is room for them.</param>
    internal void Load(SampleFile file, StoredSparseRows place, int first, int count) =>
        LoadValues(file, place, LoadStarts(file, place, first, count));

    /// <summary>The same, but only where rows start: <see cref="LoadValues"/> or <see cref="UseValues"/> must follow.</summary>
    /// <returns>How many values lie there before the first row's.</returns>
    internal long LoadStarts(SampleFile file, StoredSparseRows place, int first, int count)
    {
        Rows = count;
        file.Read(place.Starts + (long)first * sizeof(long), Bytes(_starts, count + 1L));
        long before = _starts[0];
        for (int i = 0; i <= count; i++)
            _starts[i] -= before;
        return before;
    }

    /// <summary>Reads the values of the rows whose starts were loaded, and their columns.</summary>
    internal void LoadValues(SampleFile file, StoredSparseRows place, long before)
    {
        _columns = _ownColumns;
        _values = _ownValues;
        file.Read(place.Columns + before * sizeof(int), Bytes(_columns, NonZeros));
        file.Read(place.Values + before * sizeof(float), Bytes(_values, NonZeros));
    }

    /// <summary>The same where they are mapped, as long as they are; they are not to be changed.</summary>
    /// <param name="columns">The first row's, with as many numbers after the last one's as <see cref="Slack"/> says.</param>
    /// <param name="values">Likewise.</param>
    internal void UseValues(int* columns, float* values)
    {
        _columns = columns;
        _values = values;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private long Start(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows);
        return _starts[row];
    }

    /// <summary>Numbers as bytes.</summary>
    private static Span<byte> Bytes<T>(T* numbers, long count)
        where T : unmanaged => new(numbers, checked((int)(count * sizeof(T))));

    /// <summary>Room for numbers of 4 bytes, and the slack.</summary>
    private static void* Allocate(long count) => HugePages.Allocate(((nuint)count + Slack) * sizeof(int), Alignment);

    /// <summary>Numbers of 4 bytes in memory of their size; frees where they were.</summary>
    private static void* Moved(void* numbers, long count)
    {
        void* target = Allocate(count);
        NativeMemory.Copy(numbers, target, (nuint)count * sizeof(int));
        HugePages.Free(numbers);
        return target;
    }

    private void Free()
    {
        HugePages.Free(_starts);
        HugePages.Free(_ownColumns);
        HugePages.Free(_ownValues);
        _starts = null;
        _columns = _ownColumns = null;
        _values = _ownValues = null;
        Rows = 0;
    }
}
