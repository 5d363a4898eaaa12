namespace GpuPerceptron.Tabular;

/// <summary>Where a table comes from: files, or a query.</summary>
public sealed class TableSource
{
    private TableSource(string name, string text, bool isQuery)
    {
        Name = name;
        Text = text;
        IsQuery = isQuery;
    }

    /// <summary>What messages call the table.</summary>
    public string Name { get; }

    internal string Text { get; }

    internal bool IsQuery { get; }

    /// <summary>
    /// A file, or several by a pattern with *, ? or [a-z], read in the order of their names. The extension says the format:
    /// .csv, .tsv, .txt, .json, .jsonl, .ndjson (each also with .gz), .parquet.
    /// </summary>
    /// <param name="pathOrGlob">The path; a file of exactly this name goes before a pattern.</param>
    public static TableSource File(string pathOrGlob) => new(pathOrGlob, pathOrGlob, isQuery: false);

    /// <summary>The result of a query in DuckDB's SQL, which may name files: <c>SELECT * FROM 'samples.parquet'</c>.</summary>
    /// <param name="sql">One SELECT statement.</param>
    public static TableSource Query(string sql) => new("the query", sql, isQuery: true);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
