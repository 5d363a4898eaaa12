using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using GpuPerceptron.Data;
using GpuPerceptron.Engines;

namespace GpuPerceptron.Bench;

/// <summary>A pass over the time that the same threads need merely to read X, pair by pair within one run.</summary>
internal static class PassBenchmark
{
    private const int WarmUps = 20; // until the compiler's last tier

    private static readonly JsonSerializerOptions JsonFormat =
        new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    private sealed record Row(
        int Features, long Samples, double Megabytes, double ReadMs, double ReadGbPerS, double PassMs, double Ratio,
        double Float16Ms, double Float16ToFloat32);

    public static void Run(int[] widths, long bytes, int repeats, int threads, FileInfo? json)
    {
        threads = threads == 0 ? Environment.ProcessorCount : threads;
        var rows = new List<Row>();
        string engine = "";
        foreach (int features in widths)
        {
            using var dataset = Made(features, bytes);
            double megabytes = dataset.FeatureBytes / 1e6;
            double[] reads, passes;
            using (var read = new PlainRead(dataset, threads))
            using (var cpu = new CpuEngine(dataset, threads))
            {
                engine = cpu.Description;
                (reads, passes) = Pairs(read.Run, PassOf(cpu), repeats);
            }

            dataset.Narrow();
            double[] halves;
            using (var read = new PlainRead(dataset, threads))
            using (var cpu = new CpuEngine(dataset, threads))
                (_, halves) = Pairs(read.Run, PassOf(cpu), repeats);

            double ratio = Median([.. passes.Zip(reads, (pass, read) => pass / read)]);
            rows.Add(new Row(features, dataset.Samples, megabytes, Median(reads), megabytes / Median(reads), Median(passes), ratio,
                Median(halves), Median(halves) / Median(passes)));
        }

        string machine = $"GpuPerceptron {typeof(CpuEngine).Assembly.GetName().Version!.ToString(3)}, {RuntimeInformation.FrameworkDescription}, "
            + $"{RuntimeInformation.OSDescription}, {Processor()}, {engine}; medians of {repeats} pairs";
        Print(machine, rows);
        if (json is null) return;
        File.WriteAllText(json.FullName, JsonSerializer.Serialize(new { Machine = machine, Rows = rows }, JsonFormat));
    }

    private static void Print(string machine, List<Row> rows)
    {
        Console.WriteLine(machine);
        Console.WriteLine();
        Console.WriteLine("| features | samples | MB of X | plain read, ms | GB/s | pass, ms | pass / read | float16 pass, ms | float16 / float32 |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var row in rows)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {row.Features} | {row.Samples:N0} | {row.Megabytes:F0} | {row.ReadMs:F2} | {row.ReadGbPerS:F1} | {row.PassMs:F2} | {row.Ratio:F2} | {row.Float16Ms:F2} | {row.Float16ToFloat32:F2} |"));
    }

    private static Action PassOf(CpuEngine engine)
    {
        double[] parameters = [.. Enumerable.Range(0, engine.Features + 1).Select(j => 0.3 * Math.Sin(j) / Math.Sqrt(engine.Features))];
        double[] gradient = new double[engine.Features + 1];
        return () => engine.Pass(PassLoss.Logistic, parameters, gradient);
    }

    private static (double[] First, double[] Second) Pairs(Action first, Action second, int repeats)
    {
        double[] a = new double[repeats], b = new double[repeats];
        for (int i = -WarmUps; i < repeats; i++)
        {
            double x = Milliseconds(first), y = Milliseconds(second);
            if (i < 0) continue;
            a[i] = x;
            b[i] = y;
        }

        return (a, b);
    }

    private static double Milliseconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    /// <summary>Standard features and labels by a fixed seed: a pass takes the same time whatever they are.</summary>
    private static Dataset Made(int features, long bytes)
    {
        var random = new Random(1);
        float[] pool = [.. Enumerable.Range(0, 1 << 16).Select(_ => (float)(3.46 * random.NextDouble() - 1.73))];
        using var builder = new DatasetBuilder(features);
        for (long left = bytes / (SampleBlock.StrideFor(features) * sizeof(float)); left > 0;)
        {
            var rows = builder.Reserve((int)Math.Min(left, int.MaxValue));
            for (int i = 0; i < rows.Count; i++, left--)
            {
                pool.AsSpan(random.Next(pool.Length - features), features).CopyTo(rows.Row(i));
                rows.Labels[i] = random.Next(2);
            }
        }

        return builder.Build();
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Processor() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown processor"
        : "unknown processor";
}
