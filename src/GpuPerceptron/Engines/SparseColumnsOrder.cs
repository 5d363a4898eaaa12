using GpuPerceptron.Data;

namespace GpuPerceptron.Engines;

/// <summary>A sparse dataset by columns (CSC), its columns cut into segments, on the host.</summary>
internal sealed unsafe class SparseColumnsOrder
{
    /// <summary>Values a segment, at most: enough of them for a device's lanes also where few columns have most values.</summary>
    private const int SegmentValues = 1024;

    /// <param name="dataset">Sparse samples, with fewer than 2³¹ values.</param>
    public SparseColumnsOrder(Dataset dataset)
    {
        int features = dataset.Features;
        int[] next = new int[features + 1];
        ForEach(dataset, (column, _, _) => next[column + 1]++);
        for (int j = 0; j < features; j++)
            next[j + 1] += next[j];
        FirstSegments = new int[features + 1];
        var starts = new List<long>();
        for (int j = 0; j < features; j++)
        {
            FirstSegments[j] = starts.Count;
            for (long start = next[j]; start < next[j + 1]; start += SegmentValues)
                starts.Add(start);
        }

        FirstSegments[features] = starts.Count;
        starts.Add(next[features]);
        SegmentStarts = [.. starts];
        Rows = new int[next[features]];
        Values = new float[next[features]];
        ForEach(dataset, (column, row, value) =>
        {
            int place = next[column]++;
            Rows[place] = row;
            Values[place] = value;
        });
    }

    /// <summary>Each column's first segment: M + 1.</summary>
    public int[] FirstSegments { get; }

    /// <summary>Where each segment starts: one more than there are. A segment is of one column.</summary>
    public long[] SegmentStarts { get; }

    /// <summary>The values' rows, ascending within a column.</summary>
    public int[] Rows { get; }

    /// <summary>The values.</summary>
    public float[] Values { get; }

    private delegate void ValueAction(int column, int row, float value);

    private static void ForEach(Dataset dataset, ValueAction action)
    {
        int row = 0;
        foreach (var block in dataset.Read())
        {
            var rows = block.Sparse!;
            for (int i = 0; i < block.Rows; i++, row++)
            {
                for (long k = rows.Starts[i]; k < rows.Starts[i + 1]; k++)
                    action(rows.Columns[k], row, rows.Values[k]);
            }
        }
    }
}
