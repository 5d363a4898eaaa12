using System.Collections;
using System.Globalization;
using GpuPerceptron.Data;

namespace GpuPerceptron.Models;

/// <summary>
/// Sparse features, in a few bytes each: the indices of a file or of a hashed table, and what values are divided by. An index
/// that is not among them counts for nothing. Of a file nothing is taken from a value, so that what is 0 stays 0.
/// </summary>
/// <param name="indices">The indices, distinct, in the order of the matrix's columns.</param>
/// <param name="scales">
/// The root of each feature's mean square over the training samples, a standard deviation from 0; of a column of numbers in a
/// hashed table, its standard deviation.
/// </param>
/// <param name="firstIndex">The index that files of this kind begin to count at: 0 or 1.</param>
/// <param name="table">The table whose columns were hashed; null for a LIBSVM file.</param>
public sealed class SparseFeatures(int[] indices, double[] scales, int firstIndex, HashedTable? table = null)
    : IReadOnlyList<FeatureSchema>
{
    /// <summary>The greatest index: a number for each takes 512 MiB at most, where they are all used.</summary>
    public const int MaximumIndex = 1 << 27;

    /// <summary>The indices, in the order of the matrix's columns.</summary>
    public ReadOnlySpan<int> Indices => indices;

    /// <summary>Each feature's scale in the file's units, greater than 0.</summary>
    public ReadOnlySpan<double> Scales => scales;

    /// <summary>The index that files of this kind begin to count at: 0 or 1.</summary>
    public int FirstIndex => firstIndex;

    /// <summary>The table whose columns were hashed; null for a LIBSVM file.</summary>
    public HashedTable? Table => table;

    /// <inheritdoc/>
    public int Count => indices.Length;

    /// <inheritdoc/>
    public FeatureSchema this[int index] => new(
        table?.NameOf(indices[index]) ?? indices[index].ToString(CultureInfo.InvariantCulture), MeanOf(index), scales[index]);

    /// <summary>What is taken from each feature where it is standardised.</summary>
    internal double[] Means() => [.. Enumerable.Range(0, indices.Length).Select(MeanOf)];

    /// <summary>By index the matrix's column, or −1.</summary>
    public IndexMap ColumnByIndex() => IndexMap.PlacesOf(indices);

    /// <summary>The first features alone.</summary>
    internal SparseFeatures First(int count) => new(indices[..count], scales[..count], firstIndex, table);

    /// <inheritdoc/>
    public IEnumerator<FeatureSchema> GetEnumerator()
    {
        for (int column = 0; column < indices.Length; column++)
            yield return this[column];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private double MeanOf(int column) => table is not null && indices[column] < table.FirstHash
        ? table.Columns[indices[column]].Mean : 0;
}
