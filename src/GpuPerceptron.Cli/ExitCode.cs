using GpuPerceptron.Solvers;

namespace GpuPerceptron.Cli;

/// <summary>What the process tells its caller.</summary>
internal enum ExitCode
{
    /// <summary>Done.</summary>
    Done = 0,

    /// <summary>A fault of the program.</summary>
    InternalError = 1,

    /// <summary>An option or argument that cannot be used.</summary>
    Usage = 2,

    /// <summary>Training stopped before the tolerance was met.</summary>
    NotConverged = 3,

    /// <summary>Training diverged.</summary>
    Diverged = 4,

    /// <summary>A table or model file that cannot be used.</summary>
    Data = 5,

    /// <summary>A device that is missing or failed.</summary>
    Device = 6,

    /// <summary>Ended by Ctrl-C; a shell's code for a process that SIGINT ended.</summary>
    Interrupted = 130,
}

/// <summary>Maps outcomes to exit codes.</summary>
internal static class ExitCodes
{
    /// <summary>The code for who has to act.</summary>
    public static ExitCode For(Fault fault) => fault switch
    {
        Fault.Options => ExitCode.Usage,
        Fault.Data => ExitCode.Data,
        Fault.Device => ExitCode.Device,
        _ => throw new ArgumentOutOfRangeException(nameof(fault)),
    };

    /// <summary>The code for a training's end.</summary>
    /// <param name="reason">Why it ended.</param>
    /// <param name="epochsGiven">Whether the user asked for just so many epochs; then their end is no failure.</param>
    public static ExitCode For(StopReason reason, bool epochsGiven) => reason switch
    {
        StopReason.Converged or StopReason.EarlyStopping => ExitCode.Done,
        StopReason.EpochLimit => epochsGiven ? ExitCode.Done : ExitCode.NotConverged,
        StopReason.Stalled => ExitCode.NotConverged,
        StopReason.Diverged => ExitCode.Diverged,
        StopReason.Interrupted => ExitCode.Interrupted,
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}
