using System.Text;

namespace GpuPerceptron.Diagnostics;

/// <summary>Names in one argument: <c>age,income</c>. A name with a comma stands in quotes, and quotes in it are doubled, as in a table.</summary>
internal static class NameList
{
    /// <summary>The argument for some names.</summary>
    public static string Join(IEnumerable<string> names) => string.Join(',', names.Select(name =>
        name.Contains(',') || name.Contains('"') ? $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : name));

    /// <summary>The names, without blanks around them; empty ones are passed over.</summary>
    public static IEnumerable<string> Split(string text)
    {
        for (int place = 0; place < text.Length;)
        {
            string name = Next(text, ref place).Trim();
            if (name.Length > 0) yield return name;
        }
    }

    private static string Next(string text, ref int place)
    {
        if (Quoted(text, place) is var (name, after))
        {
            place = after;
            return name;
        }

        int comma = text.IndexOf(',', place);
        string plain = text[place..(comma < 0 ? text.Length : comma)];
        place += plain.Length + 1;
        return plain;
    }

    /// <summary>What stands in quotes up to a comma or the end, and the place after that; null where that is not what comes next.</summary>
    private static (string Name, int After)? Quoted(string text, int place)
    {
        while (place < text.Length && text[place] == ' ')
            place++;
        if (place == text.Length || text[place] != '"') return null;
        var name = new StringBuilder();
        for (place++; place < text.Length; place++)
        {
            if (text[place] == '"')
            {
                if (place + 1 == text.Length || text[place + 1] != '"') break;
                place++;
            }

            name.Append(text[place]);
        }

        int after = place + 1;
        while (after < text.Length && text[after] == ' ')
            after++;
        return place < text.Length && (after >= text.Length || text[after] == ',') ? (name.ToString(), after + 1) : null;
    }
}
