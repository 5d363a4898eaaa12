using System.Globalization;
using System.Text.RegularExpressions;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>What ptxas makes of a kernel for one architecture.</summary>
/// <param name="Registers">A lane's.</param>
/// <param name="SharedBytes">A group's.</param>
/// <param name="StackBytes">A lane's stack frame.</param>
/// <param name="SpillBytes">Stores and loads of registers that had to be kept on the stack.</param>
/// <param name="Code">The instructions.</param>
internal sealed partial record AssembledKernel(int Registers, int SharedBytes, int StackBytes, int SpillBytes, MachineCode Code)
{
    private const string Name = "kernel_";

    private static readonly Lazy<Dictionary<string, AssembledKernel[]>> All = new(() =>
        CudaKernel.All.Zip(Assemble([.. CudaKernel.All.Select(Ptx)], CudaKernel.Architectures))
            .ToDictionary(pair => pair.First.Name, pair => pair.Second));

    /// <summary>One of <see cref="CudaKernel.All"/>, for each of <see cref="CudaKernel.Architectures"/>.</summary>
    /// <param name="name">Its name.</param>
    public static AssembledKernel[] Of(string name) => All.Value[name];

    /// <summary>Assembles a kernel.</summary>
    /// <param name="kernel">Any.</param>
    /// <param name="architecture">Such as "sm_90".</param>
    public static AssembledKernel Assemble(CudaKernel kernel, string architecture) => Assemble([Ptx(kernel)], [architecture])[0][0];

    private static string Ptx(CudaKernel kernel) => OfflineCompiler.Ptx(kernel.Method, kernel.Specialization);

    /// <summary>Assembles kernels as one module, which takes little longer than any of them: nvdisasm needs half a second to start.</summary>
    /// <returns>Kernel by kernel, for each architecture.</returns>
    private static AssembledKernel[][] Assemble(string[] kernels, string[] architectures)
    {
        var folder = Directory.CreateTempSubdirectory("gpuperceptron-ptx");
        try
        {
            string ptx = Path.Combine(folder.FullName, "kernels.ptx");
            File.WriteAllText(ptx, Module(kernels));
            var assembled = architectures.AsParallel().AsOrdered().Select(architecture =>
            {
                string cubin = Path.Combine(folder.FullName, $"{architecture}.cubin");
                string report = CudaTools.Run("ptxas", $"-arch={architecture}", "-v", ptx, "-o", cubin);
                string code = CudaTools.Run("nvdisasm", "-c", cubin);
                var reports = ByKernel(ReportHead(), report);
                var codes = ByKernel(CodeHead(), code);
                return kernels.Select((_, i) => From(reports[i], codes[i])).ToArray();
            }).ToArray();
            return [.. kernels.Select((_, i) => assembled.Select(kernels => kernels[i]).ToArray())];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>One module of several, each of which has one entry, all of the same name.</summary>
    private static string Module(string[] kernels)
    {
        const string End = ".address_size 64";
        int head = kernels[0].IndexOf(End, StringComparison.Ordinal) + End.Length;
        return kernels[0][..head] + string.Concat(kernels.Select((ptx, i) =>
            Entry().Replace(ptx[(ptx.IndexOf(End, StringComparison.Ordinal) + End.Length)..], $"$1{Name}{i}", 1)));
    }

    private static AssembledKernel From(string report, string code) => new(
        Sum(RegisterCount(), report), Sum(SharedSize(), report), Sum(StackSize(), report), Sum(SpillSize(), report), new MachineCode(code));

    /// <summary>Cuts a tool's output into the parts that follow each kernel's heading.</summary>
    private static Dictionary<int, string> ByKernel(Regex heading, string output)
    {
        var headings = heading.Matches(output).ToArray();
        return headings.Select((match, i) => (match, End: i + 1 < headings.Length ? headings[i + 1].Index : output.Length)).ToDictionary(
            part => int.Parse(part.match.Groups[1].Value, CultureInfo.InvariantCulture),
            part => output[part.match.Index..part.End]);
    }

    private static int Sum(Regex number, string report) =>
        number.Matches(report).Sum(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"(\.entry )\w+")]
    private static partial Regex Entry();

    [GeneratedRegex($"Compiling entry function '{Name}(\\d+)'")]
    private static partial Regex ReportHead();

    [GeneratedRegex($"^\\.text\\.{Name}(\\d+):", RegexOptions.Multiline)]
    private static partial Regex CodeHead();

    [GeneratedRegex(@"Used (\d+) registers")]
    private static partial Regex RegisterCount();

    [GeneratedRegex(@"(\d+) bytes smem")]
    private static partial Regex SharedSize();

    [GeneratedRegex(@"(\d+) bytes stack frame")]
    private static partial Regex StackSize();

    [GeneratedRegex(@"(\d+) bytes spill")]
    private static partial Regex SpillSize();
}
