using GpuPerceptron.Engines;
using Spectre.Console;

namespace GpuPerceptron.Cli.Screens;

/// <summary>The devices to choose from.</summary>
internal static class DevicesScreen
{
    public static void Write(IAnsiConsole console, IReadOnlyList<DeviceEntry> devices)
    {
        int width = 2 + devices.Max(device => device.Id.Length);
        var facts = new Facts();
        foreach (var device in devices)
            facts.Add(device.Id, Describe(device));
        facts.WriteTo(console, width);
    }

    private static string Describe(DeviceEntry device) =>
        $"{device.Name}{(device.MemoryBytes > 0 ? $", {Numbers.Bytes(device.MemoryBytes)}" : "")}{(device.Note.Length > 0 ? $"; {device.Note}" : "")}";
}
