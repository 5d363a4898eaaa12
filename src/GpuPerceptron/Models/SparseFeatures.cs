using System.Collections;
using System.Globalization;

namespace GpuPerceptron.Models;

/// <summary>
/// The features of a sparse file, in a few bytes each: its indices, and what values are divided by. Nothing is taken from a
/// value, so that what is 0 stays 0; an index that is not among them counts for nothing.
/// </summary>
/// <param name="indices">The file's indices, distinct, in the order of the matrix's columns.</param>
/// <param name="scales">The root of each feature's mean square over the training samples: a standard deviation from 0.</param>
/// <param name="firstIndex">The index that files of this kind begin to count at: 0 or 1.</param>
public sealed class SparseFeatures(int[] indices, double[] scales, int firstIndex) : IReadOnlyList<FeatureSchema>
{
    /// <summary>The greatest index: tables by index, which have a number for each, stay below 512 MiB.</summary>
    public const int MaximumIndex = 1 << 27;

    /// <summary>The file's indices, in the order of the matrix's columns.</summary>
    public ReadOnlySpan<int> Indices => indices;

    /// <summary>Each feature's scale in the file's units, greater than 0.</summary>
    public ReadOnlySpan<double> Scales => scales;

    /// <summary>The index that files of this kind begin to count at: 0 or 1.</summary>
    public int FirstIndex => firstIndex;

    /// <inheritdoc/>
    public int Count => indices.Length;

    /// <inheritdoc/>
    public FeatureSchema this[int index] =>
        new(indices[index].ToString(CultureInfo.InvariantCulture), Mean: 0, StandardDeviation: scales[index]);

    /// <summary>By file index the matrix's column, or −1.</summary>
    public int[] ColumnByIndex()
    {
        int[] map = new int[indices.Length == 0 ? 0 : indices.Max() + 1];
        Array.Fill(map, -1);
        for (int column = 0; column < indices.Length; column++)
            map[indices[column]] = column;
        return map;
    }

    /// <inheritdoc/>
    public IEnumerator<FeatureSchema> GetEnumerator()
    {
        for (int column = 0; column < indices.Length; column++)
            yield return this[column];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
