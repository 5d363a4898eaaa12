using System.Text;
using GpuPerceptron.Diagnostics.Findings;
using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>The levels of a column of texts.</summary>
/// <param name="Kept">The most frequent, in falling order; among equals, in order of their UTF-8 bytes.</param>
/// <param name="Distinct">Levels in all.</param>
internal sealed record CategoryLevels(IReadOnlyList<string> Kept, long Distinct)
{
    /// <summary>The level without a feature; null where every cell is empty.</summary>
    public string? Reference => Kept.Count > 0 ? Kept[0] : null;

    /// <summary>The level of each feature; the last is null where rarer levels share one.</summary>
    public IReadOnlyList<string?> Features => [.. Kept.Skip(1), .. Distinct > Kept.Count ? [null] : Array.Empty<string?>()];

    /// <summary>
    /// Counts the levels of all columns of texts in one read of the table; reads nothing where there is none. A column that
    /// the first rows made a text, and that holds nothing but numbers, has none.
    /// </summary>
    public static Dictionary<string, CategoryLevels> Count(
        DuckSession session, Relation table, IReadOnlyList<ColumnRequest> columns, int maxLevels)
    {
        string[] names = [.. columns.Where(column => column.Kind == ColumnKind.Category).Select(column => column.Name)];
        if (names.Length == 0) return [];

        var kept = names.Select(_ => new List<string>()).ToArray();
        var tallies = new TextTally[names.Length];
        using (var chunks = session.Query(CountingQuery(table, columns, names, maxLevels)))
        {
            while (chunks.Next())
            {
                for (int row = 0; row < chunks.Rows; row++)
                {
                    int column = (int)chunks.Column(0).Integer(row);
                    kept[column].Add(Encoding.UTF8.GetString(chunks.Column(1).Text(row)));
                    tallies[column] = TextTally.Of(chunks, 2, row);
                }
            }
        }

        var spoilt = names.Zip(tallies).Where(column => column.Second.SeemsToHoldNumbers).ToArray();
        if (spoilt.Length > 0) throw SpoiltNumbers.In(table, spoilt);
        foreach (var (name, tally) in names.Zip(tallies).Where(column => column.Second.SeemsToHoldDates))
            throw SpoiltDates(table, name, tally);
        if (ForeignDates.In(session, table, names.Zip(kept, (name, levels) => (name, (IReadOnlyList<string>)levels))) is { } error) throw error;

        var found = new Dictionary<string, CategoryLevels>();
        for (int i = 0; i < names.Length; i++)
        {
            if (table.GuessesTypes && tallies[i].HoldsNumbersAlone) continue;
            if (tallies[i].SeemsToNameSamples && NumberPairs.NoteOn(table.Source, names[i], new CategoryLevels(kept[i], tallies[i].Levels)) is { } pairs)
                throw new PerceptronException(Fault.Data, $"{table.Source}: column {pairs}, or leave it out ({FeatureNames.Exclude([names[i]])})");
            if (tallies[i].SeemsToNameSamples)
                throw new PerceptronException(Fault.Data,
                    $"{table.Source}: column \"{names[i]}\" holds {tallies[i].Levels} different texts in {tallies[i].Rows} rows, so it "
                    + $"seems to name the samples; leave it out ({FeatureNames.Exclude([names[i]])})");
            found.Add(names[i], new CategoryLevels(kept[i], tallies[i].Levels));
        }

        return found;
    }

    private static PerceptronException SpoiltDates(Relation table, string name, TextTally tally)
    {
        string cell = Sql.PlainIdentifier(name), row = table.FirstRowWith(name, tally.NoDate!) is { } found ? $" in data row {found}" : "";
        string query = ProposedQuery.Of(table.Source, from => $"SELECT * REPLACE (TRY_CAST({cell} AS TIMESTAMP) AS {cell}) FROM {from}");
        return new PerceptronException(Fault.Data,
            $"{table.Source}: column \"{name}\" holds dates in {tally.Dates} of {tally.Rows} rows, but \"{tally.NoDate}\"{row}; correct such "
            + $"cells, or take them as missing ({query}), "
            + $"or leave the column out ({FeatureNames.Exclude([name])})");
    }

    private static string CountingQuery(Relation table, IReadOnlyList<ColumnRequest> columns, string[] names, int maxLevels)
    {
        string[] cells = [.. names.Select((_, i) => $"c{i}")];
        string texts = string.Join(", ", names.Select((name, i) => $"{Sql.Cell(name, ColumnKind.Category)} AS c{i}"));
        string which = string.Join(" ", cells.Select((cell, i) => $"WHEN grouping({cell}) = 0 THEN {i}"));
        return $"""
            WITH counts AS MATERIALIZED (
                SELECT CAST(CASE {which} END AS BIGINT) AS which, coalesce({string.Join(", ", cells)}) AS level, count(*) AS n
                FROM (SELECT {texts} FROM {table.From(columns)})
                GROUP BY GROUPING SETS ({string.Join(", ", cells.Select(cell => $"({cell})"))})),
            tallies AS (
                SELECT which, {TextTally.Aggregates}
                FROM ({TextTally.Marked("counts")})
                GROUP BY which)
            SELECT which, level, tallies.* EXCLUDE (which)
            FROM counts JOIN tallies USING (which)
            WHERE level IS NOT NULL
            QUALIFY row_number() OVER (PARTITION BY which ORDER BY n DESC, level) <= {maxLevels}
            ORDER BY which, n DESC, level
            """;
    }
}
