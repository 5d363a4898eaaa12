using System.Globalization;

namespace GpuPerceptron.Cli.Screens;

/// <summary>Numbers as people read them.</summary>
internal static class Numbers
{
    private static readonly string[] ByteUnits = ["B", "kB", "MB", "GB", "TB", "PB"];

    /// <summary>1,234,567.</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>"1 epoch", "1,234 epochs".</summary>
    public static string Count(long value, string thing) => $"{Count(value)} {thing}{(value == 1 ? "" : "s")}";

    /// <summary>"1 pass", "1,234 passes".</summary>
    public static string Passes(long value) => $"{Count(value)} pass{(value == 1 ? "" : "es")}";

    /// <summary>Four significant digits.</summary>
    public static string Short(double value) => value.ToString("g4", CultureInfo.InvariantCulture);

    /// <summary>Seven significant digits, for what one compares between runs.</summary>
    public static string Exact(double value) => value.ToString("g7", CultureInfo.InvariantCulture);

    /// <summary>37.3 %.</summary>
    public static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} %");

    /// <summary>1.2 GB.</summary>
    public static string Bytes(double bytes)
    {
        int unit = 0;
        for (; bytes >= 999.5 && unit < ByteUnits.Length - 1; unit++)
            bytes /= 1000;
        string format = unit == 0 || bytes >= 99.95 ? "0" : bytes >= 9.995 ? "0.0" : "0.00";
        return $"{bytes.ToString(format, CultureInfo.InvariantCulture)} {ByteUnits[unit]}";
    }

    /// <summary>4.56, 12.3, 1,234: how often a second.</summary>
    public static string Rate(double value) => value >= 99.95 ? Count((long)Math.Round(value)) : value.ToString("g3", CultureInfo.InvariantCulture);

    /// <summary>"0.012 s", "3.4 s", "2 min 5 s", "1 h 3 min".</summary>
    public static string Duration(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds switch
    {
        < 1 => $"{seconds:0.000} s",
        < 59.95 => $"{seconds:0.#} s",
        < 3599.5 => $"{(int)Math.Round(seconds) / 60} min {(int)Math.Round(seconds) % 60} s",
        _ => $"{(long)(seconds / 60 + 0.5) / 60} h {(long)(seconds / 60 + 0.5) % 60} min",
    }}");
}
