using System.Text.RegularExpressions;
using GpuPerceptron.Diagnostics.Findings;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>Turns DuckDB's messages, of many lines and full of its own options, into one line: where, what, what to do.</summary>
internal static partial class DuckMessage
{
    /// <summary>A message in one line.</summary>
    /// <param name="message">DuckDB's.</param>
    /// <param name="source">The table.</param>
    /// <param name="excludable">The columns that may be left out by --exclude.</param>
    public static string OneLine(string message, TableSource source, IReadOnlySet<string> excludable)
    {
        if (LacksMemory().IsMatch(message.Split('\n')[0]))
            return $"{source}: --memory leaves too little to read it ({FirstLine(message)}); allow more"
                + (source.Text.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase)
                    ? ", or write the file with fewer rows a group: row_group_size=50_000 in pyarrow, ROW_GROUP_SIZE 50000 in DuckDB's COPY" : "");
        if (CsvError().Match(message) is { Success: true } csv)
        {
            string file = FileOf(message, source);
            return $"{file}, line {csv.Groups["line"].Value}: {CsvFault(message, source, excludable)}{OrFetch(file)}";
        }

        if (JsonError().Match(message) is { Success: true } json)
        {
            string file = json.Groups["file"].Value;
            return $"{file}, line {json.Groups["line"].Value}: {json.Groups["what"].Value.Trim()}; correct the line{OrFetch(file)}";
        }

        if (CastError().Match(message) is { Success: true } cast)
            return $"{source}: {NotOfType(cast, excludable)}";
        if (DateError().Match(message) is { Success: true } date)
            return $"{source}: {NotOfType(date, excludable)}";
        if (source.IsQuery) return QueryFault(message, source);
        if (message.Contains("state machine reached an invalid state", StringComparison.Ordinal))
            return $"{source}: its lines do not all end in the same way (\\r\\n or \\n), or a quote stands where none may; save it anew with one kind of "
                + "line end, such as by dos2unix";
        if (message.Contains("GZIP", StringComparison.OrdinalIgnoreCase))
            return $"{source}: the file is damaged or no gzip file; make or fetch it again";
        if (message.Contains("magic bytes", StringComparison.Ordinal) || message.Contains("Parquet", StringComparison.OrdinalIgnoreCase))
            return $"{source}: the file is damaged or no Parquet file ({FirstLine(message)}); make or fetch it again";
        return $"{source}: {FirstLine(message)}";
    }

    /// <summary>A query may go wrong in any way; what it reads is its own affair.</summary>
    private static string QueryFault(string message, TableSource source) =>
        message.StartsWith("Parser Error", StringComparison.Ordinal)
            ? $"{source} is not understood: {FirstLine(message)}; write one SELECT statement in DuckDB's SQL"
            : $"{source}: {FirstLine(message)}";

    private static string OrFetch(string file) =>
        FileSet.IsCompressed(file) ? ", or fetch the file again if it ends there" : "";

    private static string CsvFault(string message, TableSource source, IReadOnlySet<string> excludable)
    {
        if (ConversionError().Match(message) is { Success: true } conversion)
            return NotOfType(conversion, excludable);
        if (ColumnCountError().Match(message) is { Success: true } count)
        {
            string found = count.Groups["found"].Value, expected = count.Groups["expected"].Value;
            return $"{found} {(found == "1" ? "column" : "columns")} where the first line has {expected}; correct the line"
                + (expected == "1" || BeginsWithComment(FileOf(message, source)) ? $", or, {ColumnSelection.IfComment(source)}" : "");
        }

        if (message.Contains("unterminated quote", StringComparison.Ordinal))
            return "a text in quotes has no end, or goes on after it; close the quote, or double it where it belongs to the text";
        if (message.Contains("not utf-8 encoded", StringComparison.Ordinal))
            return TextEncoding.Fault("windows-1252", FileOf(message, source)) + ", or from whatever encoding it has";

        // "CSV Error on Line: 7", "Original Line: …", then what is wrong.
        string what = message.Split('\n', StringSplitOptions.TrimEntries)
            .SkipWhile(line => !line.StartsWith("Original Line", StringComparison.Ordinal))
            .Skip(1).FirstOrDefault(FirstLine(message));
        return $"{what.TrimEnd('.')}; correct the line";
    }

    private static bool BeginsWithComment(string file)
    {
        if (!File.Exists(file)) return false;
        using var stream = File.OpenRead(file);
        return stream.ReadByte() == '#';
    }

    private static string NotOfType(Match match, IReadOnlySet<string> excludable)
    {
        string column = match.Groups["column"].Value;
        string type = match.Groups["type"].Value.ToUpperInvariant();
        string kind = type switch
        {
            "BOOLEAN" or "BOOL" => "neither true nor false",
            "DATE" => "no date",
            _ when type.StartsWith("TIMESTAMP", StringComparison.Ordinal) => "no date",
            "TIME" => "no time of day",
            _ => "no number",
        };
        string mend = excludable.Contains(column)
            ? $"correct it, leave the cell empty, or leave the column out ({FeatureNames.Exclude([column])})"
            : "correct it, leave the cell empty, or convert the column by a query (--sql), as it may have been for the training";
        return $"column \"{column}\" holds \"{match.Groups["text"].Value}\", which is {kind}, although the others are; {mend}";
    }

    private static string FileOf(string message, TableSource source) =>
        FileLine().Match(message) is { Success: true } file ? file.Groups["file"].Value.Trim() : source.Name;

    /// <summary>The first line without DuckDB's kind of error.</summary>
    private static string FirstLine(string message) => KindOfError().Replace(message.Split('\n')[0], "").Trim();

    [GeneratedRegex("^Out of Memory Error.*(could not|failed to) allocate", RegexOptions.IgnoreCase)]
    private static partial Regex LacksMemory();

    [GeneratedRegex(@"CSV Error on Line: (?<line>\d+)")]
    private static partial Regex CsvError();

    [GeneratedRegex(@"Error when converting column ""(?<column>.*?)""\. Could not convert string ""(?<text>.*?)"" to '(?<type>\w+)")]
    private static partial Regex ConversionError();

    [GeneratedRegex(@"Expected Number of Columns: (?<expected>\d+) Found: (?<found>\d+)")]
    private static partial Regex ColumnCountError();

    [GeneratedRegex(@"JSON.* in file ""(?<file>.*?)"",.* in line (?<line>\d+): (?<what>[^\n]*)")]
    private static partial Regex JsonError();

    [GeneratedRegex(@"Could not convert string ['""](?<text>.*?)['""] to '?(?<type>\w+)'? when casting from source column (?<column>[^\n]*)")]
    private static partial Regex CastError();

    [GeneratedRegex(@"(?<type>timestamp|date|time) field [^""]*""(?<text>.*?)"".* when casting from source column (?<column>[^\n]*)")]
    private static partial Regex DateError();

    [GeneratedRegex(@"^\s*file = (?<file>.*)$", RegexOptions.Multiline)]
    private static partial Regex FileLine();

    [GeneratedRegex(@"^[\w ]* Error: ")]
    private static partial Regex KindOfError();
}
