namespace GpuPerceptron.Cli.Json;

/// <summary>How a training's samples are kept.</summary>
internal enum Placement
{
    /// <summary>All in memory: the host's, and the device's where that is another.</summary>
    Resident,

    /// <summary>In part in a file, or off the device, and read again in each pass.</summary>
    Streamed,

    /// <summary>In memory, the values that are not 0 alone.</summary>
    Sparse,
}

/// <summary>What <c>plan --json</c> writes.</summary>
/// <param name="Samples">Training samples.</param>
/// <param name="SamplesExact">Whether they were counted; else they are estimated.</param>
/// <param name="Features">Features a sample.</param>
/// <param name="FeatureBytes">Bytes of X: what a pass reads.</param>
/// <param name="Placement">How they are kept.</param>
/// <param name="ResidentBytes">Bytes of X in the host's memory.</param>
/// <param name="Device">The device.</param>
/// <param name="Solver">The solver.</param>
/// <param name="HostBytes">The process's memory at its peak, about.</param>
/// <param name="MemoryBytes">What it may take.</param>
/// <param name="DeviceBytes">Of the device's own memory; 0 where it has none.</param>
/// <param name="DiskBytes">Of the files that samples are streamed from; 0 without.</param>
/// <param name="DiskFreeBytes">Free where that would be.</param>
/// <param name="Passes">Passes, about: as many as the first rows take.</param>
/// <param name="Seconds">About how long it takes.</param>
internal sealed record PlanReport(
    long Samples, bool SamplesExact, int Features, long FeatureBytes, Placement Placement, long ResidentBytes, string Device, string Solver, long HostBytes,
    long MemoryBytes, long DeviceBytes, long DiskBytes, long DiskFreeBytes, long Passes, PlanSeconds Seconds);

/// <summary>Seconds, from a short measurement.</summary>
/// <param name="Read">From the table to the matrix, and to the file that it is streamed from.</param>
/// <param name="Pass">A pass.</param>
/// <param name="CrossValidate">The trainings of all folds and penalties; 0 without.</param>
/// <param name="Train">The training, its preparation included.</param>
/// <param name="Certify">The proof.</param>
internal sealed record PlanSeconds(double Read, double Pass, double CrossValidate, double Train, double Certify);
