using System.Runtime.Intrinsics;
using GpuPerceptron.Cli.Screens;
using GpuPerceptron.Engines;

namespace GpuPerceptron.Cli;

/// <summary>The processor as a device to train on.</summary>
internal static class HostProcessor
{
    private const string ProcessorInfo = "/proc/cpuinfo";

    public static DeviceEntry Describe() => new(
        new DeviceRequest(DeviceKind.Cpu).ToString(), Name(), DeviceKind.Cpu, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        $"{Numbers.Count(Environment.ProcessorCount, "thread")}, {VectorWidth()}-bit SIMD");

    private static string Name()
    {
        string? line = File.Exists(ProcessorInfo)
            ? File.ReadLines(ProcessorInfo).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? "the processor";
    }

    private static int VectorWidth() =>
        Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;
}
