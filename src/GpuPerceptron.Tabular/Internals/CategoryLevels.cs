using System.Text;
using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>The levels of a column of texts.</summary>
/// <param name="Kept">The most frequent, in falling order; among equals, in order of their UTF-8 bytes.</param>
/// <param name="Distinct">Levels in all.</param>
internal sealed record CategoryLevels(IReadOnlyList<string> Kept, long Distinct)
{
    private const long ManyLevels = 10;
    private const double NearlyAll = 0.9;

    /// <summary>The level without a feature; null where every cell is empty.</summary>
    public string? Reference => Kept.Count > 0 ? Kept[0] : null;

    /// <summary>The level of each feature; the last is null where rarer levels share one.</summary>
    public IReadOnlyList<string?> Features => [.. Kept.Skip(1), .. Distinct > Kept.Count ? [null] : Array.Empty<string?>()];

    /// <summary>Counts the levels of all columns of texts in one read of the table; reads nothing where there is none.</summary>
    public static Dictionary<string, CategoryLevels> Count(
        DuckSession session, Relation table, IReadOnlyList<ColumnRequest> columns, int maxLevels)
    {
        string[] names = [.. columns.Where(column => column.Kind == ColumnKind.Category).Select(column => column.Name)];
        if (names.Length == 0) return [];

        string[] cells = [.. names.Select((_, i) => $"c{i}")];
        string texts = string.Join(", ", names.Select((name, i) => $"{Sql.Cell(name, ColumnKind.Category)} AS c{i}"));
        string which = string.Join(" ", cells.Select((cell, i) => $"WHEN grouping({cell}) = 0 THEN {i}"));
        using var chunks = session.Query($"""
            WITH counts AS (
                SELECT CASE {which} END AS which, coalesce({string.Join(", ", cells)}) AS level, count(*) AS n
                FROM (SELECT {texts} FROM {table.From(columns)})
                GROUP BY GROUPING SETS ({string.Join(", ", cells.Select(cell => $"({cell})"))}))
            SELECT CAST(which AS BIGINT), level, count(*) OVER (PARTITION BY which), CAST(sum(n) OVER (PARTITION BY which) AS BIGINT)
            FROM counts
            WHERE level IS NOT NULL
            QUALIFY row_number() OVER (PARTITION BY which ORDER BY n DESC, level) <= {maxLevels}
            ORDER BY which, n DESC, level
            """);

        var kept = names.Select(_ => new List<string>()).ToArray();
        long[] distinct = new long[names.Length];
        while (chunks.Next())
        {
            for (int row = 0; row < chunks.Rows; row++)
            {
                int column = (int)chunks.Column(0).Integer(row);
                kept[column].Add(Encoding.UTF8.GetString(chunks.Column(1).Text(row)));
                distinct[column] = chunks.Column(2).Integer(row);
                ThrowIfIdentifier(session.Source, names[column], distinct[column], chunks.Column(3).Integer(row));
            }
        }

        return names.Select((name, i) => KeyValuePair.Create(name, new CategoryLevels(kept[i], distinct[i]))).ToDictionary();
    }

    /// <summary>A text of its own in nearly every row names the sample; it cannot help to tell others.</summary>
    private static void ThrowIfIdentifier(TableSource source, string name, long distinct, long rows)
    {
        if (distinct <= ManyLevels || distinct < NearlyAll * rows) return;
        throw new PerceptronException(Fault.Data,
            $"{source}: column \"{name}\" holds {distinct} different texts in {rows} rows, so it seems to name the samples; "
            + $"leave it out (--exclude \"{name}\")");
    }
}
