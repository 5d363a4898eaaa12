using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using Xunit;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>The devices that kernels are tested on, as <c>--device</c> names them.</summary>
internal static class Devices
{
    private static readonly Lazy<HashSet<string>> Present = new(() => [.. DeviceCatalog.List().Select(device => device.Id)]);

    /// <summary>All of them, present or not.</summary>
    public static string[] All => ["emulator", "opencl:0", "cuda:0"];

    /// <summary>Skips the test where the machine has no such device.</summary>
    public static void Require(string device) =>
        Assert.SkipUnless(Present.Value.Contains(device), $"this machine has no {device}");

    /// <summary>Opens a device, or skips the test.</summary>
    public static IEngine Open(string device, Dataset dataset)
    {
        Require(device);
        return IlgpuEngine.Create(DeviceRequest.Parse(device), dataset);
    }
}
