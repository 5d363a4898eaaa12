namespace GpuPerceptron.Cli.Json;

/// <summary>What <c>devices --json</c> writes.</summary>
internal sealed record DevicesReport(IReadOnlyList<DeviceReport> Devices);

/// <summary>A device to train on.</summary>
/// <param name="Id">What <c>--device</c> takes.</param>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What kind of thing it is.</param>
/// <param name="MemoryBytes">Its memory.</param>
/// <param name="Note">What else there is to know.</param>
internal sealed record DeviceReport(string Id, string Name, string Kind, long MemoryBytes, string Note);
