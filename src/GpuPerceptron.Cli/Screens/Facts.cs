using Spectre.Console;

namespace GpuPerceptron.Cli.Screens;

/// <summary>A list of named facts: names in one column, whatever is said of them, wrapped, in the other.</summary>
internal sealed class Facts
{
    private readonly List<(string Name, string Text, Style Style)> _rows = [];

    /// <summary>Adds a fact.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="text">What is said of it.</param>
    /// <param name="color">The name's colour; null for a faint one.</param>
    public Facts Add(string name, string text, Color? color = null)
    {
        _rows.Add((name, text, color is null ? new Style(decoration: Decoration.Dim) : new Style(color)));
        return this;
    }

    /// <summary>Writes the list.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="nameWidth">The names' width; lists written one after another line up by it.</param>
    public void WriteTo(IAnsiConsole console, int nameWidth = 14)
    {
        int textWidth = Math.Max(20, console.Profile.Width - nameWidth - 1);
        foreach (var (name, text, style) in _rows)
        {
            string heading = name;
            foreach (string line in Wrap(Printable.Of(text), textWidth))
            {
                console.Write(new Text(heading.PadRight(nameWidth), style));
                console.Write(new Text(line + "\n"));
                heading = "";
            }
        }
    }

    private static IEnumerable<string> Wrap(string text, int width)
    {
        while (text.Length > width)
        {
            int cut = text.LastIndexOf(' ', width);
            if (cut <= 0) cut = width;
            yield return text[..cut];
            text = text[cut..].TrimStart();
        }

        yield return text;
    }
}
