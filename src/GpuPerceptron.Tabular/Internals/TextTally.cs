using System.Text;
using System.Text.RegularExpressions;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>What the cells of a column of texts look like: it may be a column of numbers, or of dates, that a few cells spoil.</summary>
/// <param name="Levels">Different texts.</param>
/// <param name="Rows">Cells that are not empty.</param>
/// <param name="Numbers">Of these, plain numbers.</param>
/// <param name="Dressed">Of these, numbers in another writing, such as 42,000 or $17 or 37%, or 12 kg where nothing but kg follows a number.</param>
/// <param name="DressedText">One of the dressed numbers, one with a decimal comma if there is any.</param>
/// <param name="OddText">One of the texts that are no number at all.</param>
/// <param name="Dates">Cells that are dates as YYYY-MM-DD, with a time perhaps.</param>
/// <param name="NoDate">One of the texts that are no such date.</param>
/// <param name="Pointed">Of the plain numbers, those with a point.</param>
/// <param name="Grouped">Of these, those whose point may be one between thousands: 1.234.</param>
/// <param name="Unit">What follows the dressed numbers, if it is a unit.</param>
internal readonly record struct TextTally(
    long Levels, long Rows, long Numbers, long Dressed, string? DressedText, string? OddText, long Dates, string? NoDate,
    long Pointed, long Grouped, string? Unit)
{
    private const int ManyLevels = 10;
    private const double NearlyAll = 0.9;

    // Digits with a decimal comma, or in groups of three; a currency before or after, or a percent sign.
    private const string NumberPattern = @"(?:[0-9]*[.,]?[0-9]+|[0-9]{1,3}(?:[,.'' ][0-9]{3})+(?:[.,][0-9]*)?)";
    private const string DressedPattern = @"\s*[-+]?\s*\p{Sc}?\s*[-+]?" + NumberPattern + @"\s*(%|\p{Sc})?\s*";

    // kg, °C, km/h, m2, sq ft: from a letter on, without digits but for a power.
    private const string UnitPattern = @"^\s*[-+]?" + NumberPattern + @"\s*([\p{L}°][^0-9\\]*?[23]?)\s*$";

    private const string MultiplePattern = "(?i)(th|st|nd|rd|tsd|mio|mln|mn|mrd|mld|bn|thousand|millions?|billions?)[.]?";

    // A comma before any number of digits but three, or after a point.
    private const string DecimalCommaPattern = @",([0-9]{1,2}|[0-9]{4,})([^0-9]|$)|\.[0-9]+,";

    private const string GroupPattern = @"\s*[-+]?[0-9]{1,3}\.[0-9]{3}\s*";

    /// <summary>SQL of marked levels: whether each is a number, or a date.</summary>
    /// <param name="counts">A table of levels, NULL perhaps among them, n cells each, of columns which.</param>
    /// <remarks>
    /// A unit is one where it is the column's only one and follows many numbers: 36 months and 60 months are two levels, and 1A, 2B and 3C
    /// are no numbers; nor are 1A and 2A, or 1k and 2k, for a letter alone, or a word for a multiple, may be more than a unit.
    /// </remarks>
    public static string Marked(string counts) => $"""
        SELECT *, level LIKE '____-%' AND TRY_CAST(level AS TIMESTAMPTZ) IS NOT NULL AS dated,
            NOT plain AND (regexp_full_match(level, '{DressedPattern}') OR (unit IS NOT NULL AND one AND united > {ManyLevels})) AS dressed
        FROM (
            SELECT *, min(unit) OVER levels = max(unit) OVER levels AS one, count(unit) OVER levels AS united
            FROM (
                SELECT *, TRY_CAST(level AS DOUBLE) IS NOT NULL AS plain,
                    CASE WHEN plain THEN '' ELSE regexp_extract(level, '{UnitPattern}', 1) END AS follows,
                    CASE WHEN follows = '°' OR (length(follows) > 1 AND NOT regexp_full_match(follows, '{MultiplePattern}')) THEN follows END AS unit
                FROM {counts} WHERE level IS NOT NULL)
            WINDOW levels AS (PARTITION BY which))
        """;

    /// <summary>SQL that adds the marked levels up, n cells each.</summary>
    public const string Aggregates =
        "count(*), CAST(sum(n) AS BIGINT), "
        + "CAST(coalesce(sum(n) FILTER (plain), 0) AS BIGINT), CAST(coalesce(sum(n) FILTER (dressed), 0) AS BIGINT), "
        + $"coalesce(min(level) FILTER (dressed AND regexp_matches(level, '{DecimalCommaPattern}')), min(level) FILTER (dressed)), "
        + "min(level) FILTER (NOT plain AND NOT dressed), "
        + "CAST(coalesce(sum(n) FILTER (dated), 0) AS BIGINT), min(level) FILTER (NOT dated), "
        + "CAST(coalesce(sum(n) FILTER (plain AND level LIKE '%.%'), 0) AS BIGINT), "
        + $"CAST(coalesce(sum(n) FILTER (plain AND regexp_full_match(level, '{GroupPattern}')), 0) AS BIGINT), "
        + "min(unit) FILTER (dressed)";

    /// <summary>Whether every cell that is not empty holds a plain number.</summary>
    public bool HoldsNumbersAlone => Rows > 0 && Numbers == Rows;

    /// <summary>Takes a row of <see cref="Aggregates"/>.</summary>
    public static TextTally Of(ChunkStream chunks, int first, int row) => new(
        chunks.Column(first).Integer(row), chunks.Column(first + 1).Integer(row), chunks.Column(first + 2).Integer(row),
        chunks.Column(first + 3).Integer(row), TextOf(chunks.Column(first + 4), row), TextOf(chunks.Column(first + 5), row),
        chunks.Column(first + 6).Integer(row), TextOf(chunks.Column(first + 7), row),
        chunks.Column(first + 8).Integer(row), chunks.Column(first + 9).Integer(row),
        TextOf(chunks.Column(first + 10), row));

    /// <summary>Whether they are numbers, but for a few, or in another writing. Texts that are numbers every one were meant
    /// to be texts: a query or a typed file says so.</summary>
    public bool SeemsToHoldNumbers => Rows > 0 && !HoldsNumbersAlone && Numbers + Dressed >= NearlyAll * Rows;

    /// <summary>Whether they are dates, but for a few.</summary>
    public bool SeemsToHoldDates => Dates < Rows && Dates >= NearlyAll * Rows;

    /// <summary>Whether nearly every cell holds a text of its own, as names of the samples do.</summary>
    public bool SeemsToNameSamples => Rows > 0 && !HoldsNumbersAlone && Levels > ManyLevels && Levels >= NearlyAll * Rows;

    /// <summary>Whether the dressed numbers have a decimal comma.</summary>
    public bool HasDecimalComma => DressedText is { } text && Regex.IsMatch(text, DecimalCommaPattern);

    /// <summary>Whether plain numbers have decimal points, too, which are none between thousands.</summary>
    public bool HasDecimalPoint => Pointed > Grouped;

    /// <summary>Whether 1.234 may be meant either way.</summary>
    public bool IsAmbiguous => HasDecimalComma && Grouped > 0 && !HasDecimalPoint;

    private static string? TextOf(in Cells cells, int row) => cells.IsValid(row) ? Encoding.UTF8.GetString(cells.Text(row)) : null;
}
