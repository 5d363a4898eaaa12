using System.Diagnostics.CodeAnalysis;
using DuckDB.NET.Native;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>A query's result, some two thousand rows at a time, in the result's order.</summary>
internal sealed class ChunkStream : IChunks
{
    private readonly DuckSession _session;
    private readonly DuckDBPreparedStatement _statement;
    private DuckDBResult _result;
    private DuckDBDataChunk? _chunk;

    public ChunkStream(DuckSession session, string sql)
    {
        _session = session;
        if (NativeMethods.PreparedStatements.DuckDBPrepare(session.Connection, sql, out _statement) != DuckDBState.Success)
        {
            string message = NativeMethods.PreparedStatements.DuckDBPrepareError(_statement);
            _statement.Dispose();
            session.Throw(message);
        }

        if (NativeMethods.PreparedStatements.DuckDBExecutePreparedStreaming(_statement, out _result) != DuckDBState.Success)
        {
            string message = NativeMethods.Query.DuckDBResultError(ref _result);
            Dispose();
            session.Throw(message);
        }
    }

    /// <summary>Columns in the result.</summary>
    public int ColumnCount => (int)NativeMethods.Query.DuckDBColumnCount(ref _result);

    public int Rows { get; private set; }

    public long FirstRow { get; private set; }

    [MemberNotNullWhen(true, nameof(_chunk))]
    public bool Next()
    {
        _session.ThrowIfCancelled();
        _chunk?.Dispose();
        FirstRow += Rows;
        _chunk = NativeMethods.StreamingResult.DuckDBStreamFetchChunk(_result);
        Rows = _chunk.IsInvalid ? 0 : (int)NativeMethods.DataChunks.DuckDBDataChunkGetSize(_chunk);
        if (Rows > 0) return true;

        string? error = NativeMethods.Query.DuckDBResultError(ref _result);
        if (!string.IsNullOrEmpty(error)) _session.Throw(error);
        return false;
    }

    public string ColumnName(int column) => NativeMethods.Query.DuckDBColumnName(ref _result, column);

    public DuckDBType ColumnType(int column) => NativeMethods.Query.DuckDBColumnType(ref _result, column);

    public unsafe Cells Column(int column)
    {
        nint vector = NativeMethods.DataChunks.DuckDBDataChunkGetVector(_chunk!, column);
        return new Cells(NativeMethods.Vectors.DuckDBVectorGetData(vector), NativeMethods.Vectors.DuckDBVectorGetValidity(vector));
    }

    public void Dispose()
    {
        _chunk?.Dispose();
        NativeMethods.Query.DuckDBDestroyResult(ref _result);
        _statement.Dispose();
    }
}

/// <summary>A chunk's column, as DuckDB has it in memory.</summary>
/// <param name="data">The values; where a cell is empty, anything.</param>
/// <param name="validity">A bit for each row, 0 where the cell is empty; null where none is.</param>
/// <param name="first">The row there that is row 0 here.</param>
internal readonly unsafe struct Cells(void* data, ulong* validity, int first = 0)
{
    /// <summary>Bytes of a text that lie in the cell itself.</summary>
    public const int InlineBytes = 12;

    /// <summary>Whether every cell has a value.</summary>
    public bool AllValid => validity is null;

    /// <summary>The values of a DOUBLE column.</summary>
    public double* Numbers => (double*)data + first;

    /// <summary>The column without some rows at its beginning.</summary>
    public Cells From(int row) => new(data, validity, first + row);

    /// <summary>Whether a cell has a value.</summary>
    public bool IsValid(int row) => validity is null || ((validity[(first + row) >> 6] >> ((first + row) & 63)) & 1) != 0;

    /// <summary>A cell of a BIGINT column.</summary>
    public long Integer(int row) => ((long*)data)[first + row];

    /// <summary>A cell of a VARCHAR column, in UTF-8.</summary>
    public ReadOnlySpan<byte> Text(int row)
    {
        // DuckDB's strings are 16 bytes: a length, then either up to 12 bytes of text, or 4 bytes of it and a pointer to all.
        byte* cell = (byte*)data + ((nint)(first + row) << 4);
        int length = *(int*)cell;
        return new ReadOnlySpan<byte>(length <= InlineBytes ? cell + sizeof(int) : *(byte**)(cell + 2 * sizeof(int)), length);
    }
}
