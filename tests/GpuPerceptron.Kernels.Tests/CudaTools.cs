using System.Diagnostics;
using Xunit;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>ptxas and nvdisasm, where this machine has them. Neither needs a GPU.</summary>
internal static class CudaTools
{
    private const string Missing = "neither PATH nor CUDA_HOME has ptxas and nvdisasm; scripts/fetch-ptxas.sh fetches them";

    private static readonly string? Folder = Folders().FirstOrDefault(folder =>
        File.Exists(Path.Combine(folder, "ptxas")) && File.Exists(Path.Combine(folder, "nvdisasm")));

    /// <summary>Skips the test where they are not there.</summary>
    public static void SkipUnlessPresent() => Assert.SkipUnless(Folder is not null, Missing);

    /// <summary>ptxas's release, such as "11.8".</summary>
    public static string PtxasRelease() => Run("ptxas", "--version").Split("release ")[1].Split(',')[0];

    /// <summary>Runs one of them.</summary>
    /// <returns>What it printed, errors included.</returns>
    public static string Run(string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Folder ?? throw new InvalidOperationException(Missing), tool), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{tool}: {output}");
        return output;
    }

    private static IEnumerable<string> Folders()
    {
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
            yield return folder;
        if (Environment.GetEnvironmentVariable("CUDA_HOME") is { Length: > 0 } home)
            yield return Path.Combine(home, "bin");

        // As scripts/fetch-ptxas.sh has it.
        string cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set
            ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        yield return Path.Combine(cache, "gpuperceptron", "cuda-tools");
    }
}
