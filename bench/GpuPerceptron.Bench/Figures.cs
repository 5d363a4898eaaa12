using System.Text.Json;

namespace GpuPerceptron.Bench;

/// <summary>Figures as Markdown for a page, and as JSON for a machine.</summary>
internal static class Figures
{
    private static readonly JsonSerializerOptions JsonFormat =
        new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>Prints a table, numbers aligned to the right.</summary>
    /// <param name="title">The line above it.</param>
    /// <param name="headers">One a column.</param>
    /// <param name="rows">As many cells each.</param>
    /// <param name="texts">Columns, from the left, that hold text.</param>
    public static void Print(string title, string[] headers, IEnumerable<string[]> rows, int texts = 0)
    {
        Console.WriteLine(title);
        Console.WriteLine();
        PrintRow(headers);
        PrintRow(headers.Select((_, column) => column < texts ? "---" : "---:"));
        foreach (string[] row in rows)
            PrintRow(row);
        Console.WriteLine();
    }

    public static void Save(FileInfo? file, object figures)
    {
        if (file is not null)
            File.WriteAllText(file.FullName, JsonSerializer.Serialize(figures, JsonFormat));
    }

    private static void PrintRow(IEnumerable<string> cells) => Console.WriteLine($"| {string.Join(" | ", cells)} |");
}
