using GpuPerceptron.Engines.Host;

namespace GpuPerceptron.Data;

/// <summary>How much memory the process may take, and what is left of it for samples.</summary>
/// <param name="Bytes">All of the process's resident memory.</param>
public readonly record struct MemoryBudget(long Bytes)
{
    /// <summary>The least that a program with its runtime and the reader of tables can be held to: 256 MB.</summary>
    public const long Least = 256_000_000;

    private const long Runtime = 130_000_000; // .NET, DuckDB's code and tables, the threads' own: measured
    private const long Passing = 200_000_000; // blocks on their way, a solver's memory, what the reading left behind
    private const long ReadingAtPeak = 150_000_000; // measured beside 8,000,000 samples of a CSV file
    private const int MostHessianFeatures = 1024;
    private const long HessianBytes = 150; // by features squared: Hessians in float64, the proof's too, and 8 rows a feature
    private const long SampleBytesAside = 12; // a logit in float64 for the duality gap, a label for cross-validation
    private const long SparseFeatureBytes = 180; // a solver's and a proof's vectors, the schema and the model: measured at a million features
    private const long UsualReading = 512_000_000;
    private const int MostSampleHessianFeatures = 2048;
    private const long SampleHessianBytes = 50; // by features squared: a sample of 7 rows a feature, as of balanced labels, its Hessian and a factor
    private const long SampleRowsBytes = 50_000_000; // of more features
    internal const long GrownSampleBytes = 16_000_000; // of a solver's sample of rows that grows: see GrowingSample
    private const int LargeDimension = 512; // from which on a matrix in float64 takes 2 MB and more

    /// <summary>Bytes of a file of samples that may be mapped at a time, at least: see <see cref="FileMap"/>.</summary>
    internal const long LeastMapped = 40_000_000;

    private const long MostMapped = 130_000_000; // more gained little, measured

    /// <summary>Seven tenths of the memory that the machine, or its container, has.</summary>
    public static MemoryBudget Usual => new(Math.Max(Least, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 10 * 7));

    /// <summary>About what a process takes at its peak: as it reads, or as it trains. More than the budget only where a training of so many features needs it.</summary>
    /// <param name="sampleBytes">X, y and s, as far as they are kept in memory.</param>
    /// <param name="features">Features a sample.</param>
    /// <param name="samples">Samples.</param>
    /// <param name="nonZeros">Values of sparse features that are not 0; 0 where all are kept.</param>
    public long PeakWith(long sampleBytes, int features, long samples, long nonZeros = 0) =>
        Math.Max(Math.Min(Bytes, Runtime + ReadingAtPeak + sampleBytes), LeastFor(features, samples, nonZeros) + (nonZeros > 0 ? sampleBytes : 0));

    /// <summary>What the reading of a table may take beside the samples.</summary>
    public long ReadingBytes => Math.Min(UsualReading, (Bytes - Runtime) / 2);

    /// <summary>
    /// What of a streamed table may stay in memory: the reading is over then, a few blocks pass through, the solver has Hessians of
    /// its own and a sample of the rows, and the proof and cross-validation some numbers a sample.
    /// </summary>
    /// <param name="features">Features a sample.</param>
    /// <param name="samples">Samples.</param>
    /// <param name="nonZeros">Values of sparse features that are not 0; 0 where all are kept.</param>
    public long ResidentBytes(int features, long samples, long nonZeros = 0) =>
        Math.Max(0, Bytes - Math.Min(Passing, Bytes / 4) - MappedBytes - LeastFor(features, samples, nonZeros) - SampleBytesFor(features, nonZeros));

    /// <summary>What a solver may take beside the samples for what it makes of some of them.</summary>
    /// <param name="samples">The samples.</param>
    internal long SolverBytes(Dataset samples) =>
        Math.Max(0, Bytes - Runtime - Math.Min(Passing, Bytes / 4) - (samples.IsStreamed ? MappedBytes : 0) - samples.ResidentBytes);

    /// <summary>What of a file of samples may be mapped at a time.</summary>
    internal long MappedBytes => Math.Clamp((Bytes - Least) / 4 + LeastMapped, LeastMapped, MostMapped);

    /// <summary>The same of known samples: nothing where a training of many sparse features has no room for it. (Where it has little, what of the
    /// budget passes and readers do not use was enough in all that was measured.)</summary>
    /// <inheritdoc cref="ResidentBytes"/>
    internal long MappedBytesFor(int features, long samples, long nonZeros) =>
        nonZeros > 0 && Bytes - LeastFor(features, samples, nonZeros) < MappedBytes ? 0 : MappedBytes;

    private static long SampleBytesFor(long features, long nonZeros) => nonZeros > 0 || features <= MostHessianFeatures ? GrownSampleBytes
        : features <= MostSampleHessianFeatures ? SampleHessianBytes * features * features : SampleRowsBytes;

    /// <summary>What a training takes without any sample in memory, whatever the budget.</summary>
    /// <inheritdoc cref="ResidentBytes"/>
    internal static long LeastFor(int features, long samples, long nonZeros)
    {
        long square = features <= MostHessianFeatures ? (long)features * features : 0;
        long sparse = nonZeros == 0
            ? 0
            : (long)UnitSums.BytesFor(features) * SparseUnits.CountFor(nonZeros, samples, features) + features * SparseFeatureBytes + 2L * sizeof(float) * samples;
        return Runtime + HessianBytes * square + SampleBytesAside * samples + sparse;
    }

    /// <summary>What samples may take while they are read. What is more goes to a file.</summary>
    public long SampleBytes => Bytes - Runtime - ReadingBytes;

    /// <summary>
    /// Gives memory back that nobody uses any more, since a budget counts it, too: where samples had to go to a file, and where there may
    /// be many large matrices. It takes some 10 ms.
    /// </summary>
    /// <param name="samples">The samples.</param>
    /// <param name="dimension">Columns of matrices that were used; 0 for none.</param>
    internal static void Tidy(Dataset samples, int dimension = 0)
    {
        if (!samples.IsStreamed && dimension < LargeDimension) return;
        foreach (var file in samples.Blocks.Select(block => block.Stored?.File).OfType<SampleFile>().Distinct())
            file.Unmap();
        Tidy();
    }

    /// <summary>The same, whatever the samples.</summary>
    internal static void Tidy()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        GC.WaitForPendingFinalizers();
        HugePages.GiveBack();
        NativeHeap.Trim();
    }
}
