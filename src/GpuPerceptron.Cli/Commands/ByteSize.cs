using System.Globalization;

namespace GpuPerceptron.Cli.Commands;

/// <summary>Amounts of memory as people write them: 400MB, 2GB, 1.5G, 512MiB.</summary>
internal static class ByteSize
{
    private static readonly (string Unit, double Bytes)[] Units =
    [
        ("KIB", 1L << 10), ("MIB", 1L << 20), ("GIB", 1L << 30), ("TIB", 1L << 40),
        ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("K", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("B", 1),
    ];

    /// <summary>Reads an amount; false where it is none.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        string upper = text.Trim().ToUpperInvariant();
        var (unit, factor) = Units.FirstOrDefault(unit => upper.EndsWith(unit.Unit, StringComparison.Ordinal), ("", 0));
        bool isNumber = double.TryParse(
            upper[..^unit.Length], NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out double number);
        double amount = number * factor;
        bytes = isNumber && amount is >= 1 and < long.MaxValue ? (long)amount : 0;
        return bytes > 0;
    }
}
