using GpuPerceptron.Data;
using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular;

/// <summary>How a table is read.</summary>
public readonly record struct ReadOptions
{
    /// <summary>The column of sample weights, each finite and at least 0; null where every weight is 1.</summary>
    public string? WeightColumn { get; init; }

    /// <summary>Whether a NaN counts as missing; otherwise it is an error.</summary>
    public bool MissingNaN { get; init; }

    /// <summary>Threads to read with; 0 for as many as the machine has.</summary>
    public int Threads { get; init; }

    /// <summary>What the whole process may take; null for what is usual. Samples that it does not hold go to a file.</summary>
    public MemoryBudget? Memory { get; init; }

    /// <summary>Whether a table that does not fit into memory is encoded anew, although it was before, and not kept for the next time.</summary>
    public bool NoCache { get; init; }

    /// <summary>With <see cref="NoCache"/>: whether what an earlier training kept of the table is removed.</summary>
    public bool RemoveKept { get; init; }

    /// <summary>Is told, some times a second, how far the reading is; on a thread that reads. Null for nobody.</summary>
    public Action<ReadProgress>? Progress { get; init; }

    /// <summary>Is told, at the end of the reading, what is no fault of the table but may not be meant. Null for nobody.</summary>
    public Action<string>? Note { get; init; }

    /// <summary>Bytes of memory that a device's driver takes.</summary>
    public long DriverBytes { get; init; }

    /// <summary>Rows to read at most; null for all.</summary>
    internal int? RowLimit { get; init; }

    /// <summary>What of a streamed table may stay in memory.</summary>
    internal long ResidentBytes(Dataset training) => ResidentBytes(training.Features, training.Samples, training.NonZeros);

    /// <summary>What of a streamed table may stay in memory.</summary>
    internal long ResidentBytes(int features, long samples, long nonZeros = 0) =>
        Math.Max(0, Budget.ResidentBytes(features, samples, nonZeros) - DriverBytes);

    internal MemoryBudget Budget => Memory ?? MemoryBudget.Usual;
}

/// <summary>What becomes of a training table.</summary>
public sealed record TableOptions
{
    /// <summary>The column to be predicted; it holds two values.</summary>
    public required string Label { get; init; }

    /// <summary>The label that is 1; null for the one that sorts last, by number where both are numbers.</summary>
    public string? Positive { get; init; }

    /// <summary>The columns to learn from; null for all but the label and the weights.</summary>
    public IReadOnlyCollection<string>? Features { get; init; }

    /// <summary>Columns not to learn from.</summary>
    public IReadOnlyCollection<string> Exclude { get; init; } = [];

    /// <summary>Whether features become (x − mean) / standard deviation of the training samples.</summary>
    public bool Standardize { get; init; } = true;

    /// <summary>Whether features that are not standardised are centred: see <see cref="Schema.Centered"/>. Sparse ones are not.</summary>
    public bool Center { get; init; }

    /// <summary>Whether features that are not standardised are scaled: see <see cref="Schema.Scaled"/>. Sparse ones are not.</summary>
    public bool Scale { get; init; }

    /// <summary>Levels of a category that are told apart, the most frequent, at least 1; rarer ones share one feature.</summary>
    public int MaxLevels { get; init; } = 100;

    /// <summary>
    /// Bits to hash texts to, from 18 to 24, in place of a feature for each level; the features are then sparse. Null for levels.
    /// </summary>
    public int? HashBits { get; init; }

    /// <summary>The part of the samples, from 0 to less than 1, that is set aside to validate on.</summary>
    public double ValidationFraction { get; init; }

    /// <summary>Decides, with a row's number, whether the row is set aside.</summary>
    public ulong Seed { get; init; }

    /// <summary>How the table is read.</summary>
    public ReadOptions Reading { get; init; }

    /// <summary>Whether a table is read into sparse features.</summary>
    /// <param name="source">The table.</param>
    public bool IsSparse(TableSource source) => source.IsLibSvm || HashBits is not null;

    internal void Check()
    {
        if (!(ValidationFraction >= 0 && ValidationFraction < 1))
            throw new PerceptronException(Fault.Options,
                $"the validation fraction is {ValidationFraction}; it is at least 0 and less than 1");
        if (HashBits is < HashedTable.LeastBits or > HashedTable.MostBits)
            throw new PerceptronException(Fault.Options,
                $"texts cannot be hashed to {HashBits} bits; take from {HashedTable.LeastBits} to {HashedTable.MostBits}");
        if (MaxLevels < 1)
            throw new PerceptronException(Fault.Options, $"a category cannot keep {MaxLevels} levels; it keeps at least 1");
    }
}
