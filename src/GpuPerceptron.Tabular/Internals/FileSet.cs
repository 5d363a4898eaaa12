namespace GpuPerceptron.Tabular.Internals;

internal enum TableFormat
{
    Csv,
    Json,
    Parquet,
}

/// <summary>The files that a path or a pattern names, all of one format.</summary>
/// <param name="Paths">In the order of their names.</param>
/// <param name="Format">The format that the extension says.</param>
internal sealed record FileSet(IReadOnlyList<string> Paths, TableFormat Format)
{
    private static readonly char[] PatternCharacters = ['*', '?', '['];

    /// <summary>The files as DuckDB takes them, with the characters of patterns escaped.</summary>
    public string ToSql() => Sql.Texts(Paths.Select(Escaped));

    /// <summary>A path that is no pattern to DuckDB.</summary>
    public static string Escaped(string path) => string.Concat(path.Select(Escape));

    /// <summary>Whether a file's name says that it is compressed with gzip.</summary>
    public static bool IsCompressed(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    public static FileSet Of(DuckSession session)
    {
        if (session.SpooledPath is { } spooled) return new FileSet([spooled], TableFormat.Csv);
        string text = session.Source.Text;
        var paths = File.Exists(text) ? [text] : Matches(session, text);
        var formats = paths.Select(FormatOf).Distinct().ToList();
        return formats.Count == 1
            ? new FileSet(paths, formats[0])
            : throw new PerceptronException(Fault.Data, $"{text}: the files are of different formats; name files of one format");
    }

    private static List<string> Matches(DuckSession session, string pattern)
    {
        if (Directory.Exists(pattern))
            throw new PerceptronException(Fault.Data,
                $"{pattern}: this is a folder; name its files with a pattern, such as \"{Path.Combine(pattern, "*.csv")}\"");
        if (pattern.IndexOfAny(PatternCharacters) < 0)
            throw new PerceptronException(Fault.Data, $"{pattern}: there is no such file");

        var paths = new List<string>();
        using var chunks = session.Query($"SELECT file FROM glob({Sql.Text(pattern)})");
        while (chunks.Next())
        {
            var files = chunks.Column(0);
            for (int row = 0; row < chunks.Rows; row++)
                paths.Add(System.Text.Encoding.UTF8.GetString(files.Text(row)));
        }

        paths.Sort(StringComparer.Ordinal);
        return paths.Count > 0 ? paths : throw new PerceptronException(Fault.Data, $"{pattern}: no file matches this pattern");
    }

    /// <summary>The format that a file's extension says.</summary>
    public static TableFormat FormatOf(string path)
    {
        string name = IsCompressed(path) ? path[..^3] : path;
        return Path.GetExtension(name).ToUpperInvariant() switch
        {
            ".CSV" or ".TSV" or ".TXT" => TableFormat.Csv,
            ".JSON" or ".JSONL" or ".NDJSON" => TableFormat.Json,
            ".PARQUET" when name == path => TableFormat.Parquet,
            _ => throw new PerceptronException(Fault.Data,
                $"{path}: the extension names no format known here; "
                + "known are .csv, .tsv, .txt, .json, .jsonl, .ndjson (each also with .gz), .parquet, .npy and .npz"),
        };
    }

    private static string Escape(char character) =>
        PatternCharacters.Contains(character) ? $"[{character}]" : character.ToString();
}
