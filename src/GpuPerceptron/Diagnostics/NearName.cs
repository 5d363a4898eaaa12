namespace GpuPerceptron.Diagnostics;

/// <summary>Which of some names a mistyped one means.</summary>
internal static class NearName
{
    /// <summary>The nearest, if it is one and up to a third of the letters differ; else null.</summary>
    public static string? Of(string name, IEnumerable<string> names)
    {
        var nearest = names.Distinct().GroupBy(other => Distance(name, other)).MinBy(same => same.Key);
        return nearest?.Key <= (name.Length + 1) / 3 && nearest.Count() == 1 ? nearest.Single() : null;
    }

    /// <summary>Levenshtein's distance, upper and lower case alike.</summary>
    private static int Distance(string a, string b)
    {
        int[] previous = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int[] current = [i, .. new int[b.Length]];
            for (int j = 1; j <= b.Length; j++)
            {
                int changed = char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1;
                current[j] = Math.Min(previous[j - 1] + changed, Math.Min(previous[j], current[j - 1]) + 1);
            }

            previous = current;
        }

        return previous[^1];
    }
}
