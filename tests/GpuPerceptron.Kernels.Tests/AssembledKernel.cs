using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using ILGPU.Runtime;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>What ptxas makes of a kernel for one architecture.</summary>
/// <param name="Registers">A lane's.</param>
/// <param name="SharedBytes">A group's.</param>
/// <param name="StackBytes">A lane's stack frame.</param>
/// <param name="SpillBytes">Stores and loads of registers that had to be kept on the stack.</param>
/// <param name="Code">The instructions.</param>
internal sealed partial record AssembledKernel(int Registers, int SharedBytes, int StackBytes, int SpillBytes, MachineCode Code)
{
    // Everything at once, on all processors: that is what takes the time.
    private static readonly Lazy<ConcurrentDictionary<string, AssembledKernel[]>> All = new(() =>
    {
        var all = new ConcurrentDictionary<string, AssembledKernel[]>();
        Parallel.ForEach(CudaKernel.All, kernel =>
            all[kernel.Name] = Assemble(kernel.Method, kernel.Specialization, CudaKernel.Architectures));
        return all;
    });

    /// <summary>One of <see cref="CudaKernel.All"/>, for each of <see cref="CudaKernel.Architectures"/>.</summary>
    /// <param name="name">Its name.</param>
    public static AssembledKernel[] Of(string name) => All.Value[name];

    /// <summary>Assembles a kernel.</summary>
    /// <param name="kernel">Its method.</param>
    /// <param name="specialization">Bounds on its groups.</param>
    /// <param name="architectures">Such as "sm_90".</param>
    /// <returns>For each architecture, in order.</returns>
    public static AssembledKernel[] Assemble(MethodInfo kernel, KernelSpecialization specialization, params string[] architectures)
    {
        var folder = Directory.CreateTempSubdirectory("gpuperceptron-ptx");
        try
        {
            string ptx = Path.Combine(folder.FullName, "kernel.ptx");
            string cubin = Path.Combine(folder.FullName, "kernel.cubin");
            File.WriteAllText(ptx, OfflineCompiler.Ptx(kernel, specialization));
            return [.. architectures.Select(architecture =>
            {
                string report = CudaTools.Run("ptxas", $"-arch={architecture}", "-v", ptx, "-o", cubin);
                return new AssembledKernel(
                    Sum(RegisterCount(), report),
                    Sum(SharedSize(), report),
                    Sum(StackSize(), report),
                    Sum(SpillSize(), report),
                    new MachineCode(CudaTools.Run("nvdisasm", "-c", cubin)));
            })];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static int Sum(Regex number, string report) =>
        number.Matches(report).Sum(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"Used (\d+) registers")]
    private static partial Regex RegisterCount();

    [GeneratedRegex(@"(\d+) bytes smem")]
    private static partial Regex SharedSize();

    [GeneratedRegex(@"(\d+) bytes stack frame")]
    private static partial Regex StackSize();

    [GeneratedRegex(@"(\d+) bytes spill")]
    private static partial Regex SpillSize();
}
