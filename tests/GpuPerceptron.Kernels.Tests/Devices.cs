using System.Collections.Concurrent;
using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using Xunit;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>The devices that kernels are tested on, as <c>--device</c> names them.</summary>
internal static class Devices
{
    private static readonly Lazy<HashSet<string>> Present = new(() => [.. DeviceCatalog.List().Select(device => device.Id)]);

    private static readonly ConcurrentDictionary<string, IlgpuDevice> Opened = new();

    /// <summary>All of them, present or not.</summary>
    public static string[] All => ["emulator", "opencl:0", "cuda:0"];

    /// <summary>Skips the test where this machine has no such device.</summary>
    public static void SkipUnlessPresent(string device) =>
        Assert.SkipUnless(Present.Value.Contains(device), $"this machine has no {device}");

    /// <summary>
    /// Opens an engine on a device, or skips the test. The devices stay open, and their kernels compiled, until the process
    /// ends: PoCL takes seconds for each.
    /// </summary>
    public static IEngine Open(string device, Dataset dataset)
    {
        SkipUnlessPresent(device);
        var open = Opened.GetOrAdd(device, static id => IlgpuDevice.Open(DeviceRequest.Parse(id)));
        return IlgpuEngine.Create(open, dataset, PassGeometry.For, ownsDevice: false);
    }
}
