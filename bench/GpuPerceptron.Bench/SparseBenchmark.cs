using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GpuPerceptron.Bench.Gpu;
using GpuPerceptron.Data;
using GpuPerceptron.Diagnostics.Certificates;
using GpuPerceptron.Engines;
using GpuPerceptron.Models;
using GpuPerceptron.Tabular;

namespace GpuPerceptron.Bench;

/// <summary>
/// Sparse data: a pass beside the time merely to read the arrays; and from file to model, time and memory, beside LIBLINEAR's
/// <c>train -s 0</c>, whose objective is the same but that it penalises the bias: ½‖w‖² + C Σ ℓ with C = 1/(N λ₂).
/// </summary>
internal static class SparseBenchmark
{
    private const double Nearness = 1e-6;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private static readonly string[] Tolerances = ["0.01", "0.001", "0.0001", "0.00001"]; // of LIBLINEAR, by default the first

    private sealed record Request(
        FileInfo? File, int Samples, int Features, int NonZeros, double L2, int Threads, int Repeats, int Seed, string? Program,
        string Liblinear, FileInfo? Json);

    private sealed record PassRow(string What, double Milliseconds, double Ratio);

    private sealed record TrainRow(string Trainer, double WallSeconds, double PeakMegabytes, double Gap, string Stages);

    public static Command Command()
    {
        var file = new Option<FileInfo?>("--file") { Description = "A LIBSVM file with indices from 1, in place of made data." };
        var samples = CommonOptions.With("--samples", "Samples to make.", 500_000);
        var features = CommonOptions.With("--features", "Features to make.", 100_000);
        var nonZeros = CommonOptions.With("--nonzeros", "Values a sample to make, about.", 40);
        var l2 = CommonOptions.With("--l2", "The penalty.", 1e-6);
        var threads = CommonOptions.Threads();
        var repeats = CommonOptions.With("--repeats", "Passes, and trainings a trainer; medians count.", 5);
        var seed = CommonOptions.With("--seed", "Of the data.", 1);
        var program = new Option<string?>("--program") { Description = "The published command line; without it no training is measured." };
        var liblinear = CommonOptions.With("--liblinear", "LIBLINEAR's train; left out where it is not there.",
            "liblinear-train");
        var json = CommonOptions.Json();
        var command = new Command("sparse", "A pass over sparse data, and trainings from file to model beside LIBLINEAR's.")
        {
            file, samples, features, nonZeros, l2, threads, repeats, seed, program, liblinear, json,
        };
        command.SetAction(result => Run(new Request(
            result.GetValue(file), result.GetValue(samples), result.GetValue(features), result.GetValue(nonZeros),
            result.GetValue(l2), CommonOptions.Count(result.GetValue(threads)), result.GetValue(repeats), result.GetValue(seed),
            result.GetValue(program), result.GetRequiredValue(liblinear), result.GetValue(json))));
        return command;
    }

    private static void Run(Request request)
    {
        var folder = Directory.CreateTempSubdirectory("gpuperceptron-bench-");
        try
        {
            string file = request.File?.FullName ?? Path.Combine(folder.FullName, "made.svm");
            if (request.File is null) SparseFile.Make(file, request.Samples, request.Features, request.NonZeros, request.Seed);
            Measure(request, file, folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Measure(Request request, string file, string folder)
    {
        var options = new TableOptions
        {
            Label = "label",
            Standardize = false,
            Reading = new ReadOptions { Threads = request.Threads }
        };
        using var table = TableReader.ReadTraining(TableSource.File(file), options);
        double read = 1e-3 * Timing.Median(Enumerable.Range(0, request.Repeats).Select(_ =>
            Timing.Milliseconds(() => TableReader.ReadTraining(TableSource.File(file), options).Dispose())));
        var data = table.Training;
        double megabytes = new FileInfo(file).Length / 1e6;
        string machine = Machine.Describe($"{request.Threads} threads", $"medians of {request.Repeats}");
        string shape = $"{data.Samples:N0} x {data.Features:N0}, {data.NonZeros:N0} values, {data.FeatureBytes / 1e6:F0} MB in "
            + "memory; "
            + $"the file's {megabytes:F0} MB read in {read:F2} s, {megabytes / read:F0} MB/s";
        List<PassRow> passes = [.. Passes(data, request)];
        Figures.Print(
            $"{machine}\n\n{shape}", ["over the data once", "ms", "times the reading"],
            passes.Select(row => (string[])[row.What, $"{row.Milliseconds:F2}", $"{row.Ratio:F2}"]), texts: 1);

        List<TrainRow> trainings = [];
        if (request.Program is not null)
        {
            var judge = new Judge(data, table.Schema, request);
            trainings.Add(Ours(request, file, folder, judge));
            trainings.AddRange(Liblinear(request, file, folder, judge));
            Figures.Print(
                $"{machine}\n\nFrom file to model, lambda2 = {request.L2.ToString("g", CultureInfo.InvariantCulture)}; the optimum is "
                    + $"{judge.Optimum:F9}, "
                + $"proved to {judge.Proof:0.0e+0}",
                ["trainer", "stages", "wall, s", "peak memory, MB", "above the optimum"],
                trainings.Select(row => (string[])[
                    row.Trainer, row.Stages, $"{row.WallSeconds:F2}", $"{row.PeakMegabytes:F0}", $"{row.Gap:0.0e+0}"]),
                texts: 2);
        }

        Figures.Save(request.Json, new { Machine = machine, Data = shape, Passes = passes, Trainings = trainings });
    }

    private static IEnumerable<PassRow> Passes(Dataset data, Request request)
    {
        using var engine = new SparseCpuEngine(data, request.Threads);
        using var plain = new PlainRead(data, request.Threads);
        string path = Path.Combine(Path.GetTempPath(), $"gpuperceptron-bench-{Environment.ProcessId}.samples");
        using var spill = new SampleSpill(0, () => SampleFile.Create(path, StreamBenchmark.Budget.MappedBytes));
        using var stored = SparseDataset.Store(data, spill.File);
        using var streaming = new SparseCpuEngine(stored, request.Threads);
        double[] parameters = new double[data.Features + 1], result = new double[data.Features + 1];
        var random = new Random(request.Seed);
        for (int j = 0; j < parameters.Length; j++)
            parameters[j] = random.NextDouble() - 0.5;
        var (reads, passes, products, streamed) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (int i = -20; i < 4 * request.Repeats; i++) // until the compiler's last tier, nothing counts
        {
            double reading = Timing.Milliseconds(plain.Run);
            double passing = Timing.Milliseconds(() => engine.Pass(PassLoss.Logistic, parameters, result));
            if (i < 0) engine.HoldCurvatures(result);
            double product = Timing.Milliseconds(() => engine.HessianTimes(parameters, result));
            double fromFile = Timing.Milliseconds(() => streaming.Pass(PassLoss.Logistic, parameters, result));
            if (i < 0) continue;
            reads.Add(reading);
            passes.Add(passing);
            products.Add(product);
            streamed.Add(fromFile);
        }

        double floor = Timing.Median(reads);
        yield return new PassRow("reading columns and values", floor, 1);
        yield return RowOf("pass: loss and gradient", passes);
        yield return RowOf("product with the Hessian", products);
        yield return RowOf("pass streamed from a file in the page cache", streamed);

        PassRow RowOf(string what, List<double> times) =>
            new(what, Timing.Median(times), Timing.Median(times.Zip(reads, (time, read) => time / read)));
    }

    private static TrainRow Ours(Request request, string file, string folder, Judge judge)
    {
        string model = Path.Combine(folder, "ours.json");
        var runs = new List<(ProgramRun Run, JsonElement Report)>();
        for (int i = 0; i < request.Repeats; i++)
        {
            var run = ProgramRun.Of(request.Program!, [
                "train", file, "--l2", request.L2.ToString(CultureInfo.InvariantCulture), "--standardize", "false",
                "--threads", $"{request.Threads}", "-o", model, "--json", "-", "--quiet",
            ], Limit);
            if (run.ExitCode != 0) throw new PerceptronException(Fault.Data, run.Complaint);
            runs.Add((run, JsonDocument.Parse(run.Output).RootElement));
        }

        var loaded = ModelFile.Load(model);
        var columns = loaded.Schema.Sparse!.ColumnByIndex();
        double[] parameters = [.. judge.Schema.Sparse!.Indices.ToArray()
            .Select(index => columns[index]).Select(column => column >= 0 ? loaded.Weights[column] : 0), loaded.Bias];
        var seconds = runs[^1].Report.GetProperty("seconds");
        return new TrainRow(
            $"gpuperceptron, {loaded.Training.Solver}", Timing.Median(runs.Select(run => run.Run.Seconds)),
            runs.Max(run => run.Report.GetProperty("peak_memory_bytes").GetInt64()) / 1e6, judge.Gap(parameters),
            $"read {seconds.GetProperty("read").GetDouble():F2} s, train {seconds.GetProperty("train").GetDouble():F2} s "
            + $"({loaded.Training.Passes} passes), prove {seconds.GetProperty("certify").GetDouble():F2} s");
    }

    /// <summary>By falling -e until it is near enough.</summary>
    private static IEnumerable<TrainRow> Liblinear(Request request, string file, string folder, Judge judge)
    {
        string model = Path.Combine(folder, "liblinear.model");
        string c = (1 / (judge.Samples * request.L2)).ToString(CultureInfo.InvariantCulture);
        foreach (string tolerance in Tolerances)
        {
            ProgramRun[] runs;
            try
            {
                runs = [.. Enumerable.Range(0, request.Repeats).Select(_ => ProgramRun.Of(
                    request.Liblinear, ["-s", "0", "-B", "1", "-q", "-c", c, "-e", tolerance, file, model], Limit))];
            }
            catch (PerceptronException missing)
            {
                Console.Error.WriteLine(missing.Message);
                yield break;
            }

            if (runs.Any(run => run.ExitCode != 0))
            {
                Console.Error.WriteLine(runs.First(run => run.ExitCode != 0).Complaint);
                yield break;
            }

            double gap = judge.Gap(LiblinearModel.Parameters(model, judge.Schema));
            yield return new TrainRow(
                $"LIBLINEAR -s 0 -e {tolerance}", Timing.Median(runs.Select(run => run.Seconds)),
                    runs.Max(run => run.PeakBytes) / 1e6, gap, "");
            if (gap <= Nearness) yield break;
        }
    }

    /// <summary>The objective in float64, and its optimum: the judge of every trainer alike.</summary>
    private sealed class Judge
    {
        private readonly Dataset _data;
        private readonly Request _request;

        public Judge(Dataset data, Schema schema, Request request)
        {
            (_data, Schema, _request) = (data, schema, request);
            var best = Trainer.Train(data, schema, new TrainingOptions
            {
                L2 = request.L2,
                Tolerance = 1e-8,
                Threads = request.Threads
            }).Model;
            Proof = best.Training.Certificate?.Gap ?? double.NaN;
            Optimum = ObjectiveAt([.. best.Weights, best.Bias]);
        }

        public Schema Schema { get; }

        public double Optimum { get; }

        public double Proof { get; }

        public long Samples => _data.Samples;

        public double Gap(double[] parameters) => ObjectiveAt(parameters) - Optimum;

        private double ObjectiveAt(double[] parameters)
        {
            using var objective = new PreciseObjective(_data, Schema, _request.L2, l1: 0, _request.Threads);
            return objective.Evaluate(parameters).Objective;
        }
    }
}
