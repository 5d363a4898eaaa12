using System.CommandLine;
using System.Diagnostics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Models;
using GpuPerceptron.Solvers;

namespace GpuPerceptron.Bench;

/// <summary>How near the optimum a few epochs of mini-batches come, and what an epoch costs beside a plain pass.</summary>
internal static class BatchBenchmark
{
    private const int WarmUps = 20; // passes until the compiler's last tier
    private const int PlainPasses = 15;

    private sealed record Request(
        DataShape Shape, string[] Solvers, int BatchSize, int Epochs, DeviceRequest Device, int Threads, int Repeats, int Seed,
        FileInfo? Json);

    private sealed record Row(string Solver, int Epoch, double Seconds, double EpochMs, double PassMs, double Epochs, double Above);

    public static Command Command()
    {
        var data = CommonOptions.With("--data", $"{DataShape.PresetsInWords}.", "higgs-like");
        var solver = CommonOptions.With("--solver", "sgd, adam, or both.", "sgd,adam");
        var batchSize = CommonOptions.With("--batch-size", "Samples a batch.", 4096);
        var epochs = CommonOptions.With("--epochs", "Epochs.", 2);
        var device = CommonOptions.With("--device", "Where the batches run.", "cpu");
        var threads = CommonOptions.Threads();
        var repeats = CommonOptions.With("--repeats", "Trainings a solver, after one that is not counted.", 5);
        var seed = CommonOptions.With("--seed", "Of the data.", 1);
        var json = CommonOptions.Json();
        var command = new Command("batches", "Loss and seconds, epoch by epoch, of sgd and adam on made data in memory.")
        {
            data, solver, batchSize, epochs, device, threads, repeats, seed, json,
        };
        command.SetAction(result => Run(new Request(
            DataShape.Preset(result.GetRequiredValue(data)),
            result.GetRequiredValue(solver).Split(','),
            result.GetValue(batchSize),
            result.GetValue(epochs),
            DeviceRequest.Parse(result.GetRequiredValue(device)),
            CommonOptions.Count(result.GetValue(threads)),
            result.GetValue(repeats),
            result.GetValue(seed),
            result.GetValue(json))));
        return command;
    }

    private static void Run(Request request)
    {
        using var dataset = MadeData.Make(request.Shape, request.Seed);
        var schema = NumericSchema.Fit(dataset, new LabelSchema("label", "0", "1"));
        using var engine = EngineFactory.Create(request.Device, dataset, request.Threads);
        var pass = PassBenchmark.PassOf(engine);
        for (int i = 0; i < WarmUps; i++)
            pass();
        var optimum = Optimum.Find(dataset, schema, request.Device, request.Threads);

        Row[] rows = [.. request.Solvers.SelectMany(name => Measure(name, dataset, schema, engine, optimum, request))];

        string machine = Machine.Describe(engine.Description, $"medians of {request.Repeats} trainings");
        Figures.Print(
            $"{machine}\n\n{request.Shape.Describe()}, batches of {request.BatchSize:N0}, {request.Epochs} epochs; {optimum.Describe()}",
            ["solver", "epoch", "seconds", "the epoch, ms", "one pass, ms", "the epoch, passes", "loss above the optimum, %"],
            rows.Select(row => (string[])[
                row.Solver, $"{row.Epoch}", $"{row.Seconds:F3}", $"{row.EpochMs:F1}", $"{row.PassMs:F2}", $"{row.Epochs:F1}",
                $"{100 * row.Above:0.000}"]),
            texts: 1);
        Figures.Save(request.Json, new { Machine = machine, Data = request.Shape, request.Seed, request.BatchSize, Optimum = optimum, Rows = rows });
    }

    private static IEnumerable<Row> Measure(
        string name, Dataset dataset, Schema schema, IEngine engine, Optimum optimum, Request request)
    {
        var options = new TrainingOptions
        {
            Device = request.Device,
            Threads = request.Threads,
            Solver = SolverFactory.Parse(name),
            BatchSize = request.BatchSize,
            Epochs = request.Epochs,
        };
        var pass = PassBenchmark.PassOf(engine);
        var passes = new List<double>();
        var runs = new List<(double Seconds, double Objective)[]>();
        for (int i = 0; i <= request.Repeats; i++)
        {
            passes.AddRange(Enumerable.Range(0, PlainPasses).Select(_ => Timing.Milliseconds(pass)));
            runs.Add(Train());
        }

        runs.RemoveAt(0); // with the compiler at work
        double passMs = Timing.Median(passes);
        for (int epoch = 1; epoch <= request.Epochs; epoch++)
        {
            double seconds = Timing.Median(runs.Select(run => run[epoch].Seconds));
            double epochMs = 1000 * Timing.Median(runs.Select(run => run[epoch].Seconds - run[epoch - 1].Seconds));
            yield return new Row(
                name, epoch, seconds, epochMs, passMs, epochMs / passMs, runs[0][epoch].Objective / optimum.Objective - 1);
        }

        (double, double)[] Train()
        {
            var ends = new List<(double, double)>();
            var clock = Stopwatch.StartNew();
            var events = new TrainingEvents { EpochEnded = epoch => ends.Add((clock.Elapsed.TotalSeconds, epoch.Objective)) };
            Trainer.Train(dataset, schema, options, events: events);
            return [.. ends];
        }
    }
}
