using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>How a feature's values are stored: (x − offset) · factor, and a missing one as a value of its own.</summary>
internal readonly record struct FeatureCode(double Offset, double Factor, float Missing)
{
    /// <summary>The code of a matrix whose statistics are yet to be taken.</summary>
    public static readonly FeatureCode Provisional = new(0, 1, float.NaN);

    /// <summary>The code that a model was trained with.</summary>
    public static FeatureCode Of(FeatureSchema feature, Schema schema)
    {
        double offset = schema.TakesMeanOf(feature) ? feature.Mean : 0;
        double factor = schema.IsEven ? 1 / feature.StandardDeviation : 1;
        return new FeatureCode(offset, factor, (float)((feature.Mean - offset) * factor));
    }

    public float Encode(double value) => (float)((value - Offset) * Factor);
}

/// <summary>Where cells go: some rows of a chunk, and their place in a row-major matrix.</summary>
/// <param name="First">The first of the chunk's rows.</param>
/// <param name="Count">Rows.</param>
/// <param name="Target">The first row's first feature.</param>
/// <param name="Stride">Floats from one row to the next.</param>
internal readonly unsafe record struct RowRange(int First, int Count, nint Target, int Stride)
{
    /// <summary>A feature of the first row; the next row's follows at <see cref="Stride"/> floats.</summary>
    public float* Feature(int feature) => (float*)Target + feature;
}

/// <summary>Writes a column's cells into the features that they become.</summary>
/// <param name="name">The column's name.</param>
/// <param name="firstFeature">The first of the column's features in a row.</param>
internal abstract class ColumnEncoder(string name, int firstFeature)
{
    /// <summary>The column's name.</summary>
    public string Name { get; } = name;

    /// <summary>The first of the column's features in a row.</summary>
    public int FirstFeature { get; } = firstFeature;

    /// <summary>Encodes cells.</summary>
    /// <param name="cells">The chunk's column.</param>
    /// <param name="range">Which rows, and where they go.</param>
    /// <param name="firstRow">The chunk's first row in the table, for messages.</param>
    public abstract void Encode(in Cells cells, in RowRange range, long firstRow);
}
