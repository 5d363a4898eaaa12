using GpuPerceptron.Cli.Json;
using GpuPerceptron.Cli.Screens;
using GpuPerceptron.Cli.Streams;
using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Engines.Devices;
using GpuPerceptron.Tabular;

namespace GpuPerceptron.Cli.Commands;

/// <summary>One run of <c>plan</c>: the table's first rows are read, trained on and passed over, and the rest is arithmetic.</summary>
/// <param name="request">The training.</param>
/// <param name="terminal">Where to tell of it.</param>
internal sealed class PlanRun(TrainRequest request, Terminal terminal)
{
    private const long Blocks = 32 << 20; // of a device's memory, where samples are streamed to it: two blocks

    private readonly CommandOutput _output = new(terminal, request.Json, request.Quiet);

    /// <summary>Runs it.</summary>
    public ExitCode Execute(CancellationToken cancellation)
    {
        request.Validate();
        using var line = new ReadingLine(terminal, request.Quiet, request.Source);
        using var estimate = TableReader.Estimate(request.Source, request.Table, cancellation);
        var report = Plan(estimate, cancellation);
        line.Dispose();
        PlanScreen.Write(_output.Results, request, estimate, report);
        _output.WriteJson(() => report, json => json.PlanReport);
        return ExitCode.Done;
    }

    private PlanReport Plan(TableEstimate estimate, CancellationToken cancellation)
    {
        var head = estimate.Head.Training;
        var budget = request.Table.Reading.Memory ?? MemoryBudget.Usual;
        long features = request.Training.Storage == FeatureStorage.Float16 ? estimate.FeatureBytes / 2 : estimate.FeatureBytes;
        long weights = estimate.Samples * sizeof(float) * (head.HasSampleWeights ? 1 : 0);
        long labels = estimate.Samples; // on a device four times as much
        bool fromFile = estimate.IsStreamed(budget);

        double pass = estimate.MeasurePass(request.Training.Device, request.Training.Threads, streamed: false, out string device);
        var listed = device == "cpu" ? null : DeviceCatalog.List().FirstOrDefault(entry => entry.Id == device);
        long onDevice = head.IsSparse ? SparsePartBuilder.BytesFor(estimate.NonZeros, estimate.Samples, head.Features) : features + sizeof(float) * labels + weights;
        bool toDevice = listed is not null && (onDevice > listed.MemoryBytes / 16 * 15 || (fromFile && listed.SharesHostMemory));
        long diskBytes = (fromFile ? (long)((estimate.FeatureBytes + labels + weights) * FilePart(estimate)) : 0) + (toDevice && head.IsSparse ? onDevice : 0);
        if (fromFile)
        {
            double streamed = estimate.MeasurePass(request.Training.Device, request.Training.Threads, streamed: true, out _);
            double resident = Math.Min(1, (double)budget.ResidentBytes(head.Features, estimate.Samples, estimate.NonZeros) / features);
            pass = resident * pass + (1 - resident) * streamed;
        }

        // The head's own training tells solver and passes; how many samples there are hardly matters to these.
        var training = Trainer.Train(
            head, estimate.Head.Schema, request.Training with { Storage = FeatureStorage.Float32, EarlyStopping = null, Start = null },
            cancellation: cancellation).Model.Training;
        return new PlanReport(
            estimate.Samples, estimate.IsExact, head.Features, features,
            fromFile || toDevice ? Placement.Streamed : head.IsSparse ? Placement.Sparse : Placement.Resident,
            device, training.Solver,
            HostBytes: fromFile ? budget.PeakWith(budget.Bytes) : budget.PeakWith(estimate.FeatureBytes + labels + weights),
            MemoryBytes: budget.Bytes,
            DeviceBytes: listed is null ? 0 : toDevice ? Blocks : onDevice,
            DiskBytes: diskBytes,
            DiskFreeBytes: diskBytes > 0 ? FreeBytes(TableEstimate.StreamFolder) : 0,
            training.Passes,
            new PlanSeconds(estimate.ReadSeconds, pass, training.Passes * pass));
    }

    /// <summary>What a file of samples takes, in parts of its training samples: those set aside are in it, too, sparse ones twice.</summary>
    private static double FilePart(TableEstimate estimate) =>
        1 + (estimate.Rows - estimate.Samples) / (double)estimate.Samples * (estimate.Head.Training.IsSparse ? 2 : 1);

    private static long FreeBytes(string folder)
    {
        while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { Length: > 0 } parent)
            folder = parent;
        return new DriveInfo(folder).AvailableFreeSpace;
    }
}
