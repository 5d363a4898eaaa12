using GpuPerceptron.Data;

namespace GpuPerceptron.Tabular.Internals.PlainText;

/// <summary>Columns of a chunk of delimited text, in the memory layout of <see cref="Cells"/>.</summary>
internal sealed unsafe class PlainCells : IDisposable
{
    private const int CellBytes = 16; // of a text; a number takes 8

    private readonly int _columns;
    private readonly bool[] _hasEmpty;
    private byte* _memory;
    private nuint _bytes;
    private nint _columnBytes, _validityWords;

    /// <param name="columns">Columns.</param>
    public PlainCells(int columns)
    {
        _columns = columns;
        _hasEmpty = new bool[columns];
    }

    ~PlainCells() => HugePages.Free(_memory);

    /// <summary>Rows.</summary>
    public int Rows { get; set; }

    /// <summary>The text that cells of texts point to; null where there are none.</summary>
    public TextChunk? Text { get; set; }

    /// <summary>Makes room, and forgets what there was.</summary>
    /// <param name="rows">Rows at most.</param>
    /// <param name="hasTexts">Whether a column may hold texts.</param>
    public void Reset(int rows, bool hasTexts)
    {
        Rows = 0;
        Array.Clear(_hasEmpty);
        _validityWords = (rows + 63) / 64;

        // A line more, or the columns would all compete for one place in the cache.
        _columnBytes = ((nint)rows * (hasTexts ? CellBytes : sizeof(double)) + 63) / 64 * 64 + 64;
        nuint bytes = (nuint)_columns * (nuint)(_columnBytes + _validityWords * sizeof(ulong));
        if (bytes <= _bytes) return;
        HugePages.Free(_memory);
        _memory = null; // what comes next may fail
        _bytes = 0;
        _memory = (byte*)HugePages.Allocate(bytes, 64);
        _bytes = bytes;
    }

    /// <summary>A column's numbers.</summary>
    public double* Numbers(int column) => (double*)(_memory + column * _columnBytes);

    /// <summary>Writes a text.</summary>
    /// <param name="column">Its column.</param>
    /// <param name="row">Its row.</param>
    /// <param name="text">Its bytes, which stay where they are as long as the cells are read.</param>
    /// <param name="length">How many.</param>
    public void SetText(int column, int row, byte* text, int length)
    {
        byte* cell = _memory + column * _columnBytes + (nint)row * CellBytes;
        *(int*)cell = length;
        if (length <= Cells.InlineBytes) new ReadOnlySpan<byte>(text, length).CopyTo(new Span<byte>(cell + sizeof(int), length));
        else *(byte**)(cell + 2 * sizeof(int)) = text;
    }

    /// <summary>Says that a cell is empty.</summary>
    public void SetEmpty(int column, int row)
    {
        ulong* validity = Validity(column);
        if (!_hasEmpty[column]) new Span<ulong>(validity, (int)_validityWords).Fill(ulong.MaxValue);
        _hasEmpty[column] = true;
        validity[row >> 6] &= ~(1UL << (row & 63));
    }

    /// <summary>A column.</summary>
    public Cells Column(int column) => new(_memory + column * _columnBytes, _hasEmpty[column] ? Validity(column) : null);

    public void Dispose()
    {
        HugePages.Free(_memory);
        _memory = null;
        GC.SuppressFinalize(this);
    }

    private ulong* Validity(int column) => (ulong*)(_memory + _columns * _columnBytes) + column * _validityWords;
}
