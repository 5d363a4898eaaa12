namespace GpuPerceptron.Tabular.Internals.PlainText;

/// <summary>Dates as YYYY-MM-DD, with a time of day perhaps: 2026-11-28, 2026-11-28 09:30:00, 2026-11-28T09:30:00.25.</summary>
internal static class PlainDate
{
    private const int DateLength = 10, TimeLength = 19;
    private const int Digits = 6; // of a fraction of a second
    private const double MicrosecondsADay = 86400e6;

    /// <summary>Reads one.</summary>
    /// <param name="text">All of it; zones, and whatever else there may be, are left to DuckDB.</param>
    /// <param name="days">Since 1970-01-01, with fractions.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, out double days)
    {
        days = 0;
        if (text.Length < DateLength || text[4] != '-' || text[7] != '-') return false;
        int year = Number(text[..4]), month = Number(text[5..7]), day = Number(text[8..10]);
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return false;
        long time = 0;
        if (text.Length > DateLength && !TryParseTime(text, out time)) return false;
        long date = (new DateTime(year, month, day).Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        days = (date + time) / MicrosecondsADay;
        return true;
    }

    /// <summary>The time of day behind a date, in microseconds.</summary>
    private static bool TryParseTime(ReadOnlySpan<byte> text, out long time)
    {
        time = 0;
        if (text.Length < TimeLength || text[10] is not ((byte)' ' or (byte)'T') || text[13] != ':' || text[16] != ':') return false;
        int hour = Number(text[11..13]), minute = Number(text[14..16]), second = Number(text[17..19]), fraction = 0;
        if (text.Length > TimeLength)
        {
            int digits = text.Length - TimeLength - 1;
            if (text[TimeLength] != '.' || digits is < 1 or > Digits) return false;
            fraction = Number(text[(TimeLength + 1)..]);
            for (int i = digits; i < Digits && fraction > 0; i++)
                fraction *= 10;
        }

        if (hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 59 || fraction < 0) return false;
        time = ((hour * 60L + minute) * 60 + second) * 1_000_000 + fraction;
        return true;
    }

    /// <summary>Digits alone; −1 where there is anything else.</summary>
    private static int Number(ReadOnlySpan<byte> text)
    {
        int value = 0;
        foreach (byte c in text)
        {
            if ((uint)(c - '0') > 9) return -1;
            value = 10 * value + (c - '0');
        }

        return value;
    }
}
