using System.ComponentModel;
using System.Diagnostics;

namespace GpuPerceptron.Testing;

/// <summary>Python, where it is on this machine: what others compute is compared with ours.</summary>
public static class Python
{
    /// <summary>The first interpreter that has a module, the user's own before the system's.</summary>
    /// <param name="module">Its name.</param>
    /// <returns>Null where none has.</returns>
    public static string? With(string module) =>
        new[] { "python3", "/usr/bin/python3" }.FirstOrDefault(python => Runs(python, "-c", $"import {module}"));

    /// <summary>Whether a script comes to a good end.</summary>
    public static bool Runs(string python, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(python, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false; // there is no such program
        }
    }
}
