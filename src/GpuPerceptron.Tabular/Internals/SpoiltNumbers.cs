using GpuPerceptron.Diagnostics.Findings;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>The error of columns of texts that seem to hold numbers, with one query that mends them all.</summary>
internal static class SpoiltNumbers
{
    private const int NamesShown = 5;

    /// <summary>Describes one column, and converts every one.</summary>
    /// <param name="table">The table.</param>
    /// <param name="columns">Its columns of which <see cref="TextTally.SeemsToHoldNumbers"/>, at least one.</param>
    public static PerceptronException In(Relation table, IReadOnlyList<(string Name, TextTally Tally)> columns)
    {
        columns = [.. columns.OrderBy(column => column.Tally.OddText is null)]; // what is no number at all comes first
        var (name, tally) = columns[0];
        string odd = tally.OddText is { } text
            ? $"\"{text}\"{(table.FirstRowWith(name, text) is { } row ? $" in data row {row}" : "")}" : "";
        string problem = tally.Dressed > 0
            ? $"numbers that are not plainly written, such as \"{tally.DressedText}\"{(odd == "" ? "" : $", and {odd}, which is none")}"
            : $"numbers in {tally.Numbers} of {tally.Rows} rows, but {odd}";
        string mend = tally.Dressed > 0 ? "write them with digits and a decimal point alone" : "leave such cells empty";
        string remedy = $"convert them{(columns.Any(column => column.Tally.OddText is not null) ? ", with other texts as missing" : "")}";
        string replacements = string.Join(", ", columns.Select(column => $"{Converted(column.Name, column.Tally)} AS {Sql.PlainIdentifier(column.Name)}"));
        if (columns.FirstOrDefault(column => column.Tally.IsAmbiguous).Name is { } ambiguous)
            return new PerceptronException(Fault.Data,
                $"{table.Source}: column \"{name}\" holds {problem}{Others(columns)}; {mend}: what a point means in column \"{ambiguous}\", "
                + $"where there are decimal commas and numbers such as 1.234, cannot be told; or leave the column out ({FeatureNames.Exclude([ambiguous])})");
        return new PerceptronException(Fault.Data,
            $"{table.Source}: column \"{name}\" holds {problem}{Others(columns)}; {mend}, or {remedy} "
            + $"({ProposedQuery.Of(table.Source, from => $"SELECT * REPLACE ({replacements}) FROM {from}")}), or leave the column out ({FeatureNames.Exclude([name])})");
    }

    private static string Others(IReadOnlyList<(string Name, TextTally Tally)> columns) => columns.Count switch
    {
        1 => "",
        <= NamesShown + 1 => $" (so do {string.Join(", ", columns.Skip(1).Select(column => $"\"{column.Name}\""))})",
        _ => $" (so do {columns.Count - 1} more)",
    };

    /// <summary>
    /// The numbers of a column without what may dress them. Anything else stays, so that no text becomes a number by losing
    /// its letters.
    /// </summary>
    private static string Converted(string name, TextTally tally)
    {
        string column = Sql.PlainIdentifier(name);
        string cell = tally.Unit is { } unit
            ? $"regexp_replace({column}, '\\s*\\Q{unit.Replace("'", "''", StringComparison.Ordinal)}\\E\\s*$', '')"
            : column;
        string number = tally.Dressed == 0 ? cell
            : tally.HasDecimalComma
                ? $"replace(regexp_replace(regexp_replace({cell}, '[\\p{{Sc}}%''\\s]', '', 'g'), '\\.([0-9]{{3}})', '\\1', 'g'), ',', '.')"
            : $"regexp_replace({cell}, '[,\\p{{Sc}}%''\\s]', '', 'g')";
        string converted = $"{(tally.OddText is null ? "CAST" : "TRY_CAST")}({number} AS DOUBLE)";
        return tally.HasDecimalComma && tally.HasDecimalPoint ? $"coalesce(TRY_CAST({column} AS DOUBLE), {converted})" : converted;
    }
}
