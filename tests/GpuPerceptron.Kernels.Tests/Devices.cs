using System.Collections.Concurrent;
using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Engines.Devices;
using Xunit;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>
/// The devices that kernels are tested on, as <c>--device</c> names them. Where GPUPERCEPTRON_TEST_DEVICE names one in the
/// environment it is the only one, and the tests fail, not skip, without it.
/// </summary>
internal static class Devices
{
    /// <summary>
    /// Tests that use a device come one after another: two threads must not launch one OpenCL kernel (setting its arguments
    /// and queueing it are two calls), and the emulator's threads wait for one another, which takes long where others hold
    /// the processors.
    /// </summary>
    public const string Collection = "devices";

    private static readonly string? Demanded =
        Environment.GetEnvironmentVariable("GPUPERCEPTRON_TEST_DEVICE") is { Length: > 0 } device
            ? DeviceRequest.Parse(device).ToString()
            : null;

    private static readonly Lazy<HashSet<string>> Present = new(() => [.. DeviceCatalog.List().Select(device => device.Id)]);

    private static readonly ConcurrentDictionary<string, IlgpuDevice> Opened = new();

    /// <summary>All of them, present or not.</summary>
    public static string[] All => Demanded is null ? ["emulator", "opencl:0", "cuda:0"] : [Demanded];

    /// <summary>Skips the test where this machine has no such device.</summary>
    public static void SkipUnlessPresent(string device)
    {
        bool isPresent = Present.Value.Contains(device);
        string reason = $"this machine has no {device}";
        if (device == Demanded)
            Assert.True(isPresent, reason);
        else
            Assert.SkipUnless(isPresent, reason);
    }

    /// <summary>
    /// Opens an engine on a device, or skips the test. The devices stay open, and their kernels compiled, until the process
    /// ends: PoCL takes seconds for each.
    /// </summary>
    public static IEngine Open(string device, Dataset dataset, bool streams = false)
    {
        SkipUnlessPresent(device);
        var open = Opened.GetOrAdd(device, static id => IlgpuDevice.Open(DeviceRequest.Parse(id)));
        return IlgpuEngine.Create(open, dataset, PassGeometry.For, ownsDevice: false, streams);
    }

    /// <summary>The same for sparse samples.</summary>
    public static SparseIlgpuEngine OpenSparse(string device, Dataset dataset, long? streamedPartBytes = null)
    {
        SkipUnlessPresent(device);
        var open = Opened.GetOrAdd(device, static id => IlgpuDevice.Open(DeviceRequest.Parse(id)));
        return SparseIlgpuEngine.Create(open, dataset, ownsDevice: false, streamedPartBytes);
    }
}
