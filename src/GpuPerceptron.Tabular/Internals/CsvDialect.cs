using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>
/// How a delimited file is to be read, judged by its first line alone: guessing from more lines, as DuckDB would, takes a
/// ragged file for one of a single column and skips lines that it cannot explain.
/// </summary>
/// <param name="Delimiter">The most frequent of comma, semicolon, tab and bar outside quotes.</param>
/// <param name="Columns">Fields in the first line.</param>
/// <param name="HasHeader">Whether the first line names the columns: not where every field of it is a number.</param>
/// <param name="Names">The names, where they can be read in one way only; else null, also where there are none.</param>
internal sealed record CsvDialect(char Delimiter, int Columns, bool HasHeader, IReadOnlyList<string>? Names)
{
    private const string Delimiters = ",;\t|";
    private const int LongestLine = 16 << 20; // characters

    /// <summary>Reads a file's first line.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">What messages call it.</param>
    public static CsvDialect Of(string path, string name)
    {
        string line = FirstLine(path, name);
        char delimiter = Delimiters.MaxBy(candidate => Fields(line, candidate).Count());
        var fields = Fields(line, delimiter).ToList();
        bool hasHeader = !fields.TrueForAll(IsNumber);
        if (hasHeader) ThrowIfRepeated(name, fields);
        string[] names = [.. fields.Select(PlainName).OfType<string>()];
        return new CsvDialect(delimiter, fields.Count, hasHeader, hasHeader && names.Length == fields.Count ? names : null);
    }

    /// <summary>The option that names the delimiter, where it is no comma, which DuckDB guesses least wrongly.</summary>
    public string[] DelimiterOption => Delimiter == ',' ? [] : [$"delim = '{(Delimiter == '\t' ? "\\t" : Delimiter.ToString())}'"];

    /// <summary>The options that tell DuckDB so.</summary>
    public string ToSql() =>
        $"delim = '{Delimiter}', quote = '\"', escape = '\"', header = {(HasHeader ? "true" : "false")}, skip = 0, "
        + "comment = '', strict_mode = true";

    /// <summary>DuckDB, to which upper and lower case are one, would rename all columns of a name but the first.</summary>
    private static void ThrowIfRepeated(string file, List<string> fields)
    {
        string[] repeated = [.. fields.Select(field => field.Trim('"')).Where(name => name.Length > 0)
            .GroupBy(name => name, StringComparer.OrdinalIgnoreCase).Where(same => same.Count() > 1)
            .Select(same => string.Join(", ", same.Select(name => $"\"{name}\"")))];
        if (repeated.Length > 0)
            throw new PerceptronException(Fault.Data,
                $"{file}, line 1: columns have the same name, or one that differs in case only: {string.Join("; ", repeated)}; "
                + "name them apart in the first line");
    }

    /// <summary>A name that is not empty, and has neither quotes, but perhaps around it, nor blanks about it; else null.</summary>
    private static string? PlainName(string field)
    {
        string name = field.Length > 1 && field[0] == '"' && field[^1] == '"' ? field[1..^1] : field;
        return name.Length > 0 && !name.Contains('"') && name.Trim().Length == name.Length ? name : null;
    }

    private static bool IsNumber(string field) =>
        double.TryParse(field.Trim('"', ' '), NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static IEnumerable<string> Fields(string line, char delimiter)
    {
        bool quoted = false;
        int start = 0;
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] == '"') quoted = !quoted;
            if (quoted || line[i] != delimiter) continue;
            yield return line[start..i];
            start = i + 1;
        }

        yield return line[start..];
    }

    /// <summary>Up to the first line end outside quotes.</summary>
    private static string FirstLine(string path, string name)
    {
        try
        {
            using Stream file = File.OpenRead(path);
            using Stream content = FileSet.IsCompressed(path)
                ? new GZipStream(file, CompressionMode.Decompress)
                : file;
            using var reader = new StreamReader(content, Encoding.UTF8);
            var line = new StringBuilder();
            bool quoted = false;
            for (int c = reader.Read(); c >= 0 && line.Length < LongestLine; c = reader.Read())
            {
                if (c == '"') quoted = !quoted;
                if (!quoted && c is '\n' or '\r') break;
                line.Append((char)c);
            }

            bool isUtf8 = reader.CurrentEncoding is UTF8Encoding; // else the first bytes name another
            int zero = line.ToString().IndexOf('\0');
            if (!isUtf8 || zero >= 0)
                throw new PerceptronException(Fault.Data, $"{name}: " + TextEncoding.Fault(
                    !isUtf8 ? reader.CurrentEncoding.WebName : zero % 2 == 0 ? "utf-16be" : "utf-16le", name));
            if (line.Length > 0) return line.ToString();
            using (var check = new GzipCheck([path]))
                check.Wait(); // a file that was cut short has no lines, either
            throw new PerceptronException(Fault.Data, $"{name}: the file is empty, or its first line is; it must name the columns");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PerceptronException(Fault.Data, $"{name}: the file cannot be read ({SystemMessage.Of(error)})", error);
        }
        catch (InvalidDataException error)
        {
            throw new PerceptronException(Fault.Data, $"{name}: the file is damaged or no gzip file; make or fetch it again", error);
        }
    }
}
