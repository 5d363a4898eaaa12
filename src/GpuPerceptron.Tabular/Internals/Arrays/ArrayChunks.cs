using System.Runtime.InteropServices;

namespace GpuPerceptron.Tabular.Internals.Arrays;

/// <summary>Columns of arrays, as many rows at a time as stay in a cache while they are turned from rows into columns.</summary>
internal sealed unsafe class ArrayChunks : IChunks
{
    private const int ChunkBytes = 1 << 20;
    private const int FewestRows = 64;
    private const int MostRows = 2048;

    private readonly (NpyArray Array, long Column)[] _columns;
    private readonly NpyArray[] _arrays;
    private readonly long _rows;
    private readonly CancellationToken _cancellation;
    private readonly int _capacity;
    private double* _values; // column by column

    public ArrayChunks((NpyArray Array, long Column)[] columns, long rows, CancellationToken cancellation)
    {
        _columns = columns;
        _arrays = [.. columns.Select(column => column.Array).Distinct()];
        _rows = rows;
        _cancellation = cancellation;
        _capacity = Math.Clamp(ChunkBytes / (sizeof(double) * columns.Length), FewestRows, MostRows);
        _values = (double*)NativeMemory.Alloc((nuint)_capacity * (nuint)columns.Length, sizeof(double));
    }

    ~ArrayChunks() => NativeMemory.Free(_values);

    public int Rows { get; private set; }

    public long FirstRow { get; private set; }

    public bool Next()
    {
        _cancellation.ThrowIfCancellationRequested();
        FirstRow += Rows;
        Rows = (int)Math.Min(_capacity, _rows - FirstRow);
        if (Rows == 0) return false;
        foreach (var array in _arrays)
            array.Take(FirstRow, Rows);
        for (int j = 0; j < _columns.Length; j++)
            _columns[j].Array.CopyColumn(_columns[j].Column, new Span<double>(Start(j), Rows));
        return true;
    }

    public Cells Column(int column) => new(Start(column), null);

    public void Dispose()
    {
        NativeMemory.Free(_values);
        _values = null;
        GC.SuppressFinalize(this);
    }

    private double* Start(int column) => _values + (nint)column * _capacity;
}
