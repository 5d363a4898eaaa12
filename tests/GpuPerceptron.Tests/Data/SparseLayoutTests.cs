using GpuPerceptron.Data;
using Xunit;

namespace GpuPerceptron.Tests.Data;

public sealed class SparseLayoutTests
{
    private const int Rare = SparseLayout.FrequentColumns;

    [Fact]
    public void Rare_columns_come_last_in_a_row_with_their_values_and_both_keep_their_order()
    {
        using var block = BlockOf([[Rare + 1, Rare], [Rare + 2, 7], [2, 0], [Rare, 3, Rare + 9, 1, Rare - 1]], weighted: false);
        SparseLayout.Arrange(block);
        Assert.Equal([[Rare + 1, Rare], [7, Rare + 2], [2, 0], [3, 1, Rare - 1, Rare, Rare + 9]], ColumnsOf(block));
        AssertTogether(block);
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void Rows_with_equally_many_values_follow_each_other_in_their_order_with_labels_and_weights(bool weighted)
    {
        using var block = BlockOf([[4, 5], [], [1], [6, 7], [], [2]], weighted);
        SparseLayout.Arrange(block);
        Assert.Equal([[], [], [1], [2], [4, 5], [6, 7]], ColumnsOf(block));
        Assert.Equal([1, 4, 2, 5, 0, 3], Enumerable.Range(0, 6).Select(row => OriginOf(block, row)));
        AssertTogether(block);
    }

    [Fact]
    public void Rows_change_places_only_within_their_group_and_none_is_lost()
    {
        const int rows = 2 * SparseLayout.GroupRows + 100;
        var random = new Random(3);
        int[][] columns = [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, random.Next(0, 30)).ToArray())];
        using var block = BlockOf(columns, weighted: true);
        SparseLayout.Arrange(block);
        int[] origins = [.. Enumerable.Range(0, rows).Select(row => OriginOf(block, row))];
        Assert.Equal(Enumerable.Range(0, rows), origins.Order());
        Assert.All(Enumerable.Range(0, rows), row => Assert.Equal(row / SparseLayout.GroupRows, origins[row] / SparseLayout.GroupRows));
        Assert.All(Enumerable.Range(0, rows), row => Assert.Equal(columns[origins[row]].Length, block.Sparse!.LengthOf(row)));
        Assert.All(
            Enumerable.Range(1, rows - 1).Where(row => row % SparseLayout.GroupRows > 0),
            row => Assert.True(block.Sparse!.LengthOf(row - 1) <= block.Sparse.LengthOf(row)));
        AssertTogether(block);
    }

    [Fact]
    public void Long_rows_have_groups_of_their_own()
    {
        int[][] columns = [[.. Enumerable.Range(0, 200_000)], [1], [], [.. Enumerable.Range(0, 200_000)], [2], [3, 4], []];
        using var block = BlockOf(columns, weighted: true);
        SparseLayout.Arrange(block);
        Assert.Equal([200_000, 0, 1, 200_000, 0, 1, 2], Enumerable.Range(0, 7).Select(block.Sparse!.LengthOf));
        AssertTogether(block);
    }

    /// <summary>Rows whose values, labels and weights say which they were: value = row + column / 2²⁰; y = row mod 2; s = row.</summary>
    private static unsafe SampleBlock BlockOf(int[][] columns, bool weighted)
    {
        var rows = new SparseRows(columns.Length, columns.Sum(row => row.Length));
        long written = 0;
        for (int row = 0; row < columns.Length; row++)
        {
            foreach (int column in columns[row])
                (rows.Columns[written], rows.Values[written++]) = (column, ValueOf(row, column));
            rows.Starts[row + 1] = written;
        }

        byte[] labels = [.. columns.Select((_, row) => (byte)(row % 2))];
        return new SampleBlock(rows, 300_000, labels, weighted ? [.. columns.Select((_, row) => (float)row)] : null);
    }

    private static float ValueOf(int row, int column) => (row % 8) + column / (float)(1 << 20);

    private static int[][] ColumnsOf(SampleBlock block) =>
        [.. Enumerable.Range(0, block.Rows).Select(row => block.Sparse!.ColumnsOf(row).ToArray())];

    /// <summary>Which row it was: by its weight, or in small blocks by its values and label.</summary>
    private static int OriginOf(SampleBlock block, int row)
    {
        if (block.HasSampleWeights) return (int)block.SampleWeights[row];
        var values = block.Sparse!.ValuesOf(row);
        return values.Length > 0 ? (int)values[0] : block.Labels[row] == 1 ? 1 : 4; // the two empty ones
    }

    private static void AssertTogether(SampleBlock block)
    {
        for (int row = 0; row < block.Rows; row++)
        {
            int origin = OriginOf(block, row);
            Assert.Equal(origin % 2, block.Labels[row]);
            Assert.Equal(block.Sparse!.ColumnsOf(row).ToArray().Select(column => ValueOf(origin, column)), block.Sparse.ValuesOf(row).ToArray());
        }
    }
}
