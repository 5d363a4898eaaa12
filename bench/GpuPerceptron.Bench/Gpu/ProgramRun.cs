using System.ComponentModel;
using System.Diagnostics;

namespace GpuPerceptron.Bench.Gpu;

/// <summary>Another program, run to its end.</summary>
/// <param name="ExitCode">Null where it was killed at the limit.</param>
/// <param name="Output">What it had written to stdout.</param>
/// <param name="Errors">What it had written to stderr.</param>
/// <param name="Seconds">From its start to its end.</param>
/// <param name="PeakBytes">The most memory that it was seen to have, looked at again and again.</param>
internal sealed record ProgramRun(int? ExitCode, string Output, string Errors, double Seconds, long PeakBytes)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <summary>Why it gave no result: the last line of its complaints.</summary>
    public string Complaint => ExitCode is null
        ? $"it was ended after {Seconds:F0} s, for want of time"
        : Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault()
            ?? $"it ended with exit code {ExitCode}";

    /// <summary>Runs a program.</summary>
    /// <param name="program">Its file, or its name on PATH.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="limit">After which it is killed.</param>
    /// <exception cref="PerceptronException">It cannot be started.</exception>
    public static ProgramRun Of(string program, IEnumerable<string> arguments, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        using var process = Start(program, arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        long peak = 0;
        bool ended;
        while (!(ended = process.WaitForExit(Look)) && clock.Elapsed < limit)
            peak = Math.Max(peak, PeakBytesOf(process));
        double seconds = clock.Elapsed.TotalSeconds;
        if (!ended)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        return new ProgramRun(
            ended ? process.ExitCode : null, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult(), seconds, peak);
    }

    private static long PeakBytesOf(Process process)
    {
        try
        {
            process.Refresh();
            return process.PeakWorkingSet64;
        }
        catch (InvalidOperationException)
        {
            return 0; // it ended meanwhile
        }
    }

    private static Process Start(string program, IEnumerable<string> arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (Win32Exception exception)
        {
            throw new PerceptronException(Fault.Options, $"{program} cannot be started: {exception.Message}", exception);
        }
    }
}
