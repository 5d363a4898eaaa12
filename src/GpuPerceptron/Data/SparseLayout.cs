using System.Buffers;
using System.Runtime.CompilerServices;

namespace GpuPerceptron.Data;

/// <summary>The order of sparse samples, and of the values in each, that passes over them are fast in.</summary>
/// <remarks>
/// Rows with equally many values follow each other, so that a processor foresees where the loops over a row's values end: to guess wrong costs it as much
/// as some ten values. Columns that are in few rows come last in a row, so that whoever wants what belongs to them can ask for it early: X, as it flows
/// through the second-level cache, pushes it out.
/// </remarks>
internal static unsafe class SparseLayout
{
    /// <summary>Columns, numbered by falling frequency, of which a pass finds weights and sums, 8 bytes each, in the second-level cache.</summary>
    public const int FrequentColumns = 32 << 10;

    /// <summary>Rows that change places with each other: enough for long runs of one length, few enough to be copied within the caches.</summary>
    public const int GroupRows = 4 << 10;

    private const int GroupValues = 128 << 10; // at most, of more than one row

    /// <summary>Brings a block's rows, with their labels and weights, and their values into that order.</summary>
    /// <param name="block">Sparse samples in memory, their columns numbered by falling frequency.</param>
    public static void Arrange(SampleBlock block)
    {
        var rows = block.Sparse!;
        for (int first = 0, count; first < block.Rows; first += count)
        {
            count = 1;
            while (first + count < block.Rows && count < GroupRows && rows.Starts[first + count + 1] - rows.Starts[first] <= GroupValues)
                count++;
            if (count == 1) continue; // a long one, or the last

            int[] order = ByLength(rows, first, count);
            Reorder(rows, first, order);
            Reorder(block.Labels.Slice(first, count), order);
            if (block.HasSampleWeights) Reorder(block.SampleWeights.Slice(first, count), order);
        }
    }

    /// <summary>A group's rows by their number of values; of equally many in their order.</summary>
    /// <returns>By new place the old one, from 0 in the group.</returns>
    private static int[] ByLength(SparseRows rows, int first, int count)
    {
        int longest = 0;
        for (int i = 0; i < count; i++)
            longest = Math.Max(longest, rows.LengthOf(first + i));
        int[] places = new int[longest + 1]; // by length: how many there are, then where the next goes
        for (int i = 0; i < count; i++)
            places[rows.LengthOf(first + i)]++;
        for (int length = 0, before = 0; length <= longest; length++)
            (places[length], before) = (before, before + places[length]);

        int[] order = new int[count];
        for (int i = 0; i < count; i++)
            order[places[rows.LengthOf(first + i)]++] = i;
        return order;
    }

    private static void Reorder(SparseRows rows, int first, int[] order)
    {
        long start = rows.Starts[first];
        int length = checked((int)(rows.Starts[first + order.Length] - start));
        int[] columns = ArrayPool<int>.Shared.Rent(length);
        float[] values = ArrayPool<float>.Shared.Rent(length);
        int[] ends = new int[order.Length];
        fixed (int* toColumns = columns)
        fixed (float* toValues = values)
        {
            for (int i = 0, end = 0; i < order.Length; i++)
            {
                int row = first + order[i], count = rows.LengthOf(row);
                CopyRow(rows.Columns + rows.Starts[row], rows.Values + rows.Starts[row], count, toColumns + end, toValues + end);
                ends[i] = end += count;
            }
        }

        columns.AsSpan(0, length).CopyTo(new Span<int>(rows.Columns + start, length));
        values.AsSpan(0, length).CopyTo(new Span<float>(rows.Values + start, length));
        for (int i = 0; i < ends.Length; i++)
            rows.Starts[first + i + 1] = start + ends[i];
        ArrayPool<int>.Shared.Return(columns);
        ArrayPool<float>.Shared.Return(values);
    }

    /// <summary>Copies a row's values, rare ones last, without a branch on which is which: nobody could foresee it.</summary>
    private static void CopyRow(int* columns, float* values, int count, int* toColumns, float* toValues)
    {
        int frequent = 0, rare = count;
        for (int k = 0; k < count; k++)
            rare -= IsRare(columns[k]);
        for (int k = 0; k < count; k++)
        {
            int isRare = IsRare(columns[k]), place = frequent + (rare - frequent) * isRare;
            toColumns[place] = columns[k];
            toValues[place] = values[k];
            frequent += 1 - isRare;
            rare += isRare;
        }
    }

    /// <summary>1 or 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int IsRare(int column) => (FrequentColumns - 1 - column) >>> 31;

    private static void Reorder<T>(Span<T> numbers, int[] order)
    {
        T[] before = numbers.ToArray();
        for (int i = 0; i < order.Length; i++)
            numbers[i] = before[order[i]];
    }
}
