using System.Reflection;
using System.Runtime.InteropServices;
using GpuPerceptron.Engines;

namespace GpuPerceptron.Bench;

/// <summary>Versions and machine, as they stand beside every table.</summary>
internal static class Machine
{
    private const string ProcessorInfo = "/proc/cpuinfo";

    /// <param name="facts">What else to say: the engine, other programs' versions, the number of repeats.</param>
    public static string Describe(params IEnumerable<string> facts) => string.Join(", ",
    [
        $"GpuPerceptron {Version(typeof(IEngine))}", RuntimeInformation.FrameworkDescription, RuntimeInformation.OSDescription,
        Processor(), .. facts,
    ]);

    /// <summary>The version of the package that a type comes from, without the commit that it was built from.</summary>
    public static string Version(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private static string Processor()
    {
        string? line = File.Exists(ProcessorInfo)
            ? File.ReadLines(ProcessorInfo).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? "unknown processor";
    }
}
