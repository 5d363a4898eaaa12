using GpuPerceptron.Diagnostics;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>The query that a message proposes in place of a table.</summary>
internal static class ProposedQuery
{
    private const int LongestQueryShown = 3000; // some that messages proposed, one inside the other
    private const string SavedStream = "table.csv";

    // Read by their names alone; DuckDB does not know .txt.
    private static readonly string[] KnownToDuckDB = [".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet"];

    /// <summary>The option, and what has to be done before where the table is a stream.</summary>
    /// <param name="source">The table.</param>
    /// <param name="query">The query, of what stands after FROM.</param>
    /// <param name="options">How DuckDB is to read a delimited file, where it would not by itself.</param>
    public static string Of(TableSource source, Func<string, string> query, params string[] options)
    {
        string option = $"--sql {ShellText.Argument(query(From(source, options)))}";
        return source.IsStream ? $"with {source.Name} saved to {SavedStream}, {option}" : option;
    }

    /// <summary>What stands after FROM.</summary>
    private static string From(TableSource source, string[] options)
    {
        if (source.IsQuery)
            return source.Text.Length <= LongestQueryShown && !source.Text.Contains("--") ? $"({source.Text.Trim().TrimEnd(';')})" : "(…)";
        string name = Sql.Text(source.IsStream ? SavedStream : File.Exists(source.Name) ? FileSet.Escaped(source.Name) : source.Name);
        var (function, ownOptions) = source.Reader is { } reader ? (reader.Function, reader.Options.Value) : ("read_csv", []);
        string[] all = options.Length > 0 ? options : [.. ownOptions];
        string plain = FileSet.IsCompressed(source.Text) ? source.Text[..^3] : source.Text;
        bool isKnown = source.IsStream || KnownToDuckDB.Contains(Path.GetExtension(plain), StringComparer.OrdinalIgnoreCase);
        return all.Length == 0 && isKnown ? name : $"{function}({string.Join(", ", all.Prepend(name))})";
    }
}
