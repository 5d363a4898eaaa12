namespace GpuPerceptron.Kernels.Tests;

/// <summary>What the predictions in docs/kernels.md take an H200 to be.</summary>
internal static class H200
{
    private const int Multiprocessors = 132;
    private const int SchedulersPerMultiprocessor = 4;

    /// <summary>Bytes a second that a copy on the device moves: the most that a pass can hope for.</summary>
    private const double CopyRate = 4.3e12;

    /// <summary>Seconds from a load to its data, under load.</summary>
    private const double Latency = 700e-9;

    /// <summary>Cycles a second, below the boost clock.</summary>
    private const double Clock = 1.7e9;

    /// <summary>Bytes that each multiprocessor must have on their way for the copy rate, by Little's law.</summary>
    public static double BytesInFlightNeeded => CopyRate * Latency / Multiprocessors;

    /// <summary>The share of all chances to issue an instruction that a loop takes, were X to come at the copy rate.</summary>
    /// <param name="instructions">Of a warp, once through the loop.</param>
    /// <param name="bytes">Of X that it then has loaded.</param>
    public static double IssueSlotsAtCopyRate(int instructions, int bytes) =>
        instructions * (CopyRate / bytes) / (Multiprocessors * SchedulersPerMultiprocessor * Clock);
}
