using System.Text;

namespace GpuPerceptron.Cli.Screens;

/// <summary>Names and values from tables, made fit for a terminal: they may hold line breaks, or sequences that steer it.</summary>
internal static class Printable
{
    /// <summary>The text with each control character written out, as in "\u001B".</summary>
    public static string Of(string text)
    {
        if (!text.Any(char.IsControl)) return text;
        var result = new StringBuilder();
        foreach (char character in text)
            _ = char.IsControl(character) ? result.Append($"\\u{(int)character:X4}") : result.Append(character);
        return result.ToString();
    }
}
