using System.Globalization;
using GpuPerceptron.Diagnostics.Findings;
using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>
/// Columns of texts that are dates in a writing that nothing takes for dates by itself, such as 31.12.2020 10:30 or
/// 5-Jan-2020: as levels they do not say what came first.
/// </summary>
internal static class ForeignDates
{
    private const double NearlyAll = 0.9;
    private const int FewLevels = 10; // a few days may well be levels

    private static readonly (string Ours, string Sql)[] Times =
        [("", ""), (" H:mm", " %H:%M"), (" H:mm:ss", " %H:%M:%S"), (" h:mm tt", " %I:%M %p"), (" h:mm:ss tt", " %I:%M:%S %p")];

    private static readonly (string Ours, string Sql)[] NamedMonths =
    [
        ("d-MMM-yyyy", "%d-%b-%Y"), ("d MMM yyyy", "%d %b %Y"), ("d MMMM yyyy", "%d %B %Y"), ("d-MMM-yy", "%d-%b-%y"),
        ("MMM d, yyyy", "%b %d, %Y"), ("MMMM d, yyyy", "%B %d, %Y"),
    ];

    /// <summary>Formats as .NET and as DuckDB reads them. Where days and months cannot be told apart, days come first.</summary>
    private static readonly (string Ours, string Sql)[] Formats =
    [
        .. from date in NamedMonths.Concat(NumberedMonths("yyyy", "%Y")) from time in Times
           select (date.Ours + time.Ours, date.Sql + time.Sql),
        .. from date in NumberedMonths("yy", "%y") from time in Times.Skip(1) select (date.Ours + time.Ours, date.Sql + time.Sql),
    ];

    /// <summary>The error of columns that hold such dates, but for a few cells perhaps, with one query that converts them all; null where none does.</summary>
    /// <param name="session">Where the table is read.</param>
    /// <param name="table">The table.</param>
    /// <param name="columns">Its columns of texts, and their most frequent ones.</param>
    public static PerceptronException? In(DuckSession session, Relation table, IEnumerable<(string Name, IReadOnlyList<string> Levels)> columns)
    {
        var found = columns.Select(column => In(session, table, column.Name, column.Levels)).OfType<DateColumn>().ToArray();
        if (found.Length == 0) return null;
        string query = ProposedQuery.Of(
            table.Source, from => $"SELECT * REPLACE ({string.Join(", ", found.Select(column => column.Conversion))}) FROM {from}");
        string guesses = string.Join("", found.Where(column => column.MonthsFirst is not null).Select(column =>
            $", or {(found.Length > 1 ? $"\"{column.Name}\" " : "")}by {column.MonthsFirst} if months come first: these dates do not tell"));
        string others = found.Length == 1 ? ""
            : $" ({(found.Length == 2 ? "so does" : "so do")} {string.Join(", ", found.Skip(1).Select(column => $"\"{column.Name}\""))})";
        return new PerceptronException(Fault.Data,
            $"{table.Source}: column \"{found[0].Name}\" holds dates such as \"{found[0].Example}\"{others}; "
            + $"write them as YYYY-MM-DD, or convert them{(found.Any(column => column.HasOthers) ? ", with other texts as missing" : "")} ({query}{guesses}), "
            + $"or leave {(found.Length == 1 ? "the column" : "such a column")} out ({FeatureNames.Exclude([found[0].Name])})");
    }

    /// <param name="Name">The column's name.</param>
    /// <param name="Example">One of its dates.</param>
    /// <param name="Conversion">What converts it in a query.</param>
    /// <param name="HasOthers">Whether there are other texts.</param>
    /// <param name="MonthsFirst">The format that would fit as well, with months before days; null where there is none.</param>
    private sealed record DateColumn(string Name, string Example, string Conversion, bool HasOthers, string? MonthsFirst);

    private static DateColumn? In(DuckSession session, Relation table, string name, IReadOnlyList<string> levels)
    {
        if (levels.Count <= FewLevels || !levels[0].Any(char.IsAsciiDigit)) return null;
        var formats = Formats.Where(format => NearlyAll * levels.Count <= levels.Count(level => IsDate(level, format.Ours))).ToArray();
        if (formats.Length == 0) return null;

        // The most frequent may be days and months either way; all the others tell.
        var column = new ColumnRequest(name, ColumnKind.Category);
        string counts = string.Join(", ", formats.Select(format => $"count(try_strptime(cell, {Sql.Text(format.Sql)}))"));
        using var rows = session.Query(
            $"SELECT count(*), count(cell), {counts} FROM (SELECT {Sql.Cell(name, column.Kind)} AS cell FROM {table.From([column])})");
        if (!rows.Next()) return null;
        long all = rows.Column(0).Integer(0), cells = rows.Column(1).Integer(0);
        long[] dates = [.. formats.Select((_, i) => rows.Column(2 + i).Integer(0))];
        int best = Array.IndexOf(dates, dates.Max());
        if (dates[best] < NearlyAll * cells) return null;
        int monthsFirst = Array.FindIndex(formats, best + 1, format => format.Sql.StartsWith("%m", StringComparison.Ordinal));
        bool isGuess = monthsFirst >= 0 && dates[monthsFirst] == dates[best];

        // Where DuckDB reads the file by itself, cells that are empty to us may hold a text such as NA.
        string plain = Sql.PlainIdentifier(name), function = dates[best] == all ? "strptime" : "try_strptime";
        return new DateColumn(
            name, levels.First(level => IsDate(level, formats[best].Ours)), $"{function}({plain}, {Sql.Text(formats[best].Sql)}) AS {plain}",
            dates[best] < cells, isGuess ? formats[monthsFirst].Sql : null);
    }

    private static bool IsDate(string text, string format) =>
        DateTime.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static IEnumerable<(string Ours, string Sql)> NumberedMonths(string year, string sqlYear)
    {
        foreach (char sign in "./-")
        {
            string ours = $"'{sign}'"; // a plain slash is whatever a culture has in its place
            yield return ($"d{ours}M{ours}{year}", $"%d{sign}%m{sign}{sqlYear}");
            yield return ($"M{ours}d{ours}{year}", $"%m{sign}%d{sign}{sqlYear}");
            if (sign != '-') yield return ($"{year}{ours}M{ours}d", $"{sqlYear}{sign}%m{sign}%d"); // a query's YYYY-MM-DD are meant as texts
        }
    }
}
