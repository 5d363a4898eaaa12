using GpuPerceptron.Cli.Json;
using Spectre.Console;

namespace GpuPerceptron.Cli.Screens;

/// <summary>The devices to choose from.</summary>
internal static class DevicesScreen
{
    public static void Write(IAnsiConsole console, DevicesReport report)
    {
        int width = 2 + report.Devices.Max(device => device.Id.Length);
        var facts = new Facts();
        foreach (var device in report.Devices)
            facts.Add(device.Id, Describe(device));
        facts.WriteTo(console, width);
    }

    private static string Describe(DeviceReport device) =>
        $"{device.Name}{(device.MemoryBytes > 0 ? $", {Numbers.Bytes(device.MemoryBytes)}" : "")}{(device.Note.Length > 0 ? $"; {device.Note}" : "")}";
}
