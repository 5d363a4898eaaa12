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
        new[] { "python3", "/usr/bin/python3" }.FirstOrDefault(python => Run(python, "-c", $"import {module}").ExitCode == 0);

    /// <summary>Runs a script to the end.</summary>
    /// <returns>Its exit status, −1 where there is no such interpreter, and what it wrote to its error stream.</returns>
    public static (int ExitCode, string Errors) Run(string python, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(python, arguments) { RedirectStandardError = true })!;
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, errors);
        }
        catch (Win32Exception e)
        {
            return (-1, e.Message);
        }
    }
}
