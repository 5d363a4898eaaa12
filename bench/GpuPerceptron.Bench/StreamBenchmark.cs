using System.CommandLine;
using GpuPerceptron.Data;
using GpuPerceptron.Engines;

namespace GpuPerceptron.Bench;

/// <summary>A pass over samples in a file, which the page cache holds, beside one over the same samples in memory.</summary>
internal static class StreamBenchmark
{
    private sealed record Row(
        int Features, double Megabytes, double ResidentMs, double StreamedMs, double StreamedGbPerS, double Speed, bool SameBits,
        double SpeedWithASixthInMemory);

    internal static readonly MemoryBudget Budget = new(400_000_000);

    public static Command Command() => CommonOptions.OverWidths(
        "stream", "The time of a pass on cpu in memory over that of one from a file in the page cache.",
        "8,28,100,1000,4096", megabytes: 800, repeats: 21, Run);

    private static void Run(int[] widths, long bytes, int repeats, int threads, FileInfo? json)
    {
        var rows = new List<Row>();
        string engine = "";
        foreach (int features in widths)
        {
            string path = Path.Combine(Path.GetTempPath(), $"gpuperceptron-bench-{Environment.ProcessId}.samples");
            using var spill = new SampleSpill(0, () => SampleFile.Create(path, Budget.MappedBytes));
            using var resident = PassBenchmark.Made(features, bytes);
            using var streamed = PassBenchmark.Made(features, bytes, spill);
            using var fromMemory = new CpuEngine(resident, threads);
            engine = fromMemory.Description;
            double[] memory, file;
            bool same;
            using (var fromFile = new CpuEngine(streamed, threads))
            {
                (memory, file) = PassBenchmark.Pairs(PassBenchmark.PassOf(fromMemory), PassBenchmark.PassOf(fromFile), repeats);
                same = SameBits(fromMemory, fromFile);
            }

            streamed.Load(streamed.FeatureBytes / 6 + (16 << 20)); // as --memory may leave room for
            using var fromBoth = new CpuEngine(streamed, threads);
            var (again, both) = PassBenchmark.Pairs(PassBenchmark.PassOf(fromMemory), PassBenchmark.PassOf(fromBoth), repeats);
            double megabytes = resident.FeatureBytes / 1e6, streamedMs = Timing.Median(file);
            rows.Add(new Row(
                features, megabytes, Timing.Median(memory), streamedMs, megabytes / streamedMs, Speed(memory, file), same, Speed(again, both)));
        }

        string machine = Machine.Describe(engine, $"medians of {repeats} pairs");
        Figures.Print(
            machine,
            ["features", "MB of X", "in memory, ms", "streamed, ms", "streamed, GB/s", "speed of streamed / in memory", "same bits", "with a sixth in memory"],
            rows.Select(row => (string[])[
                $"{row.Features}", $"{row.Megabytes:F0}", $"{row.ResidentMs:F2}", $"{row.StreamedMs:F2}", $"{row.StreamedGbPerS:F1}",
                $"{row.Speed:P0}", row.SameBits ? "yes" : "no", $"{row.SpeedWithASixthInMemory:P0}"]));
        Figures.Save(json, new { Machine = machine, Rows = rows });
    }

    private static double Speed(double[] memory, double[] other) => Timing.Median(memory.Zip(other, (a, b) => a / b));

    private static bool SameBits(CpuEngine one, CpuEngine other)
    {
        double[] parameters = PassBenchmark.Parameters(one.Features);
        double[] a = new double[parameters.Length], b = new double[parameters.Length];
        return one.Pass(PassLoss.Logistic, parameters, a) == other.Pass(PassLoss.Logistic, parameters, b) && a.SequenceEqual(b);
    }
}
