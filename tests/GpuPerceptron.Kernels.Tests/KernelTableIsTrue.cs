using System.Globalization;
using System.Text;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>
/// The table of kernels in docs/kernels.md is what ptxas says. With GPUPERCEPTRON_REWRITE_DOCS=1 in the environment the
/// test writes it.
/// </summary>
public sealed class KernelTableIsTrue
{
    // Another release of ptxas may grant other registers.
    private const string Release = "11.8";
    private const string Begin = "<!-- begin: kernels, as ptxas assembles them -->\n";
    private const string End = "<!-- end: kernels -->";

    [Fact]
    public void The_table_is_what_ptxas_says()
    {
        CudaTools.SkipUnlessPresent();
        string release = CudaTools.PtxasRelease();
        Assert.SkipUnless(release == Release, $"the table is by ptxas {Release}; this one is {release}");

        string file = Repository.PathOf("docs", "kernels.md");
        string document = File.ReadAllText(file);
        int start = document.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = document.IndexOf(End, StringComparison.Ordinal);
        string table = Table();
        if (Environment.GetEnvironmentVariable("GPUPERCEPTRON_REWRITE_DOCS") == "1")
            File.WriteAllText(file, document[..start] + table + document[end..]);
        else
            Assert.Equal(table, document[start..end]);
    }

    private static string Table()
    {
        var table = new StringBuilder()
            .Append("| kernel | features, at most | registers sm_80, sm_90 | shared bytes | warps held sm_80, sm_90 | warps launched ")
            .Append("| KB in flight | × Little's | issue slots |\n")
            .Append("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
        foreach (var kernel in CudaKernel.All.Where(kernel => !kernel.Name.Contains("half square", StringComparison.Ordinal)))
        {
            var assembled = AssembledKernel.Of(kernel.Name);
            var (a100, h200) = (assembled[0], assembled[1]);
            int launched = kernel.GroupsPerMultiprocessor * kernel.GroupSize / 32;
            double bytesInFlight = launched * 32.0 * kernel.BytesInFlight;
            table.Append(CultureInfo.InvariantCulture,
                $"| {kernel.Name.Replace(", logistic", "", StringComparison.Ordinal)} | {kernel.Features?.ToString("N0") ?? "any"} ")
                .Append($"| {a100.Registers}, {h200.Registers} | {h200.SharedBytes} ")
                .Append($"| {Occupancy.Warps("sm_80", a100, kernel.GroupSize)}, {Occupancy.Warps("sm_90", h200, kernel.GroupSize)} ");
            if (h200.Code.LoadingLoops().Any())
                table.Append($"| {launched} | {bytesInFlight / 1000:F0} | {bytesInFlight / H200.BytesInFlightNeeded:F1} | {IssueSlots(kernel, h200)} |\n");
            else
                table.Append("| | | | |\n");
        }

        return table.ToString();
    }

    // The portable kernel's two loops share X between them, and of the Hessian's product most is elsewhere.
    private static string IssueSlots(CudaKernel kernel, AssembledKernel assembled) =>
        assembled.Code.LoadingLoops().ToArray() is [var loop] && !kernel.Name.Contains("product", StringComparison.Ordinal)
            ? $"{H200.IssueSlotsAtCopyRate(loop.Instructions, 32 * kernel.BytesInFlight):P0}"
            : "";
}
