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
        using var estimate = Estimate(cancellation);
        var report = Plan(estimate, cancellation);
        PlanScreen.Write(_output.Results, request, estimate, report);
        _output.WriteJson(() => report, json => json.PlanReport);
        return ExitCode.Done;
    }

    private TableEstimate Estimate(CancellationToken cancellation)
    {
        using var line = new ReadingLine(terminal, request.Quiet, request.Source, isHead: true);
        return TableReader.Estimate(request.Source, request.Table with { Reading = line.Follow(request.Table.Reading) }, cancellation);
    }

    private PlanReport Plan(TableEstimate estimate, CancellationToken cancellation)
    {
        var head = estimate.Head.Training;
        var reading = request.Table.Reading;
        var budget = reading.Memory ?? MemoryBudget.Usual;
        int all = estimate.Features;
        long features = head.IsSparse ? estimate.FeatureBytes
            : estimate.Samples * SampleBlock.StrideFor(head.Features, request.Training.Storage) * SampleBlock.BytesPerValue(request.Training.Storage);
        long weights = estimate.Samples * sizeof(float) * (head.HasSampleWeights ? 1 : 0);
        long labels = estimate.Samples; // on a device four times as much
        bool fromFile = estimate.IsStreamed(budget);
        double part = fromFile ? (double)estimate.ResidentBytes(reading) / estimate.FeatureBytes : 1; // in float32, whatever becomes of it
        long resident = (long)(part * features);

        var training = HeadTraining.Of(
            estimate, request, samples => new TrainProgress(terminal, request.Quiet, request.Training.Tolerance, samples, trialOf: "the first rows"),
            () => new WaitingLine(terminal, request.Quiet, $"trying {request.Folds} folds on the first rows"), cancellation);
        var inMemory = Measure(streamed: false);
        string device = inMemory.Device;
        var listed = device == "cpu" ? null : DeviceCatalog.List().FirstOrDefault(entry => entry.Id == device);
        long onDevice = head.IsSparse ? SparsePartBuilder.BytesFor(estimate.NonZeros, estimate.Samples, all) : features + sizeof(float) * labels + weights;
        bool toDevice = listed is not null && (onDevice > listed.MemoryBytes / 16 * 15 || (fromFile && listed.SharesHostMemory));
        long diskBytes = (fromFile ? (long)((estimate.FeatureBytes + labels + weights) * FilePart(estimate)) : 0) + (toDevice && head.IsSparse ? onDevice : 0);
        double pass = inMemory.Seconds, write = 0;
        if (fromFile)
        {
            var streamed = Measure(streamed: true);
            pass = part * inMemory.Seconds + (1 - part) * streamed.Seconds;
            write = streamed.WriteSeconds * FilePart(estimate);
        }

        var seconds = training.SecondsFor(estimate.Samples, pass, inMemory.Seconds, isDevice: listed is not null);
        return new PlanReport(
            estimate.Samples, estimate.IsExact, all, features,
            fromFile || toDevice ? Placement.Streamed : head.IsSparse ? Placement.Sparse : Placement.Resident,
            resident,
            device, training.Solver,
            HostBytes: budget.PeakWith(fromFile ? resident : estimate.FeatureBytes + labels + weights, all, estimate.Samples, estimate.NonZeros),
            MemoryBytes: budget.Bytes,
            DeviceBytes: listed is null ? 0 : toDevice ? Blocks : onDevice,
            DiskBytes: diskBytes,
            DiskFreeBytes: diskBytes > 0 ? FreeBytes(TableEstimate.StreamFolder) : 0,
            training.Passes,
            new PlanSeconds(estimate.ReadSeconds + write, pass, seconds.CrossValidate, seconds.Train, seconds.Certify));

        PassMeasurement Measure(bool streamed)
        {
            cancellation.ThrowIfCancellationRequested();
            MemoryBudget.Tidy(); // what was measured before
            using var line = new WaitingLine(terminal, request.Quiet, $"measuring a pass over samples {(streamed ? "in a file" : "in memory")}");
            return PassMeasurement.Of(estimate, request.Training.Device, request.Training.Threads, budget, request.Training.Storage, streamed);
        }
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
