using GpuPerceptron.Tabular.Internals.Arrays;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>A table that is open for reading: one that DuckDB reads, or one of NumPy's arrays.</summary>
internal interface ITable : IDisposable
{
    /// <summary>Where the table comes from.</summary>
    TableSource Source { get; }

    /// <summary>The files that the table is read from; none for a query or a stream.</summary>
    IReadOnlyList<string> Files { get; }

    /// <summary>The files that the table is read from, also where that is a copy of a stream; none for a query.</summary>
    IReadOnlyList<string> FilesRead => Files;

    /// <summary>What reading columns takes beyond what a budget has for reading; known when they are read.</summary>
    long BytesBeyond => 0;

    /// <summary>All the table's columns.</summary>
    IReadOnlyList<TableColumn> Columns { get; }

    /// <summary>Whether the columns have no names of their own, for the first line of a delimited file is numbers alone.</summary>
    bool LacksNames { get; }

    /// <summary>Rows of the whole table, where that can be told, or has to be counted; null where only reading all of it would tell.</summary>
    long? CountRows();

    /// <summary>Rows of the whole table, where its files say so at once; else null.</summary>
    long? RowsBeforehand();

    /// <summary>Whether the table has no row.</summary>
    bool IsEmpty();

    /// <summary>Counts the levels of a training's features that are texts; none where they are numbers after all.</summary>
    Dictionary<string, CategoryLevels> CountLevels(IReadOnlyList<ColumnRequest> features, int maxLevels);

    /// <summary>Reads columns, in the table's order of rows: text for a category, DOUBLE for the rest.</summary>
    IChunks Read(IReadOnlyList<ColumnRequest> columns);

    /// <summary>Throws where a file turns out to be damaged although its rows could be read; to be called after them.</summary>
    void ThrowIfDamaged();

    /// <summary>The column of this name; null where there is none.</summary>
    TableColumn? Find(string name) => Columns.FirstOrDefault(column => column.Name == name);

    /// <summary>Opens a table.</summary>
    static ITable Open(TableSource source, ReadOptions options, CancellationToken cancellation)
    {
        var table = OpenPlain(source, options, cancellation);
        return options.Progress is { } report ? new MeteredTable(table, report, pause: TimeSpan.FromSeconds(0.2)) : table;
    }

    private static ITable OpenPlain(TableSource source, ReadOptions options, CancellationToken cancellation)
    {
        if (source.IsArray) return new ArrayTable(source, options.RowLimit, cancellation);
        var session = new DuckSession(source, options, cancellation);
        try
        {
            return new Relation(session, options.RowLimit);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }
}

/// <summary>Columns of a table, some rows at a time, in order.</summary>
internal interface IChunks : IDisposable
{
    /// <summary>Rows in the chunk.</summary>
    int Rows { get; }

    /// <summary>The chunk's first row, from 0.</summary>
    long FirstRow { get; }

    /// <summary>Goes to the next chunk; false at the end.</summary>
    bool Next();

    /// <summary>One of the chunk's columns, in the order in which they were asked for; valid until <see cref="Next"/>.</summary>
    Cells Column(int column);
}
