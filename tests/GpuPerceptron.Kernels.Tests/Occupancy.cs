namespace GpuPerceptron.Kernels.Tests;

/// <summary>How many groups a multiprocessor holds, by the rules of NVIDIA's occupancy calculator.</summary>
internal static class Occupancy
{
    private const int WarpSize = 32;
    private const int Schedulers = 4;
    private const int MaximumWarps = 64;
    private const int MaximumGroups = 32;
    private const int RegistersPerScheduler = 16_384;
    private const int SharedBytesReservedPerGroup = 1024;

    /// <summary>Groups of a kernel that fit at once.</summary>
    public static int Groups(string architecture, AssembledKernel kernel, int groupSize)
    {
        // A lane's registers are granted in eights, and each warp's from its scheduler's quarter of the file.
        int registers = (kernel.Registers + 7) / 8 * 8;
        int warps = Math.Min(MaximumWarps, RegistersPerScheduler / (registers * WarpSize) * Schedulers);
        int sharedBytes = (architecture == "sm_80" ? 164 : 228) * 1024 / (kernel.SharedBytes + SharedBytesReservedPerGroup);
        return Math.Min(Math.Min(MaximumGroups, sharedBytes), warps / (groupSize / WarpSize));
    }

    /// <summary>Warps of them.</summary>
    public static int Warps(string architecture, AssembledKernel kernel, int groupSize) =>
        Groups(architecture, kernel, groupSize) * groupSize / WarpSize;
}
