using System.Diagnostics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines;

namespace GpuPerceptron.Tabular;

/// <summary>What is known of a table from its first rows, before it is read.</summary>
/// <param name="Head">The first rows, as a training would have them. Disposed with the estimate.</param>
/// <param name="ReadSeconds">How long the whole table takes to read, about.</param>
/// <param name="Rows">Rows of the whole table, those set aside included.</param>
/// <param name="IsExact">Whether the rows were counted, or said by the file; else they are estimated from the files' sizes.</param>
/// <param name="FileBytes">Bytes of the table's files; 0 where there are none.</param>
public sealed record TableEstimate(TrainingTable Head, double ReadSeconds, long Rows, bool IsExact, long FileBytes) : IDisposable
{
    private const long MeasuredBytes = 64_000_000;
    private const int Passes = 7;

    /// <summary>Rows in <see cref="Head"/>.</summary>
    public long HeadRows => Head.Training.Samples + (Head.Validation?.Samples ?? 0);

    /// <summary>Training samples of the whole table.</summary>
    public long Samples => Math.Max(1, (long)(Rows * (Head.Training.Samples / (double)HeadRows)));

    /// <summary>Bytes of X of all training samples: what a pass reads.</summary>
    public long FeatureBytes => (long)(Head.Training.FeatureBytes / (double)Head.Training.Samples * Samples);

    /// <summary>Of sparse features: values that are not 0, of all training samples; else 0.</summary>
    public long NonZeros => (long)(Head.Training.NonZeros / (double)Head.Training.Samples * Samples);

    /// <summary>Where samples lie that memory does not hold.</summary>
    public static string StreamFolder => CacheFolder.Path;

    /// <summary>Whether a training would stream the samples from a file: whether they fill more blocks than memory has room for.</summary>
    /// <param name="budget">What the process may take.</param>
    public bool IsStreamed(MemoryBudget budget) => FeatureBytes > budget.SampleBytes;

    /// <summary>Measures a pass over samples made of the first rows, and scales it to all.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="threads">Host threads; 0 for one a processor.</param>
    /// <param name="streamed">Whether the samples lie in a file, which the system's cache holds; else in memory.</param>
    /// <param name="engineName">The device, as it is named.</param>
    /// <returns>Seconds.</returns>
    /// <exception cref="PerceptronException">The device is not there, or failed; or the file cannot be written.</exception>
    public double MeasurePass(DeviceRequest device, int threads, bool streamed, out string engineName)
    {
        var head = Head.Training;
        using var spill = new SampleSpill(streamed ? 0 : long.MaxValue, () => CacheFolder.CreateFile());
        using var repeated = !head.IsSparse ? Repeated(head, spill) : streamed ? SparseDataset.Store(head, spill.File) : null;
        var samples = repeated ?? head;
        using var engine = EngineFactory.Create(device, samples, threads);
        engineName = engine.Device;
        double[] parameters = new double[samples.Features + 1], gradient = new double[parameters.Length];
        double best = double.PositiveInfinity;
        for (int i = 0; i < Passes; i++)
        {
            long start = Stopwatch.GetTimestamp();
            engine.Pass(PassLoss.Logistic, parameters, gradient);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best * FeatureBytes / samples.FeatureBytes;
    }

    /// <summary>The first rows again and again, until no cache holds them.</summary>
    private Dataset Repeated(Dataset head, SampleSpill spill)
    {
        using var builder = new DatasetBuilder(head.Features, head.HasSampleWeights, spill);
        long wanted = Math.Min(Samples, Math.Max(1, MeasuredBytes / (head.Stride * sizeof(float))));
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

    /// <inheritdoc/>
    public void Dispose() => Head.Dispose();
}
