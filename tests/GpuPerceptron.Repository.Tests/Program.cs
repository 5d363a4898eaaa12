using System.Diagnostics;

namespace GpuPerceptron.Repository.Tests;

/// <summary>Runs programs of this repository as a user would.</summary>
internal static class Program
{
    /// <summary>What a run left behind.</summary>
    public sealed record Outcome(int ExitCode, string Output, string Errors);

    /// <summary>The program that a project was built into, in the configuration of these tests.</summary>
    public static string Built(string project, string name)
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        return Path.Combine(Testing.Repository.Root, project, "bin", configuration, "net10.0", $"{name}.dll");
    }

    /// <summary>Runs a built program to the end.</summary>
    public static Task<Outcome> Run(string program, IEnumerable<string> arguments, string? folder = null) =>
        Start("dotnet", [program, .. arguments], folder);

    /// <summary>Runs any program to the end.</summary>
    public static async Task<Outcome> Start(string program, IEnumerable<string> arguments, string? folder = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? Testing.Repository.Root,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new Outcome(process.ExitCode, await output, await errors);
    }
}
