using System.Diagnostics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines;

namespace GpuPerceptron.Tabular;

/// <summary>What a pass over a table that was not read yet would take, measured over its first rows, repeated, and scaled to all.</summary>
/// <param name="Device">Where it ran, as that is named.</param>
/// <param name="Seconds">Of a pass.</param>
/// <param name="WriteSeconds">Of the writing of the file that it reads; 0 without one.</param>
public sealed record PassMeasurement(string Device, double Seconds, double WriteSeconds)
{
    private const long MostBytes = 64_000_000;
    private const int PartOfMemory = 8;
    private const int Passes = 7;

    /// <summary>Measures.</summary>
    /// <param name="estimate">The table.</param>
    /// <param name="device">Where passes run.</param>
    /// <param name="threads">Host threads; 0 for one a processor.</param>
    /// <param name="budget">What the process may take.</param>
    /// <param name="storage">How features are kept; of no meaning where they are sparse.</param>
    /// <param name="streamed">Whether the samples lie in a file, which the system's cache holds; else in memory.</param>
    /// <exception cref="PerceptronException">The device is not there, or failed; or the file cannot be written.</exception>
    public static PassMeasurement Of(
        TableEstimate estimate, DeviceRequest device, int threads, MemoryBudget budget, FeatureStorage storage, bool streamed)
    {
        var head = estimate.Head.Training;
        long mapped = budget.MappedBytesFor(estimate.Head.Training.Features, estimate.Samples, estimate.NonZeros); // as in a training
        using var spill = new SampleSpill(streamed ? 0 : long.MaxValue, () => CacheFolder.CreateFile(mapped));
        long start = Stopwatch.GetTimestamp();
        using var repeated = !head.IsSparse ? Repeated(estimate, Math.Min(MostBytes, budget.Bytes / PartOfMemory), spill)
            : streamed ? SparseDataset.Store(head, spill.File) : null;
        var samples = repeated ?? head;
        double scale = (double)estimate.Samples / samples.Samples;
        double write = streamed ? Stopwatch.GetElapsedTime(start).TotalSeconds * scale : 0;
        if (repeated is { IsSparse: false } && storage == FeatureStorage.Float16) repeated.Narrow();
        using var engine = EngineFactory.Create(device, samples, threads);
        double[] parameters = new double[samples.Features + 1], gradient = new double[parameters.Length];
        double best = double.PositiveInfinity;
        for (int i = 0; i < Passes; i++)
        {
            start = Stopwatch.GetTimestamp();
            engine.Pass(PassLoss.Logistic, parameters, gradient);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return new PassMeasurement(engine.Device, best * scale, write);
    }

    /// <summary>The first rows again and again, until no cache holds them.</summary>
    private static Dataset Repeated(TableEstimate estimate, long bytes, SampleSpill spill)
    {
        var head = estimate.Head.Training;
        using var builder = new DatasetBuilder(head.Features, head.HasSampleWeights, spill);
        long wanted = Math.Min(estimate.Samples, Math.Max(1, bytes / (head.Stride * sizeof(float))));
        while (builder.Samples < wanted)
        {
            foreach (var block in head.Read())
            {
                for (int row = 0; row < block.Rows && builder.Samples < wanted; row++)
                {
                    var target = builder.Reserve(1);
                    block.Row(row).CopyTo(target.Row(0));
                    target.Labels[0] = block.Labels[row];
                    if (head.HasSampleWeights) target.SampleWeights[0] = block.SampleWeights[row];
                }
            }
        }

        return builder.Build();
    }
}
