using System.CommandLine;
using System.Globalization;
using DuckDB.NET.Data;
using GpuPerceptron.Cli;
using GpuPerceptron.Tabular;

namespace GpuPerceptron.Bench;

/// <summary>MB/s from a file to standardised samples, beside DuckDB's sums over the same file, pair by pair.</summary>
internal static class IngestBenchmark
{
    private const int ProbeRows = 10_000;

    private sealed record Row(
        string Format, double Megabytes, long Samples, int Features, double ReadSeconds, double MbPerS, double ScanSeconds,
        double ScanMbPerS, double Ratio, double? PeakMegabytes, double SamplesMegabytes);

    public static Command Command()
    {
        var megabytes = CommonOptions.With("--megabytes", "Megabytes of CSV, about; the Parquet file holds the same rows.", 400);
        var features = CommonOptions.With("--features", "Columns of numbers, beside the label.", 28);
        var threads = CommonOptions.Threads();
        var repeats = CommonOptions.With("--repeats", "Pairs of a read and a scan.", 5);
        var json = CommonOptions.Json();
        var command = new Command(
            "ingest", "MB/s from a CSV and a Parquet file to samples in memory, and of DuckDB's sums over the same files.")
        {
            megabytes, features, threads, repeats, json,
        };
        command.SetAction(result => Run(
            result.GetValue(megabytes),
            result.GetValue(features),
            CommonOptions.Count(result.GetValue(threads)),
            result.GetValue(repeats),
            result.GetValue(json)));
        return command;
    }

    private static void Run(int megabytes, int features, int threads, int repeats, FileInfo? json)
    {
        var folder = Directory.CreateTempSubdirectory("gpuperceptron-bench-");
        try
        {
            using var duck = new DuckDBConnection("DataSource=:memory:");
            duck.Open();
            Execute(duck, $"SET threads = {threads}");
            string csv = Path.Combine(folder.FullName, "made.csv"), parquet = Path.Combine(folder.FullName, "made.parquet");
            MakeCsv(duck, csv, ProbeRows, features);
            MakeCsv(duck, csv, (long)(megabytes * 1e6 / new FileInfo(csv).Length * ProbeRows), features);
            Execute(duck, $"COPY (SELECT label, COLUMNS('^x')::FLOAT FROM '{csv}') TO '{parquet}'");

            List<Row> rows = [Measure(duck, csv, threads, repeats), Measure(duck, parquet, threads, repeats)];
            string machine = Machine.Describe(
                $"DuckDB {Scalar(duck, "SELECT version()")}", $"{threads} threads", $"medians of {repeats} pairs");
            Figures.Print(
                machine,
                [
                    "format", "MB", "samples", "features", "read, s", "MB/s", "DuckDB's sums, s", "MB/s", "read / sums",
                    "peak memory, MB", "samples in memory, MB",
                ],
                rows.Select(row => (string[])[
                    row.Format, $"{row.Megabytes:F0}", $"{row.Samples:N0}", $"{row.Features}", $"{row.ReadSeconds:F2}",
                    $"{row.MbPerS:F0}", $"{row.ScanSeconds:F2}", $"{row.ScanMbPerS:F0}", $"{row.Ratio:F2}",
                    row.PeakMegabytes is null ? "" : $"{row.PeakMegabytes:F0}", $"{row.SamplesMegabytes:F0}"]),
                texts: 1);
            Figures.Save(json, new { Machine = machine, Rows = rows });
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Standard normal features with five digits, and fair labels.</summary>
    private static void MakeCsv(DuckDBConnection duck, string file, long rows, int features)
    {
        string columns = string.Join(", ", Enumerable.Range(0, features).Select(j =>
            $"round(sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()), 5) AS x{j}"));
        Execute(duck, $"COPY (SELECT (random() < 0.5)::INT AS label, {columns} FROM range({rows})) TO '{file}' (HEADER)");
    }

    private static Row Measure(DuckDBConnection duck, string file, int threads, int repeats)
    {
        var options = new TableOptions { Label = "label", Reading = new ReadOptions { Threads = threads } };
        string sums = $"SELECT sum(COLUMNS(*)) FROM '{file}'";
        var reads = new List<double>();
        var scans = new List<double>();
        double? peak = null;
        double megabytes = new FileInfo(file).Length / 1e6, inMemory = 0;
        long samples = 0;
        int features = 0;
        for (int i = -1; i < repeats; i++) // the first pair is not counted
        {
            bool resettable = ResetPeakMemory();
            double read = 1e-3 * Timing.Milliseconds(() =>
            {
                using var table = TableReader.ReadTraining(TableSource.File(file), options);
                var training = table.Training;
                (samples, features, inMemory) = (training.Samples, training.Features, training.FeatureBytes / 1e6);
            });
            if (resettable) peak = Math.Max(peak ?? 0, ProcessMemory.PeakBytes() / 1e6);
            double scan = 1e-3 * Timing.Milliseconds(() => Scalar(duck, sums));
            if (i < 0) continue;
            reads.Add(read);
            scans.Add(scan);
        }

        double readSeconds = Timing.Median(reads), scanSeconds = Timing.Median(scans);
        return new Row(
            Path.GetExtension(file)[1..], megabytes, samples, features, readSeconds, megabytes / readSeconds, scanSeconds,
            megabytes / scanSeconds, Timing.Median(reads.Zip(scans, (read, scan) => read / scan)), peak, inMemory);
    }

    /// <summary>Makes Linux count the peak from here on (proc(5), clear_refs: 5); elsewhere there is no such thing.</summary>
    private static bool ResetPeakMemory()
    {
        const string ClearReferences = "/proc/self/clear_refs";
        if (!File.Exists(ClearReferences)) return false;
        File.WriteAllText(ClearReferences, "5");
        return true;
    }

    private static void Execute(DuckDBConnection duck, string sql)
    {
        using var command = duck.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static string Scalar(DuckDBConnection duck, string sql)
    {
        using var command = duck.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(command.ExecuteScalar(), CultureInfo.InvariantCulture)!;
    }
}
