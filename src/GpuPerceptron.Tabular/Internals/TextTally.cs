using System.Text;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>What the cells of a column of texts look like: it may be a column of numbers that a few cells spoil.</summary>
/// <param name="Levels">Different texts.</param>
/// <param name="Rows">Cells that are not empty.</param>
/// <param name="Numbers">Of these, plain numbers.</param>
/// <param name="Dressed">Of these, numbers in another writing, such as 42,000 or $17 or 37%.</param>
/// <param name="DressedText">One of the dressed numbers, one with a decimal comma if there is any.</param>
/// <param name="OddText">One of the texts that are no number at all.</param>
internal readonly record struct TextTally(
    long Levels, long Rows, long Numbers, long Dressed, string? DressedText, string? OddText)
{
    private const long ManyLevels = 10;
    private const double NearlyAll = 0.9;

    // Digits with a decimal comma, or in groups of three; a currency before or after, or a percent sign.
    private const string DressedPattern =
        @"\s*[-+]?\s*\p{Sc}?\s*[-+]?([0-9]*[.,]?[0-9]+|[0-9]{1,3}([,.'' ][0-9]{3})+([.,][0-9]*)?)\s*(%|\p{Sc})?\s*";

    private const string DecimalCommaPattern = ",([0-9]{1,2}|[0-9]{4,})([^0-9]|$)";

    /// <summary>SQL that says of each level whether it is a number.</summary>
    public const string Marks =
        "TRY_CAST(level AS DOUBLE) IS NOT NULL AS plain, "
        + $"NOT plain AND regexp_full_match(level, '{DressedPattern}') AS dressed";

    /// <summary>SQL that adds the marked levels up, n cells each.</summary>
    public const string Aggregates =
        "count(*), CAST(sum(n) AS BIGINT), "
        + "CAST(coalesce(sum(n) FILTER (plain), 0) AS BIGINT), CAST(coalesce(sum(n) FILTER (dressed), 0) AS BIGINT), "
        + $"max_by(level, regexp_matches(level, '{DecimalCommaPattern}')) FILTER (dressed), min(level) FILTER (NOT plain AND NOT dressed)";

    /// <summary>Whether every cell that is not empty holds a plain number.</summary>
    public bool HoldsNumbersAlone => Rows > 0 && Numbers == Rows;

    /// <summary>Takes a row of <see cref="Aggregates"/>.</summary>
    public static TextTally Of(ChunkStream chunks, int first, int row) => new(
        chunks.Column(first).Integer(row), chunks.Column(first + 1).Integer(row), chunks.Column(first + 2).Integer(row),
        chunks.Column(first + 3).Integer(row), TextOf(chunks.Column(first + 4), row), TextOf(chunks.Column(first + 5), row));

    /// <summary>Throws where the texts are no levels that samples share: numbers in disguise, or names of the samples.</summary>
    public void ThrowIfNoCategory(Relation table, string name)
    {
        // Texts that are numbers every one were meant to be texts: a query or a typed file says so.
        bool isMeant = HoldsNumbersAlone || Rows == 0;
        if (!isMeant && Numbers + Dressed >= NearlyAll * Rows)
            throw Dressed > 0 ? NumbersInDisguise(table, name) : SpoiltNumbers(table, name);
        if (Levels > ManyLevels && Levels >= NearlyAll * Rows)
            throw new PerceptronException(Fault.Data,
                $"{table.Source}: column \"{name}\" holds {Levels} different texts in {Rows} rows, so it seems to name the samples; "
                + $"leave it out (--exclude \"{name}\")");
    }

    private static string? TextOf(in Cells cells, int row) => cells.IsValid(row) ? Encoding.UTF8.GetString(cells.Text(row)) : null;

    private PerceptronException SpoiltNumbers(Relation table, string name)
    {
        string where = table.FirstRowWith(name, OddText!) is { } row ? $" in row {row}" : "";
        return new PerceptronException(Fault.Data,
            $"{table.Source}: column \"{name}\" holds numbers in {Numbers} of {Rows} rows, but \"{OddText}\"{where}; "
            + $"leave such cells empty, or take them for missing ({Remedy(table.Source, name, $"TRY_CAST({Sql.PlainIdentifier(name)} AS DOUBLE)")}), "
            + $"or leave the column out (--exclude \"{name}\")");
    }

    private PerceptronException NumbersInDisguise(Relation table, string name)
    {
        string cell = Sql.PlainIdentifier(name);
        string digits = System.Text.RegularExpressions.Regex.IsMatch(DressedText!, DecimalCommaPattern)
            ? $"replace(regexp_replace({cell}, '[^0-9,eE+-]', '', 'g'), ',', '.')"
            : $"regexp_replace({cell}, '[^0-9.eE+-]', '', 'g')";
        return new PerceptronException(Fault.Data,
            $"{table.Source}: column \"{name}\" holds numbers that are not plainly written, such as \"{DressedText}\"; "
            + $"write them with digits and a decimal point alone, or convert them: {Remedy(table.Source, name, $"CAST({digits} AS DOUBLE)")}");
    }

    private static string Remedy(TableSource source, string name, string value) =>
        $"--sql \"SELECT * REPLACE ({value} AS {Sql.PlainIdentifier(name)}) FROM {Sql.Table(source)}\"";
}
