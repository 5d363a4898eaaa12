using System.Text.RegularExpressions;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>Turns DuckDB's messages, of many lines and full of its own options, into one line: where, what, what to do.</summary>
internal static partial class DuckMessage
{
    public static string OneLine(string message, TableSource source)
    {
        if (CsvError().Match(message) is { Success: true } csv)
        {
            string file = FileOf(message, source);
            string cut = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? ", or fetch the file again if it ends there" : "";
            return $"{file}, line {csv.Groups["line"].Value}: {CsvFault(message)}{cut}";
        }

        if (JsonError().Match(message) is { Success: true } json)
            return $"{json.Groups["file"].Value}, line {json.Groups["line"].Value}: {json.Groups["what"].Value.Trim()}; correct the line";
        if (CastError().Match(message) is { Success: true } cast)
            return $"{source}: {NotOfType(cast.Groups["column"].Value, cast.Groups["text"].Value, cast.Groups["type"].Value)}";
        if (DateError().Match(message) is { Success: true } date)
            return $"{source}: {NotOfType(date.Groups["column"].Value, date.Groups["text"].Value, date.Groups["type"].Value.ToUpperInvariant())}";
        if (message.Contains("GZIP", StringComparison.OrdinalIgnoreCase))
            return $"{source}: the file is damaged or no gzip file; make or fetch it again";
        if (message.Contains("magic bytes", StringComparison.Ordinal) || message.Contains("Parquet", StringComparison.OrdinalIgnoreCase))
            return $"{source}: the file is damaged or no Parquet file ({FirstLine(message)}); make or fetch it again";
        return $"{source}: {FirstLine(message)}";
    }

    private static string CsvFault(string message)
    {
        if (ConversionError().Match(message) is { Success: true } conversion)
            return NotOfType(conversion.Groups["column"].Value, conversion.Groups["text"].Value, conversion.Groups["type"].Value);
        if (ColumnCountError().Match(message) is { Success: true } count)
            return $"{count.Groups["found"].Value} columns where the first line has {count.Groups["expected"].Value}; correct the line";

        // "CSV Error on Line: 7", "Original Line: …", then what is wrong.
        string what = message.Split('\n', StringSplitOptions.TrimEntries)
            .SkipWhile(line => !line.StartsWith("Original Line", StringComparison.Ordinal))
            .Skip(1).FirstOrDefault(FirstLine(message));
        return $"{what.TrimEnd('.')}; correct the line";
    }

    private static string NotOfType(string column, string text, string type)
    {
        string kind = type switch
        {
            "BOOLEAN" or "BOOL" => "neither true nor false",
            "DATE" or "TIMESTAMP" => "no date",
            "TIME" => "no time of day",
            _ => "no number",
        };
        return $"column \"{column}\" holds \"{text}\", which is {kind}, although the others are; "
            + $"correct it, leave the cell empty, or leave the column out (--exclude \"{column}\")";
    }

    private static string FileOf(string message, TableSource source) =>
        FileLine().Match(message) is { Success: true } file ? file.Groups["file"].Value.Trim() : source.Name;

    /// <summary>The first line without DuckDB's kind of error.</summary>
    private static string FirstLine(string message) => KindOfError().Replace(message.Split('\n')[0], "").Trim();

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
