using DuckDB.NET.Native;
using GpuPerceptron.Models;
using GpuPerceptron.Tabular.Internals.PlainText;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>A column as the table has it.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Type">The type that DuckDB found.</param>
internal sealed record TableColumn(string Name, DuckDBType Type)
{
    /// <summary>What the column can become; null where it can be no feature.</summary>
    public ColumnKind? Kind => Type switch
    {
        DuckDBType.Boolean => ColumnKind.Boolean,
        DuckDBType.TinyInt or DuckDBType.SmallInt or DuckDBType.Integer or DuckDBType.BigInt or DuckDBType.HugeInt
            or DuckDBType.UnsignedTinyInt or DuckDBType.UnsignedSmallInt or DuckDBType.UnsignedInteger
            or DuckDBType.UnsignedBigInt or DuckDBType.UnsignedHugeInt
            or DuckDBType.Float or DuckDBType.Double or DuckDBType.Decimal => ColumnKind.Number,
        DuckDBType.Date or DuckDBType.Timestamp or DuckDBType.TimestampS or DuckDBType.TimestampMs
            or DuckDBType.TimestampNs or DuckDBType.TimestampTz => ColumnKind.Date,
        DuckDBType.Time or DuckDBType.TimeTz => ColumnKind.Time,
        DuckDBType.Varchar or DuckDBType.Enum or DuckDBType.SqlNull => ColumnKind.Category,
        _ => null,
    };
}

/// <summary>A column to be read and the kind it is read as.</summary>
/// <remarks>A class, small as it is: what lists and queries do with values would be compiled at each start.</remarks>
internal sealed record ColumnRequest(string Name, ColumnKind Kind);

/// <summary>A table that SQL can select from.</summary>
internal sealed class Relation : ITable
{
    /// <summary>What an empty cell of a delimited file may say, besides nothing; not where a query reads it.</summary>
    public static readonly string[] EmptyTexts = ["", "NA", "N/A", "NULL", "null", "?"];

    // Of a delimited file DuckDB looks at 20,480 rows; of wide ones that would take longer than to read all of many a file.
    private const int UsualSniffedRows = 20_480;
    private const int FewestSniffedRows = 2_048;
    private const int SniffedCells = 100 * UsualSniffedRows;

    private const long JsonBytesAThread = 56_000_000; // measured: less than two buffers of 32 MiB

    private readonly DuckSession _session;
    private readonly int? _rowLimit;
    private readonly FileSet? _files;
    private readonly CsvDialect? _dialect;
    private GzipCheck? _check;

    /// <summary>Finds the table's columns: their names, and their types from its first rows.</summary>
    /// <param name="session">The table's, and disposed with it.</param>
    /// <param name="rowLimit">Rows to read at most; null for all.</param>
    public Relation(DuckSession session, int? rowLimit = null)
    {
        _session = session;
        _rowLimit = rowLimit;
        if (session.Source.IsQuery && string.IsNullOrWhiteSpace(session.Source.Text))
            throw new PerceptronException(Fault.Data, "the query is empty; write a SELECT statement, such as \"SELECT * FROM 'samples.parquet'\"");
        if (!session.Source.IsQuery) _files = FileSet.Of(session);
        if (_files?.Format == TableFormat.Csv) _dialect = CsvDialect.Of(_files.Paths[0], session.NameOf(_files.Paths[0]));
        Source.Reader = _files is null ? null : ReaderOf(_files, _dialect);
        Columns = FindColumns();
    }

    public TableSource Source => _session.Source;

    public IReadOnlyList<string> Files => _session.SpooledPath is null ? FilesRead : [];

    public IReadOnlyList<string> FilesRead => _files?.Paths ?? [];

    public long BytesBeyond => _session.BytesBeyond;

    public IReadOnlyList<TableColumn> Columns { get; }

    /// <summary>Whether types were found by looking at some rows, so that a text may turn out to be none.</summary>
    public bool GuessesTypes => _dialect is not null;

    public bool LacksNames => _dialect?.HasHeader == false;

    public void ThrowIfDamaged() => _check?.Wait();

    public void Dispose()
    {
        _check?.Dispose();
        _session.Dispose();
    }

    public Dictionary<string, CategoryLevels> CountLevels(IReadOnlyList<ColumnRequest> features, int maxLevels)
    {
        _session.Excludable = features.Select(column => column.Name).ToHashSet();
        FitMemory(features);
        return CategoryLevels.Count(_session, this, features, maxLevels);
    }

    public bool IsEmpty()
    {
        using var rows = _session.Query($"SELECT 1 FROM {Untyped()} LIMIT 1");
        return !rows.Next();
    }

    /// <summary>The first row, from 1, in which a column holds a text.</summary>
    public long? FirstRowWith(string name, string text)
    {
        var column = new ColumnRequest(name, ColumnKind.Category);
        using var rows = _session.Query(
            $"SELECT row FROM (SELECT {Sql.Cell(name, column.Kind)} AS cell, row_number() OVER () AS row FROM {From([column])}) "
            + $"WHERE cell = {Sql.Text(text)} LIMIT 1");
        return rows.Next() ? rows.Column(0).Integer(0) : null;
    }

    public IChunks Read(IReadOnlyList<ColumnRequest> columns) => PlainLayoutOf(columns) is not { } layout
        ? ReadByDuckDB(columns)
        : new PlainChunks(_files!.Paths, layout, EmptyTexts, _dialect!.HasHeader, _session.Threads, _rowLimit,
            () => ReadByDuckDB(columns), _session.Cancellation);

    private IChunks ReadByDuckDB(IReadOnlyList<ColumnRequest> columns)
    {
        FitMemory(columns);
        if (_rowLimit is not null || _files is null) return Open(); // a part is not to cost all of a file
        return new CheckedChunks(Open, _check ??= new GzipCheck(_files.Paths));

        ChunkStream Open() => _session.Query($"SELECT {string.Join(", ", columns.Select(Cell))} FROM {From(columns)}");
    }

    /// <summary>
    /// Of a Parquet file each thread has a group of rows in memory, column by column, packed and unpacked: all of a column where it was written as one page, as DuckDB does.
    /// The first file stands for all.
    /// </summary>
    private void FitMemory(IReadOnlyList<ColumnRequest> columns)
    {
        if (_files?.Format == TableFormat.Json) _session.ReadColumns(JsonBytesAThread);
        if (_files?.Format != TableFormat.Parquet) return;
        _session.StreamLittle(); // otherwise up to a third more is in memory in all
        string names = string.Join(", ", columns.Select(column => Sql.Text(column.Name)).Distinct());
        _session.ReadColumns(Number(
            "SELECT CAST(coalesce(max(bytes), 0) AS BIGINT) FROM (SELECT sum(total_compressed_size + total_uncompressed_size) AS bytes "
            + $"FROM parquet_metadata({Sql.Text(FileSet.Escaped(_files.Paths[0]))}) WHERE path_in_schema IN ({names}) GROUP BY row_group_id)") ?? 0);
    }

    /// <summary>How to read columns of delimited text without DuckDB, as long as it is plain; null where that cannot be.</summary>
    private PlainLayout? PlainLayoutOf(IReadOnlyList<ColumnRequest> columns)
    {
        if (_dialect is null || _dialect.Columns != Columns.Count) return null;
        if (columns.Any(column => !PlainLayout.Takes(column.Kind))) return null;
        if (columns.DistinctBy(column => column.Name).Count() < columns.Count) return null;
        var places = Columns.Select((column, place) => (column.Name, place)).ToDictionary(column => column.Name, column => column.place);
        return new PlainLayout(_dialect.Delimiter, _dialect.Columns, [.. columns.Select(column => (places[column.Name], column.Kind))]);
    }

    public long? CountRows() => _files?.Format switch
    {
        TableFormat.Csv => null,
        TableFormat.Parquet => RowsBeforehand(),
        _ => Number($"SELECT count(*) FROM {Untyped()}"),
    };

    public long? RowsBeforehand() => _files?.Format == TableFormat.Parquet
        ? Number($"SELECT CAST(sum(num_rows) AS BIGINT) FROM parquet_file_metadata({_files.ToSql()})")
        : null;

    private long? Number(string query)
    {
        using var rows = _session.Query(query);
        return rows.Next() ? rows.Column(0).Integer(0) : null;
    }

    /// <summary>What stands after FROM for these columns to come with the types of their kinds.</summary>
    public string From(IEnumerable<ColumnRequest> columns) =>
        _rowLimit is { } limit ? $"(SELECT * FROM {FromAll(columns)} LIMIT {limit})" : FromAll(columns);

    private string FromAll(IEnumerable<ColumnRequest> columns)
    {
        var kinds = columns.DistinctBy(column => column.Name).ToDictionary(column => column.Name, column => column.Kind);
        return _files?.Format switch
        {
            TableFormat.Csv => ReadCsv(kinds),
            TableFormat.Json => $"read_json({_files.ToSql()}, columns = {Sql.Types(kinds)})",
            _ => Untyped(),
        };
    }

    private string Cell(ColumnRequest column)
    {
        if (_dialect is null || column.Kind != ColumnKind.Date) return Sql.Cell(column.Name, column.Kind);
        string name = Sql.PlainIdentifier(column.Name);
        const string Format = "%FORMAT";
        string[] remedy = ProposedQuery.Of(
            Source, table => $"SELECT * REPLACE (strptime({name}, ['{Format}', '%Y-%m-%d']) AS {name}) FROM {table}",
            [.. _dialect.DelimiterOption, $"nullstr = {Sql.Texts(EmptyTexts)}", $"types = {{{Sql.Text(column.Name)}: 'VARCHAR'}}"]).Split(Format, 2);
        return Sql.DateCell(column.Name,
            ($"which is no date as YYYY-MM-DD; write dates so, or convert them by their own format: {remedy[0]}", remedy[1]));
    }

    private string Untyped() => _files?.Format switch
    {
        null => $"({_session.Source.Text.Trim().TrimEnd(';')}\n)",
        TableFormat.Csv => ReadCsv(""),
        TableFormat.Json => $"read_json({_files.ToSql()})",
        _ => $"read_parquet({_files.ToSql()}, hive_partitioning = false)",
    };

    /// <summary>
    /// Numbers are given their type, so that a decimal point that comes late still fits. Dates come as texts: a format that
    /// is found anew in each file may be another one when a model is used than it was when the model was trained.
    /// </summary>
    private string ReadCsv(Dictionary<string, ColumnKind> kinds)
    {
        ColumnKind TypeOf(string name)
        {
            var kind = kinds.GetValueOrDefault(name, ColumnKind.Category);
            return kind == ColumnKind.Date ? ColumnKind.Category : kind;
        }

        // With all types given DuckDB need not look at the first rows again; but it has to where it compares the columns of
        // several files.
        bool isSettled = _files!.Paths.Count == 1;
        var typed = Columns.Where(column => isSettled || kinds.ContainsKey(column.Name))
            .Select(column => KeyValuePair.Create(column.Name, TypeOf(column.Name))).ToList();
        return ReadCsv(isSettled ? $", auto_detect = false, columns = {Sql.Types(typed)}"
            : typed.Count > 0 ? $", types = {Sql.Types(typed)}" : "");
    }

    private string ReadCsv(string types) =>
        $"read_csv({_files!.ToSql()}, {_dialect!.ToSql()}, nullstr = {Sql.Texts(EmptyTexts)}, hive_partitioning = false{BufferSize}{types})";

    private string BufferSize => _session.TextBuffer is { } bytes ? $", buffer_size = {bytes}" : "";

    /// <summary>
    /// What a query needs to read the files as they are read here. By itself DuckDB takes only nothing for an empty cell, and a column of
    /// numbers with an NA for texts; and it may guess another delimiter.
    /// </summary>
    private static (string Function, Lazy<IReadOnlyList<string>> Options) ReaderOf(FileSet files, CsvDialect? dialect) => files.Format switch
    {
        TableFormat.Csv => ("read_csv", new(() =>
        {
            var empty = EmptyCells.In(files.Paths, dialect!.Delimiter);
            return [.. dialect.DelimiterOption, .. empty.Count > 0 ? [$"nullstr = {Sql.Texts(empty.Prepend(""))}"] : Array.Empty<string>()];
        })),
        TableFormat.Json => ("read_json", new(() => [])),
        _ => ("read_parquet", new(() => [])),
    };

    private List<TableColumn> FindColumns()
    {
        try
        {
            int rows = _dialect is null ? 0 : Math.Clamp(SniffedCells / _dialect.Columns, FewestSniffedRows, UsualSniffedRows);
            // DuckDB gives a column whose name says that a cell is empty another one.
            if (_dialect?.Names is { } names && !names.Intersect(EmptyTexts).Any() && _files!.Paths.Count == 1
                && PlainTable.IsOfNumbers(_files.Paths[0], _dialect, EmptyTexts, rows, _session.Cancellation))
                return [.. names.Select(name => new TableColumn(name, DuckDBType.Double))];
            string table = _dialect is null ? Untyped() : ReadCsv($", sample_size = {rows}");
            using var none = _session.Query($"SELECT * FROM {table} LIMIT 0");
            return [.. Enumerable.Range(0, none.ColumnCount).Select(i => new TableColumn(none.ColumnName(i), none.ColumnType(i)))];
        }
        catch (PerceptronException) when (_dialect is not null)
        {
            using (var check = new GzipCheck(_files!.Paths))
                check.Wait();
            ThrowBadLine();
            throw;
        }
    }

    /// <summary>Reads a delimited file as texts: where no type could be found in it, this finds the line at fault.</summary>
    private void ThrowBadLine()
    {
        var columns = Enumerable.Range(0, _dialect!.Columns).Select(i => KeyValuePair.Create($"c{i}", ColumnKind.Category));
        using var texts = _session.Query(
            $"SELECT count(c0) FROM read_csv({_files!.ToSql()}, {_dialect.ToSql()}, auto_detect = false, columns = {Sql.Types(columns)})");
        texts.Next();
    }
}
