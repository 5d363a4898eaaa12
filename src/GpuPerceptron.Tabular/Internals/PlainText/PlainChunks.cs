using System.Collections.Concurrent;
using System.Text;

namespace GpuPerceptron.Tabular.Internals.PlainText;

/// <summary>
/// The rows of delimited files, parsed by several threads as long as the text is plain; DuckDB reads what comes from the first line
/// on that is not, and says what may be wrong with it.
/// </summary>
/// <remarks>
/// DuckDB's reader takes all the forms that such files come in, and looks for all of them. Most tables of numbers have none of them,
/// and are read here several times as fast.
/// </remarks>
internal sealed class PlainChunks : IChunks
{
    private const int ChunkBytes = 1 << 20;
    private const int MostRows = 2048; // as DuckDB has in a chunk

    private readonly TextChunks _texts;
    private readonly PlainLayout _layout;
    private readonly byte[][] _emptyTexts;
    private readonly bool _hasHeader;
    private readonly int _threads;
    private readonly long _rowLimit;
    private readonly Func<IChunks> _readByDuckDB;
    private readonly Queue<Task<PlainCells?>> _parsing = new();
    private readonly ConcurrentBag<PlainCells> _free = [];
    private byte[]? _header;
    private bool _atEnd;
    private PlainCells? _cells;
    private IChunks? _rest;
    private int _first; // row of the cells, or of the rest's chunk, that is the chunk's first

    /// <param name="paths">The files, in order.</param>
    /// <param name="layout">Their lines.</param>
    /// <param name="emptyTexts">What an empty cell may say.</param>
    /// <param name="hasHeader">Whether each file begins with a line of names, the same in all.</param>
    /// <param name="threads">Threads to parse with; 0 for one a processor.</param>
    /// <param name="rowLimit">Rows to read at most; null for all.</param>
    /// <param name="readByDuckDB">Reads the same columns of the same files from the beginning.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public PlainChunks(
        IReadOnlyList<string> paths, PlainLayout layout, IEnumerable<string> emptyTexts, bool hasHeader, int threads, int? rowLimit,
        Func<IChunks> readByDuckDB, CancellationToken cancellation)
    {
        _texts = new TextChunks(paths, ChunkBytes, cancellation);
        _layout = layout;
        _emptyTexts = [.. emptyTexts.Select(Encoding.UTF8.GetBytes)];
        _hasHeader = hasHeader;
        _threads = threads == 0 ? Environment.ProcessorCount : threads;
        _rowLimit = rowLimit ?? long.MaxValue;
        _readByDuckDB = readByDuckDB;
    }

    public int Rows { get; private set; }

    public long FirstRow { get; private set; }

    public bool Next()
    {
        FirstRow += Rows;
        _first += Rows;
        Rows = 0;
        if (_rest is not null) return NextOfRest();
        long left = _rowLimit - FirstRow;
        if (left <= 0) return false;
        while (_cells is null || _first == _cells.Rows)
        {
            Release();
            Refill();
            if (_parsing.Count == 0) return false;
            _cells = _parsing.Dequeue().GetAwaiter().GetResult();
            _first = 0;
            if (_cells is not null) continue;
            FreeCells();
            _rest = _readByDuckDB();
            return NextOfRest();
        }

        Rows = (int)Math.Min(left, Math.Min(MostRows, _cells.Rows - _first));
        return true;
    }

    public Cells Column(int column) => _rest is not null ? _rest.Column(column).From(_first) : _cells!.Column(column).From(_first);

    public void Dispose()
    {
        FreeCells();
        _texts.Dispose();
        _rest?.Dispose();
    }

    /// <summary>Goes to DuckDB's next chunk with rows that have not been given yet.</summary>
    private bool NextOfRest()
    {
        while (_rest!.Next())
        {
            if (_rest.FirstRow + _rest.Rows <= FirstRow) continue;
            _first = (int)Math.Max(0, FirstRow - _rest.FirstRow);
            Rows = _rest.Rows - _first;
            return true;
        }

        return false;
    }

    /// <summary>Keeps every thread at work, and a chunk ready beside.</summary>
    private void Refill()
    {
        while (!_atEnd && _parsing.Count < (_threads == 1 ? 1 : _threads + 1))
        {
            if (_texts.Next() is not { } text)
            {
                _atEnd = true;
            }
            else if (StartOf(text) is { } start)
            {
                _parsing.Enqueue(_threads == 1 ? Task.FromResult(Parse(text, start)) : Task.Run(() => Parse(text, start)));
            }
            else
            {
                _parsing.Enqueue(Task.FromResult<PlainCells?>(null));
                _atEnd = true;
            }
        }
    }

    /// <summary>
    /// Where samples begin; null where that is not plain: the names are not those of the first file, or do not end with the line, or there
    /// is a byte order mark in the place of none.
    /// </summary>
    private int? StartOf(TextChunk text)
    {
        if (text.FirstLine > 1) return 0;
        if (!_hasHeader) return text.Text.AsSpan(0, text.Length).StartsWith("\uFEFF"u8) ? null : 0;
        if (PlainLines.AfterNames(text, out var names) is not { } start) return null;
        _header ??= names.ToArray();
        return names.SequenceEqual(_header) ? start : null;
    }

    private PlainCells? Parse(TextChunk text, int start)
    {
        if (!_free.TryTake(out var cells)) cells = new PlainCells(_layout.Columns);
        if (!PlainLines.TryParse(text, start, _layout, _emptyTexts, cells))
        {
            _free.Add(cells);
            return null;
        }

        if (_layout.HasTexts) cells.Text = text;
        else _texts.Return(text);
        return cells;
    }

    private void Release()
    {
        if (_cells is null) return;
        if (_cells.Text is { } text) _texts.Return(text);
        _cells.Text = null;
        _free.Add(_cells);
        _cells = null;
    }

    /// <summary>Waits for the threads, and gives the memory back.</summary>
    private void FreeCells()
    {
        _atEnd = true;
        Release();
        while (_parsing.TryDequeue(out var task))
        {
            Task.WhenAny(task).GetAwaiter().GetResult(); // does not throw what the task did
            if (task.IsCompletedSuccessfully && task.Result is { } cells) _free.Add(cells);
        }

        while (_free.TryTake(out var cells))
            cells.Dispose();
    }
}
