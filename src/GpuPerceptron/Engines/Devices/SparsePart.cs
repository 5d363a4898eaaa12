using System.Runtime.InteropServices;
using ILGPU;

namespace GpuPerceptron.Engines.Devices;

/// <summary>Numbers of 4 bytes among the bytes of a part.</summary>
/// <param name="Offset">Where they begin, in bytes.</param>
/// <param name="Count">How many they are.</param>
internal readonly record struct SparseSection(int Offset, int Count)
{
    /// <summary>Where they end, in bytes.</summary>
    public int End => Offset + Count * sizeof(int);

    /// <summary>They, on the host.</summary>
    public Span<T> In<T>(Span<byte> bytes)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(bytes[Offset..End]);

    /// <summary>They, on a device.</summary>
    public ArrayView<T> In<T>(ArrayView<byte> bytes)
        where T : unmanaged => bytes.SubView(Offset, Count * sizeof(int)).Cast<T>();
}

/// <summary>
/// Where everything lies in the bytes of a part of a sparse dataset, as kernels take it (<see cref="Kernels.SparsePass"/>): samples by
/// rows (CSR), and again by columns (CSC), of which only those that have values there are listed, cut into segments.
/// </summary>
internal readonly record struct SparsePartLayout
{
    private const int Alignment = 64;

    /// <summary>Lays a part out.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="values">Values that are not 0.</param>
    /// <param name="columns">Columns that have values.</param>
    /// <param name="segments">Segments of columns.</param>
    /// <param name="hasSampleWeights">Whether samples have weights of their own.</param>
    public SparsePartLayout(int rows, int values, int columns, int segments, bool hasSampleWeights)
    {
        RowStarts = new(0, rows + 1);
        Columns = After(RowStarts, values);
        Values = After(Columns, values);
        Labels = After(Values, rows);
        SampleWeights = After(Labels, hasSampleWeights ? rows : 1);
        SegmentStarts = After(SampleWeights, segments + 1);
        RowsByColumn = After(SegmentStarts, values);
        ValuesByColumn = After(RowsByColumn, values);
        ColumnNumbers = After(ValuesByColumn, columns);
        FirstSegments = After(ColumnNumbers, columns + 1);
        Bytes = FirstSegments.End;
    }

    /// <summary>Bytes of all.</summary>
    public int Bytes { get; }

    /// <summary>Rows.</summary>
    public int Rows => Labels.Count;

    /// <summary>Segments of columns.</summary>
    public int Segments => SegmentStarts.Count - 1;

    /// <summary>Where each row's values start, int32: one more than rows.</summary>
    public SparseSection RowStarts { get; }

    /// <summary>The values' columns, int32, row by row.</summary>
    public SparseSection Columns { get; }

    /// <summary>The values, float32, row by row.</summary>
    public SparseSection Values { get; }

    /// <summary>y, float32.</summary>
    public SparseSection Labels { get; }

    /// <summary>s, float32, or a single 1.</summary>
    public SparseSection SampleWeights { get; }

    /// <summary>Where each segment's values start, int32: one more than segments. A segment is of one column.</summary>
    public SparseSection SegmentStarts { get; }

    /// <summary>The values' rows, int32, column by column, ascending within one.</summary>
    public SparseSection RowsByColumn { get; }

    /// <summary>The values, float32, column by column.</summary>
    public SparseSection ValuesByColumn { get; }

    /// <summary>The columns that have values, int32, ascending.</summary>
    public SparseSection ColumnNumbers { get; }

    /// <summary>Each such column's first segment, int32: one more than columns.</summary>
    public SparseSection FirstSegments { get; }

    private static SparseSection After(SparseSection before, int count) =>
        new((before.End + Alignment - 1) / Alignment * Alignment, count);
}

/// <summary>A part of a sparse dataset on a device.</summary>
/// <param name="FirstRow">Its first row's place among all.</param>
/// <param name="Layout">Where everything lies.</param>
/// <param name="Bytes">All of it.</param>
internal readonly record struct SparsePart(long FirstRow, SparsePartLayout Layout, ArrayView<byte> Bytes);

/// <summary>A sparse dataset's parts as a device gets at them.</summary>
internal interface ISparseParts : IDisposable
{
    /// <summary>Rows of the largest part.</summary>
    int MaximumRows { get; }

    /// <summary>Segments of the part that has most.</summary>
    int MaximumSegments { get; }

    /// <summary>All parts, in order: the kernels of each are to be launched before the next is asked for.</summary>
    IEnumerable<SparsePart> InOrder();
}
