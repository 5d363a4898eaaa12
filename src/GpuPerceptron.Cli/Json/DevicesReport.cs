using GpuPerceptron.Engines;

namespace GpuPerceptron.Cli.Json;

/// <summary>What <c>devices --json</c> writes.</summary>
internal sealed record DevicesReport(IReadOnlyList<DeviceReport> Devices)
{
    public static DevicesReport From(IEnumerable<DeviceEntry> devices) => new(
        [.. devices.Select(device => new DeviceReport(
            device.Id, device.Name, device.Kind.ToString().ToLowerInvariant(), device.MemoryBytes, device.Note))]);
}

/// <summary>A device to train on.</summary>
/// <param name="Id">What <c>--device</c> takes.</param>
/// <param name="Name">Its name.</param>
/// <param name="Kind">"cpu", "cuda", "opencl" or "emulator".</param>
/// <param name="MemoryBytes">Its memory.</param>
/// <param name="Note">What to know before choosing it.</param>
internal sealed record DeviceReport(string Id, string Name, string Kind, long MemoryBytes, string Note);
