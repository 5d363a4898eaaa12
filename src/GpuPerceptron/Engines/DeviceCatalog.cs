using GpuPerceptron.Engines.Devices;

namespace GpuPerceptron.Engines;

/// <summary>A device that <c>--device</c> can name.</summary>
/// <param name="Id">Its name on the command line: "cuda:0", "opencl:1", "emulator".</param>
/// <param name="Name">Its name in words.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="MemoryBytes">Its memory.</param>
/// <param name="Note">What to know before choosing it; empty where there is nothing to say.</param>
public sealed record DeviceEntry(string Id, string Name, DeviceKind Kind, long MemoryBytes, string Note)
{
    /// <summary>Whether its memory is the host's.</summary>
    public bool SharesHostMemory { get; init; }
}

/// <summary>Lists the devices that run the GPU's kernels.</summary>
public static class DeviceCatalog
{
    /// <summary>
    /// CUDA devices, then OpenCL devices, then the emulator. Loads the GPU drivers, so call it only when asked to; where
    /// none is installed only the emulator is left.
    /// </summary>
    public static IReadOnlyList<DeviceEntry> List() =>
    [
        .. IlgpuDevices.Cuda().Select((device, index) => new DeviceEntry(
            new DeviceRequest(DeviceKind.Cuda, index).ToString(), device.Name, DeviceKind.Cuda, device.MemorySize, "")),
        .. IlgpuDevices.OpenCL().Select((device, index) => new DeviceEntry(
            new DeviceRequest(DeviceKind.OpenCL, index).ToString(), device.Name, DeviceKind.OpenCL, device.MemorySize,
            IlgpuDevices.Obstacle(device) ?? (IlgpuDevices.IsGpu(device) ? "" : "runs on a processor, not on a GPU"))
        {
            SharesHostMemory = !IlgpuDevices.IsGpu(device),
        }),
        new DeviceEntry(new DeviceRequest(DeviceKind.Emulator).ToString(), "the kernels on the host's threads", DeviceKind.Emulator,
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, "for checking kernels; slow")
        {
            SharesHostMemory = true,
        },
    ];
}
