using GpuPerceptron.Tabular.Internals.LibSvm;

namespace GpuPerceptron.Tabular;

/// <summary>Where a table comes from: files, or a query.</summary>
public sealed class TableSource
{
    private TableSource(string name, string text, bool isQuery, bool isLibSvm)
    {
        Name = name;
        Text = text;
        IsQuery = isQuery;
        IsLibSvm = isLibSvm;
    }

    /// <summary>What messages call the table.</summary>
    public string Name { get; }

    internal string Text { get; }

    internal bool IsQuery { get; }

    /// <summary>Whether it is read as LIBSVM's sparse format, in which a line begins with its label and nothing has a
    /// name.</summary>
    public bool IsLibSvm { get; }

    /// <summary>
    /// A file, or several by a pattern with *, ? or [a-z], read in the order of their names. The extension says the format:
    /// .csv, .tsv, .txt, .json, .jsonl, .ndjson, and sparse: .libsvm, .svm, .svmlight (each also with .gz), .parquet.
    /// </summary>
    /// <param name="pathOrGlob">The path; a file of exactly this name goes before a pattern.</param>
    public static TableSource File(string pathOrGlob) =>
        new(pathOrGlob, pathOrGlob, isQuery: false, LibSvmFiles.HasExtension(pathOrGlob));

    /// <summary>One or several files in LIBSVM's sparse format, whatever their extension.</summary>
    /// <param name="pathOrGlob">The path, or a pattern with * or ?; a file of exactly this name goes before a pattern.</param>
    public static TableSource LibSvm(string pathOrGlob) => new(pathOrGlob, pathOrGlob, isQuery: false, isLibSvm: true);

    /// <summary>The result of a query in DuckDB's SQL, which may name files: <c>SELECT * FROM 'samples.parquet'</c>.</summary>
    /// <param name="sql">One SELECT statement.</param>
    public static TableSource Query(string sql) => new("the query", sql, isQuery: true, isLibSvm: false);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
