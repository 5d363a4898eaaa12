using System.Text;

namespace GpuPerceptron.Diagnostics;

/// <summary>Writes what a message proposes so that a shell hands it on as it is meant.</summary>
internal static class ShellText
{
    /// <summary>One argument: as it stands where it is plain, else between double quotes.</summary>
    public static string Argument(string text)
    {
        if (text.Length > 0 && text.All(c => char.IsLetterOrDigit(c) || "_-.,/:=+@%".Contains(c, StringComparison.Ordinal))) return text;

        // There a POSIX shell leaves all but four characters alone, and a backslash where none of them follows.
        var quoted = new StringBuilder("\"");
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' ? i + 1 == text.Length || IsSpecial(text[i + 1]) : IsSpecial(text[i])) quoted.Append('\\');
            quoted.Append(text[i]);
        }

        return quoted.Append('"').ToString();
    }

    private static bool IsSpecial(char c) => c is '"' or '$' or '`' or '\\';
}
