using System.CommandLine;
using GpuPerceptron.Data;
using GpuPerceptron.Engines;

namespace GpuPerceptron.Bench;

/// <summary>A pass over the time that the same threads need merely to read X, and in float16 over that in float32, turn by turn within one run.</summary>
internal static class PassBenchmark
{
    private const int WarmUps = 20; // until the compiler's last tier

    private sealed record Row(
        int Features, long Samples, double Megabytes, double ReadMs, double ReadGbPerS, double PassMs, double Ratio,
        double Float16Ms, double Float16ToFloat32);

    public static Command Command() => CommonOptions.OverWidths(
        "pass", "The time of a pass on cpu over the time of a plain read of X by the same threads, in float32 and float16.",
        "8,28,100,784,1000,4096", megabytes: 400, repeats: 31, Run);

    /// <summary>A pass of an engine, at parameters that saturate no sample.</summary>
    public static Action PassOf(IEngine engine)
    {
        double[] parameters = Parameters(engine.Features);
        double[] gradient = new double[engine.Features + 1];
        return () => engine.Pass(PassLoss.Logistic, parameters, gradient);
    }

    /// <summary>Parameters that saturate no sample.</summary>
    public static double[] Parameters(int features)
    {
        double scale = 0.3 / Math.Sqrt(features);
        return [.. Enumerable.Range(0, features + 1).Select(j => scale * Math.Sin(j))];
    }

    private static void Run(int[] widths, long bytes, int repeats, int threads, FileInfo? json)
    {
        var rows = new List<Row>();
        string engine = "";
        foreach (int features in widths)
        {
            using Dataset dataset = Made(features, bytes), narrow = Made(features, bytes);
            narrow.Narrow();
            double megabytes = dataset.FeatureBytes / 1e6;
            using var read = new PlainRead(dataset, threads);
            using CpuEngine cpu = new(dataset, threads), narrowCpu = new(narrow, threads);
            engine = cpu.Description;
            double[][] times = Turns(repeats, read.Run, PassOf(cpu), PassOf(narrowCpu));
            double readMs = Timing.Median(times[0]), passMs = Timing.Median(times[1]), halfMs = Timing.Median(times[2]);
            rows.Add(new Row(
                features, dataset.Samples, megabytes, readMs, megabytes / readMs, passMs, Ratio(times[1], times[0]), halfMs, Ratio(times[2], times[1])));
        }

        string machine = Machine.Describe(engine, $"medians of {repeats} turns");
        Figures.Print(
            machine,
            [
                "features", "samples", "MB of X", "plain read, ms", "GB/s", "pass, ms", "pass / read", "float16 pass, ms",
                "float16 / float32",
            ],
            rows.Select(row => (string[])[
                $"{row.Features}", $"{row.Samples:N0}", $"{row.Megabytes:F0}", $"{row.ReadMs:F2}", $"{row.ReadGbPerS:F1}",
                $"{row.PassMs:F2}", $"{row.Ratio:F2}", $"{row.Float16Ms:F2}", $"{row.Float16ToFloat32:F2}"]));
        Figures.Save(json, new { Machine = machine, Rows = rows });
    }

    /// <summary>Times two in turns, after both are warm.</summary>
    public static (double[] First, double[] Second) Pairs(Action first, Action second, int repeats)
    {
        double[][] times = Turns(repeats, first, second);
        return (times[0], times[1]);
    }

    /// <summary>Times several in turns, after all are warm.</summary>
    private static double[][] Turns(int repeats, params Action[] actions)
    {
        double[][] times = [.. actions.Select(_ => new double[repeats])];
        for (int i = -WarmUps; i < repeats; i++)
        {
            for (int k = 0; k < actions.Length; k++)
            {
                double time = Timing.Milliseconds(actions[k]);
                if (i >= 0) times[k][i] = time;
            }
        }

        return times;
    }

    /// <summary>The median of what one took over what the other did in the same turn.</summary>
    private static double Ratio(double[] times, double[] others) => Timing.Median(times.Zip(others, (time, other) => time / other));

    /// <summary>Standard features and labels by a fixed seed: a pass takes the same time whatever they are.</summary>
    public static Dataset Made(int features, long bytes, SampleSpill? spill = null)
    {
        var random = new Random(1);
        float[] pool = [.. Enumerable.Range(0, Math.Max(1 << 16, 2 * features)).Select(_ => (float)(3.46 * random.NextDouble() - 1.73))];
        using var builder = new DatasetBuilder(features, hasSampleWeights: false, spill);
        for (long left = bytes / (SampleBlock.StrideFor(features) * sizeof(float)); left > 0;)
        {
            var rows = builder.Reserve((int)Math.Min(left, int.MaxValue));
            for (int i = 0; i < rows.Count; i++, left--)
            {
                pool.AsSpan(random.Next(pool.Length - features), features).CopyTo(rows.Row(i));
                rows.Labels[i] = (byte)random.Next(2);
            }
        }

        return builder.Build();
    }
}
