using System.Globalization;

namespace GpuPerceptron.Cli.Screens;

/// <summary>Numbers as people read them.</summary>
internal static class Numbers
{
    private const double Kilo = 1000;

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
    public static string Bytes(double bytes) => Scaled(bytes, ["B", "kB", "MB", "GB", "TB", "PB"]);

    /// <summary>12.3k, 4.56M.</summary>
    public static string Rate(double value) => Scaled(value, ["", "k", "M", "G"]).TrimEnd();

    /// <summary>"0.012 s", "3.4 s", "2 min 5 s", "1 h 3 min".</summary>
    public static string Duration(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds switch
    {
        < 1 => $"{seconds:0.000} s",
        < 59.95 => $"{seconds:0.0} s",
        < 3599.5 => $"{(int)Math.Round(seconds) / 60} min {(int)Math.Round(seconds) % 60} s",
        _ => $"{(long)(seconds / 60 + 0.5) / 60} h {(long)(seconds / 60 + 0.5) % 60} min",
    }}");

    private static string Scaled(double value, string[] units)
    {
        int unit = 0;
        for (; value >= 0.9995 * Kilo && unit < units.Length - 1; unit++)
            value /= Kilo;
        string format = unit == 0 && value == Math.Floor(value) || value >= 99.95 ? "0" : value >= 9.995 ? "0.0" : "0.00";
        return string.Create(CultureInfo.InvariantCulture, $"{value.ToString(format, CultureInfo.InvariantCulture)} {units[unit]}");
    }
}
