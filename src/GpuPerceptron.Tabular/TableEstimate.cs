using GpuPerceptron.Data;
using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular;

/// <summary>What is known of a table from its first rows, before it is read.</summary>
/// <param name="Head">The first rows, as a training would have them. Disposed with the estimate.</param>
/// <param name="ReadSeconds">How long the whole table takes to read, about.</param>
/// <param name="Rows">Rows of the whole table, those set aside included.</param>
/// <param name="IsExact">Whether the rows were counted, or said by the file; else they are estimated from the files' sizes.</param>
/// <param name="FileBytes">Bytes of the table's files; 0 where there are none.</param>
public sealed record TableEstimate(TrainingTable Head, double ReadSeconds, long Rows, bool IsExact, long FileBytes) : IDisposable
{
    private const double RowsAFeature = 50, MostOfAll = 0.95;

    /// <summary>Rows in <see cref="Head"/>.</summary>
    public long HeadRows => Head.Training.Samples + (Head.Validation?.Samples ?? 0);

    /// <summary>Features of all training samples: of sparse ones an estimate, for further rows bring further ones.</summary>
    public int Features
    {
        get
        {
            int features = Head.Training.Features;
            if (!Head.Training.IsSparse || Part > MostOfAll) return features;
            int most = Head.Schema.Sparse!.Table is { } table ? table.Columns.Count + (1 << table.Bits) : SparseFeatures.MaximumIndex;
            return (int)Math.Min(most, features * Math.Pow(Part, -Growth));
        }
    }

    /// <summary>
    /// Features that stand for all of them where the head is trained on: of sparse ones the most frequent, as many to its rows as there are to all rows, but no fewer than its rows can
    /// tell of. Of few rows rare features know too little, and a training would need passes for what the rows left out tell.
    /// </summary>
    /// <remarks>
    /// Of F features in n rows, F₁ with one value alone, a further value is a new feature's with a probability of F₁ over the number of values (Good, "The population
    /// frequencies of species", Biometrika 40, 1953), so that F grows as n to the power of F₁/F, about, as long as that stays the same (Heaps' law): F (N/n)^(F₁/F) in N rows.
    /// </remarks>
    public int HeadFeatures
    {
        get
        {
            int features = Head.Training.Features;
            if (!Head.Training.IsSparse || Part > MostOfAll) return features;
            return Math.Min(features, (int)Math.Max(1, Math.Max(features * Math.Pow(Part, 1 - Growth), HeadRows / RowsAFeature)));
        }
    }

    private double Part => HeadRows / (double)Rows; // about 1 where the head is all there is

    private double Growth => SparseColumns.SingleValued(Head.Training) / (double)Head.Training.Features;

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

    /// <summary>Bytes of X that stay in memory where a training streams the samples: whole blocks.</summary>
    /// <param name="options">How the table is read.</param>
    public long ResidentBytes(ReadOptions options)
    {
        var head = Head.Training;
        long room = options.ResidentBytes(Features, Samples, NonZeros);
        if (head.IsSparse) return Math.Min(FeatureBytes, room);
        long rows = DatasetBuilder.BlockRows(head.Features), rowBytes = head.Stride * sizeof(float);
        return Math.Min(FeatureBytes, room / (rows * (rowBytes + (head.HasSampleWeights ? 5 : 1))) * rows * rowBytes);
    }

    /// <inheritdoc/>
    public void Dispose() => Head.Dispose();
}
