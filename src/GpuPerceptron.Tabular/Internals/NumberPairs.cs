using System.Text.RegularExpressions;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>
/// Columns of texts that are two numbers each, such as 120/80 or 1920x1080: as levels they say nothing of which is more, as two columns
/// they would.
/// </summary>
internal static partial class NumberPairs
{
    private const int FewLevels = 10; // ratings out of five, or fractions, may well be levels

    /// <summary>A note about one column, with the query that splits it; null where it holds other texts, or few levels.</summary>
    /// <param name="source">The table.</param>
    /// <param name="name">The column.</param>
    /// <param name="levels">Its levels.</param>
    public static string? NoteOn(TableSource source, string name, CategoryLevels levels)
    {
        if (levels.Kept.Count <= FewLevels) return null;
        string? sign = null;
        foreach (string level in levels.Kept)
        {
            var match = Pair().Match(level);
            if (!match.Success || (sign ??= match.Groups[1].Value) != match.Groups[1].Value) return null;
        }

        string column = Sql.PlainIdentifier(name), cast = levels.Distinct > levels.Kept.Count ? "TRY_CAST" : "CAST";
        string parts = string.Join(", ", Enumerable.Range(1, 2).Select(part =>
            $"{cast}(split_part({column}, '{sign}', {part}) AS DOUBLE) AS {Sql.PlainIdentifier($"{name}_{part}")}"));
        return $"{name} holds pairs of numbers, such as {levels.Kept[0]}, of which each is a level by itself; as two columns they would tell which is more "
            + $"({ProposedQuery.Of(source, table => $"SELECT * EXCLUDE ({column}), {parts} FROM {table}")})";
    }

    [GeneratedRegex(@"^\s*[0-9]+(?:\.[0-9]+)?\s*([/xX×])\s*[0-9]+(?:\.[0-9]+)?\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Pair();
}
