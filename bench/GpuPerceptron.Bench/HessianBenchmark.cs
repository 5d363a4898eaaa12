using System.CommandLine;
using GpuPerceptron.Engines;

namespace GpuPerceptron.Bench;

/// <summary>A pass with the Hessian over a pass without, pair by pair within one run.</summary>
internal static class HessianBenchmark
{
    private const int WarmUps = 3;

    private sealed record Row(int Features, long Samples, double PassMs, double HessianMs, double Ratio, double GigaflopsPerS);

    public static Command Command() => CommonOptions.OverWidths(
        "hessian", "The time of a pass with the Hessian on cpu over that of a plain pass.",
        "28,100,1000", megabytes: 224, repeats: 9, Run);

    private static void Run(int[] widths, long bytes, int repeats, int threads, FileInfo? json)
    {
        var rows = new List<Row>();
        string engine = "";
        foreach (int features in widths)
        {
            using var dataset = PassBenchmark.Made(features, bytes);
            using var cpu = new CpuEngine(dataset, threads);
            engine = cpu.Description;
            double[] parameters = PassBenchmark.Parameters(features);
            double[] gradient = new double[features + 1], hessian = new double[(features + 1) * (features + 1)];
            var pass = PassBenchmark.PassOf(cpu);
            var pairs = Enumerable.Range(-WarmUps, WarmUps + repeats).Select(i => (
                Index: i,
                Pass: Timing.Median(Enumerable.Range(0, 5).Select(_ => Timing.Milliseconds(pass))),
                Hessian: Timing.Milliseconds(() => cpu.HessianPass(parameters, gradient, hessian)))).Where(pair => pair.Index >= 0).ToArray();

            double hessianMs = Timing.Median(pairs.Select(pair => pair.Hessian));
            double flops = (double)dataset.Samples * (features + 1) * (features + 2); // a triangle's products and sums
            rows.Add(new Row(
                features, dataset.Samples, Timing.Median(pairs.Select(pair => pair.Pass)), hessianMs,
                Timing.Median(pairs.Select(pair => pair.Hessian / pair.Pass)), flops / hessianMs / 1e6));
        }

        string machine = Machine.Describe(engine, $"medians of {repeats} pairs");
        Figures.Print(
            machine,
            ["features", "samples", "pass, ms", "with the Hessian, ms", "with / without", "Gflop/s"],
            rows.Select(row => (string[])[
                $"{row.Features}", $"{row.Samples:N0}", $"{row.PassMs:F2}", $"{row.HessianMs:F2}", $"{row.Ratio:F2}",
                $"{row.GigaflopsPerS:F0}"]));
        Figures.Save(json, new { Machine = machine, Rows = rows });
    }
}
