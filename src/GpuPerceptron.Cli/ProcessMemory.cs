using System.Diagnostics;
using System.Globalization;

namespace GpuPerceptron.Cli;

/// <summary>How much memory this process has used.</summary>
internal static class ProcessMemory
{
    private const string Status = "/proc/self/status";
    private const string Peak = "VmHWM:"; // "VmHWM:	  123456 kB"

    /// <summary>The most that was resident at any time.</summary>
    public static long PeakBytes()
    {
        string? line = File.Exists(Status)
            ? File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Peak, StringComparison.Ordinal))
            : null;
        if (line is not null)
            return 1024 * long.Parse(line[Peak.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.Integer, CultureInfo.InvariantCulture);
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
