using System.CommandLine;
using System.Diagnostics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Models;
using GpuPerceptron.Solvers;

namespace GpuPerceptron.Bench;

/// <summary>Seconds that each solver, and ML.NET's L-BFGS, need to come within 1e-6 of the optimum, on made data.</summary>
internal static class TrainBenchmark
{
    private const double Nearness = 1e-6;
    private const double NoTolerance = 1e-12;       // the target stops a solver, not its own judgement
    private const int PlainPasses = 7;              // before each training, for what a pass costs at that time
    private const int WarmUps = 5;
    private const double WarmSeconds = 3;           // of trainings that are not counted: the compiler's last tier comes after some thirty
    private const int WarmTrainings = 40;           // at most
    private const int FewestIterations = 6;         // of ML.NET: its test of the end begins there
    private const int MostIterations = 2048;

    private sealed record Request(
        DataShape Shape, string[] Solvers, bool MlNet, DeviceRequest Device, int Threads, int Repeats, int Seed, double Limit,
        DirectoryInfo? Export, FileInfo? Json);

    private sealed record Row(
        string Trainer, double? Seconds, double? StartMs, double? EpochMs, double PassMs, double? PassesWorth, long? ReadsOfX, int? Epochs, double Gap, string End);

    public static Command Command()
    {
        var data = new Option<string>("--data") { Description = $"A preset, in place of a shape: {DataShape.PresetsInWords}." };
        var samples = CommonOptions.With("--samples", "Samples to make.", 1_000_000);
        var features = CommonOptions.With("--features", "Features to make.", 100);
        var solver = CommonOptions.With("--solver", $"all, none, or names: {string.Join(", ", SolverFactory.Names)}.", "all");
        var mlNet = CommonOptions.With("--mlnet", "Measures ML.NET's L-BFGS too.", true);
        var device = CommonOptions.With("--device", "Where our passes run.", "cpu");
        var threads = CommonOptions.Threads();
        var repeats = CommonOptions.With("--repeats", "Trainings a solver, after some that are not counted.", 5);
        var seed = CommonOptions.With("--seed", "Of the data.", 1);
        var limit = CommonOptions.With("--limit", "Seconds after which a solver gives up.", 20.0);
        var export = new Option<DirectoryInfo?>("--export")
        {
            Description = "Writes X.npy, y.npy and optimum.json there, for other trainers.",
        };
        var json = CommonOptions.Json();
        var command = new Command("train", "Seconds until the objective is within 1e-6 of the optimum, on made data in memory.")
        {
            data, samples, features, solver, mlNet, device, threads, repeats, seed, limit, export, json,
        };
        command.SetAction(result => Run(new Request(
            result.GetValue(data) is { } name ? DataShape.Preset(name) : DataShape.Of(result.GetValue(samples), result.GetValue(features)),
            Solvers(result.GetRequiredValue(solver)),
            result.GetValue(mlNet),
            DeviceRequest.Parse(result.GetRequiredValue(device)),
            CommonOptions.Count(result.GetValue(threads)),
            result.GetValue(repeats),
            result.GetValue(seed),
            result.GetValue(limit),
            result.GetValue(export),
            result.GetValue(json))));
        return command;
    }

    private static string[] Solvers(string names) => names switch
    {
        "all" => [.. SolverFactory.Names.Except(["newton-cg"])], // which is for sparse features
        "none" => [],
        _ => names.Split(','),
    };

    private static void Run(Request request)
    {
        using var dataset = MadeData.Make(request.Shape, request.Seed);
        var schema = NumericSchema.Fit(dataset, new LabelSchema("label", "0", "1"));
        using var engine = EngineFactory.Create(request.Device, dataset, request.Threads);
        for (int i = 0; i < WarmUps; i++)
            Passes(engine); // until the compiler's last tier

        var optimum = Optimum.Find(dataset, schema, request.Device, request.Threads);
        if (request.Export is not null)
        {
            NpyFile.Save(dataset, request.Export);
            Figures.Save(new FileInfo(Path.Combine(request.Export.FullName, "optimum.json")), new { Objective = optimum.Exact });
        }

        List<Row> rows = [.. request.Solvers.Select(name => Ours(name, dataset, schema, engine, optimum, request))];
        if (request.MlNet) rows.AddRange(MlNet(dataset, engine, optimum, request));

        string peer = request.MlNet ? $"Microsoft.ML {MlNetLbfgs.Version}" : "no peers";
        string machine = Machine.Describe(engine.Description, peer, $"medians of {request.Repeats} trainings");
        string made = $"{request.Shape.Describe()}, {request.Shape.Factors} hidden factors, seed {request.Seed}, "
            + $"{dataset.FeatureBytes / 1e6:F0} MB of X, {dataset.Positives:N0} positives; {optimum.Describe()}";
        Figures.Print(
            $"{machine}\n\n{made}",
            ["trainer", "end", "seconds", "start, ms", "an epoch, ms", "one pass, ms", "worth of passes", "reads of X", "epochs", "above the optimum"],
            rows.Select(row => (string[])[
                row.Trainer, row.End, row.Seconds is null ? "" : $"{row.Seconds:F3}",
                row.StartMs is null ? "" : $"{row.StartMs:F0}", row.EpochMs is null ? "" : $"{row.EpochMs:F1}", $"{row.PassMs:F2}",
                row.PassesWorth is null ? "" : $"{row.PassesWorth:F1}", $"{row.ReadsOfX}", $"{row.Epochs}", $"{row.Gap:0.0e+0}"]),
            texts: 2);
        Figures.Save(request.Json, new { Machine = machine, Data = request.Shape, request.Seed, Optimum = optimum, Rows = rows });
    }

    /// <summary>Milliseconds of some plain passes, one by one.</summary>
    private static double[] Passes(IEngine engine)
    {
        var pass = PassBenchmark.PassOf(engine);
        return [.. Enumerable.Range(0, PlainPasses).Select(_ => Timing.Milliseconds(pass))];
    }

    private static Row Ours(string name, Dataset dataset, Schema schema, IEngine engine, Optimum optimum, Request request)
    {
        var options = new TrainingOptions
        {
            Device = request.Device,
            Threads = request.Threads,
            Solver = SolverFactory.Parse(name),
            Tolerance = NoTolerance,
        };
        var passes = new List<double>();
        var first = Train();
        List<SolverRun> runs = [first];
        if (first.Seconds is not null)
        {
            var warming = Stopwatch.StartNew();
            for (int i = 1; i < WarmTrainings && warming.Elapsed.TotalSeconds < WarmSeconds; i++)
                Train();
            passes.Clear();
            runs = [.. Enumerable.Range(0, request.Repeats).Select(_ => Train())];
        }

        // The same bits every time: only the seconds differ.
        double? seconds = first.Seconds is null ? null : Timing.Median(runs.Select(run => run.Seconds!.Value));
        double startMs = 1000 * Timing.Median(runs.Select(run => run.StartSeconds));
        double passMs = Timing.Median(passes);
        return new Row(
            name == first.Solver ? name : $"{name}: {first.Solver}", seconds, startMs,
            (1000 * seconds - startMs) / Math.Max(1, first.Epochs), passMs, seconds * 1000 / passMs, first.Passes,
            first.Epochs, ExactLoss.Mean(dataset, first.Parameters) - optimum.Exact, first.End);

        SolverRun Train()
        {
            passes.AddRange(Passes(engine));
            return SolverRun.Until(dataset, schema, options, optimum.Objective + Nearness, request.Limit);
        }
    }

    /// <summary>
    /// ML.NET has nobody to tell it that it is near enough, so it is given the fewest iterations that bring it there: the
    /// same stop that ours have. A second row shows what its default tolerance comes to.
    /// </summary>
    private static IEnumerable<Row> MlNet(Dataset dataset, IEngine engine, Optimum optimum, Request request)
    {
        var trainer = new MlNetLbfgs(dataset, request.Threads);
        double passMs = Timing.Median(Passes(engine));
        int? fewest = FewestIterationsWithin(iterations => Gap(trainer.Fit(float.Epsilon, iterations)));
        if (fewest is { } iterations)
        {
            var fits = Enumerable.Range(0, request.Repeats).Select(_ => trainer.Fit(float.Epsilon, iterations));
            yield return RowOf("ML.NET L-BFGS", [.. fits], fewest, "reached");
        }
        else
        {
            var fit = trainer.Fit(float.Epsilon);
            yield return RowOf("ML.NET L-BFGS", [fit], null, $"stopped by itself after {fit.Seconds:F1} s");
        }

        var asItComes = trainer.Fit(MlNetLbfgs.DefaultTolerance);
        yield return RowOf("ML.NET L-BFGS, default tolerance", [asItComes], null, "stopped by itself");

        double Gap(MlNetLbfgs.Result fit) => ExactLoss.Mean(dataset, fit.Parameters) - optimum.Exact;

        Row RowOf(string name, MlNetLbfgs.Result[] fits, int? iterations, string end)
        {
            double seconds = Timing.Median(fits.Select(fit => fit.Seconds));
            double copying = Timing.Median(fits.Select(fit => fit.CopySeconds));
            return new Row(
                $"{name} ({copying:F2} s of it to copy X)", seconds, null, null, passMs, seconds * 1000 / passMs, null, iterations,
                Gap(fits[0]), end);
        }
    }

    /// <summary>Doubles the iterations until they are enough, then bisects; null where more of them no longer help.</summary>
    private static int? FewestIterationsWithin(Func<int, double> gap)
    {
        int tooFew = FewestIterations - 1, enough = FewestIterations;
        double before = double.PositiveInfinity;
        for (; ; tooFew = enough, enough *= 2)
        {
            double now = gap(enough);
            if (now <= Nearness) break;
            if (now == before || enough > MostIterations) return null;
            before = now;
        }

        while (enough - tooFew > 1)
        {
            int middle = (tooFew + enough) / 2;
            if (gap(middle) <= Nearness) enough = middle;
            else tooFew = middle;
        }

        return enough;
    }
}
