using GpuPerceptron.Data;
using Xunit;

namespace GpuPerceptron.Tests.Data;

public sealed unsafe class SparseRowsTests
{
    private const int Rare = SparseRows.FrequentColumns;

    [Fact]
    public void Rare_columns_come_last_in_a_row_with_their_values_and_both_keep_their_order()
    {
        int[][] rows = [[], [Rare + 1, Rare], [Rare, 3, Rare + 9, 1, Rare - 1], [2, 0], [Rare + 2, 7]];
        int[][] expected = [[], [Rare + 1, Rare], [3, 1, Rare - 1, Rare, Rare + 9], [2, 0], [7, Rare + 2]];
        using var sparse = new SparseRows(rows.Length, rows.Sum(row => row.Length));
        long written = 0;
        for (int row = 0; row < rows.Length; row++)
        {
            foreach (int column in rows[row])
                (sparse.Columns[written], sparse.Values[written++]) = (column, 10 * row + column);
            sparse.Starts[row + 1] = written;
        }

        sparse.PutRareLast();
        for (int row = 0; row < rows.Length; row++)
        {
            Assert.Equal(expected[row], sparse.ColumnsOf(row));
            Assert.Equal(expected[row].Select(column => (float)(10 * row + column)), sparse.ValuesOf(row).ToArray());
        }
    }
}
