using Spectre.Console;

namespace GpuPerceptron.Cli.Screens;

/// <summary>A table whose first column holds names and whose others hold numbers, without lines, so that other tools can read it.</summary>
/// <param name="headings">The columns' headings.</param>
internal sealed class NumberTable(params string[] headings)
{
    private const string Gap = "  ";

    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row, a cell for each heading.</summary>
    public NumberTable Add(params string[] cells)
    {
        _rows.Add([.. cells.Select(Printable.Of)]);
        return this;
    }

    public void WriteTo(IAnsiConsole console)
    {
        int[] widths = [.. headings.Select((heading, column) => _rows.Max(row => Math.Max(row[column].Length, heading.Length)))];
        // Numbers are shown whole; a name gets what they leave.
        int numbersWidth = widths.Skip(1).Sum(width => width + Gap.Length);
        widths[0] = Math.Min(widths[0], Math.Max(12, console.Profile.Width - 1 - numbersWidth));

        console.Write(new Text(Line(headings, widths), new Style(decoration: Decoration.Dim)));
        foreach (string[] row in _rows)
            console.Write(new Text(Line(row, widths)));
    }

    private static string Line(string[] cells, int[] widths) =>
        string.Join(Gap, cells.Select((cell, column) => column == 0 ? Clip(cell, widths[0]).PadRight(widths[0]) : cell.PadLeft(widths[column]))) + "\n";

    private static string Clip(string name, int width) => name.Length <= width ? name : name[..(width - 3)] + "...";
}
