using GpuPerceptron.Kernels;
using Xunit;

namespace GpuPerceptron.Tests.Engines;

public sealed class RowOrderTests
{
    [Fact]
    public void Every_row_comes_once()
    {
        foreach (int runRows in (int[])[1, 2, 4, 8])
        {
            foreach (int rows in (int[])[1, 2, 3, 7, 8, 9, 15, 16, 17, 63, 64, 65, 255, 257, 1000, 8191, 8193])
            {
                for (ulong seed = 0; seed < 5; seed++)
                {
                    var order = new RowOrder(rows, runRows, seed, epoch: (long)seed);
                    Assert.Equal(rows, Enumerable.Range(0, rows).Select(position => order.RowAt(position)).Distinct().Count(row => row >= 0 && row < rows));
                }
            }
        }
    }

    [Fact]
    public void Runs_are_rows_that_follow_one_another_and_as_long_as_asked()
    {
        foreach (int rows in (int[])[1, 5, 8, 20, 1001, 1007])
        {
            var order = new RowOrder(rows, runRows: 8, seed: 1, epoch: 2);
            int runs = 0;
            for (long position = 0; position < rows; runs++)
            {
                long first = order.RowAt(position);
                int length = order.RunFrom(position, first);
                Assert.InRange(length, 1, 8);
                for (int i = 0; i < length; i++)
                    Assert.Equal(first + i, order.RowAt(position + i));
                position += length;
            }

            Assert.InRange(runs, (rows + 7) / 8, rows / 8 + 1 + 2 * 8); // two short runs come row by row
        }
    }

    [Fact]
    public void Billions_of_rows_are_no_trouble()
    {
        const long Rows = 30_000_000_001;
        var order = new RowOrder(Rows, runRows: 8, seed: 1, epoch: 0);
        var seen = Enumerable.Range(0, 10_000).Select(i => order.RowAt(i * 3_000_000L)).ToList();
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.All(seen, row => Assert.InRange(row, 0, Rows - 1));
        Assert.InRange(seen.Average(row => (double)row) / Rows, 0.48, 0.52);
    }

    [Fact]
    public void The_beginning_of_an_order_is_spread_evenly_over_all_rows()
    {
        var order = new RowOrder(1_000_000, runRows: 1, seed: 1, epoch: 0);
        int[] tenths = new int[10];
        for (int position = 0; position < 10_000; position++)
            tenths[order.RowAt(position) / 100_000]++;
        Assert.All(tenths, count => Assert.InRange(count, 850, 1150)); // 1000 ± 5 deviations
    }

    [Fact]
    public void Each_epoch_and_each_seed_has_its_own_order()
    {
        long[] Rows(ulong seed, long epoch) =>
            [.. Enumerable.Range(0, 1000).Select(i => new RowOrder(1000, 1, seed, epoch).RowAt(i))];
        Assert.Equal(Rows(1, 1), Rows(1, 1));
        foreach (var (seed, epoch) in ((ulong, long)[])[(1, 2), (2, 1), (2, 0), (0, 2)])
        {
            // Two random orders agree at one place on average.
            Assert.InRange(Rows(1, 1).Zip(Rows(seed, epoch)).Count(pair => pair.First == pair.Second), 0, 8);
        }
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(128)]
    public void Over_many_seeds_a_row_comes_anywhere_as_often(int rows)
    {
        // χ² of rows² cells, of which (rows − 1)² are free: its mean, and its deviation √(2(rows − 1)²).
        const int PerCell = 40;
        int[,] counts = new int[rows, rows];
        for (int seed = 0; seed < PerCell * rows; seed++)
        {
            var order = new RowOrder(rows, 1, (ulong)seed, epoch: 7);
            for (int position = 0; position < rows; position++)
                counts[position, order.RowAt(position)]++;
        }

        double chiSquare = counts.Cast<int>().Sum(count => Math.Pow(count - PerCell, 2) / PerCell);
        double free = Math.Pow(rows - 1, 2);
        Assert.InRange(chiSquare, free - 6 * Math.Sqrt(2 * free), free + 6 * Math.Sqrt(2 * free));
    }

    [Fact]
    public void Neighbours_in_the_order_are_no_neighbours_in_the_file()
    {
        // Were the step from one row to the next not random, some step would be frequent.
        const int Rows = 1 << 14;
        var order = new RowOrder(Rows, 1, seed: 3, epoch: 0);
        var steps = new Dictionary<long, int>();
        for (int position = 1; position < Rows; position++)
        {
            long step = (order.RowAt(position) - order.RowAt(position - 1) + Rows) % Rows;
            steps[step] = steps.GetValueOrDefault(step) + 1;
        }

        Assert.InRange(steps.Values.Max(), 1, 12); // Poisson of mean 1: 12 or more in 16,384 has a chance of 1e-5
    }

    [Fact]
    public void Every_batch_of_a_sorted_file_is_a_fair_sample()
    {
        // The first 30% of 100,000 rows have label 1. In batches of 4,096 rows from 512 places the share of them deviates by
        // √(0.3·0.7/512) = 2% from batch to batch.
        const int Rows = 100_000, Batch = 4096;
        var order = new RowOrder(Rows, RowOrder.RunRowsFor(Batch, rowBytes: 112), seed: 1, epoch: 0);
        for (int first = 0; first + Batch <= Rows; first += Batch)
            Assert.InRange(Enumerable.Range(first, Batch).Count(position => order.RowAt(position) < 0.3 * Rows) / (double)Batch, 0.22, 0.38);
    }

    [Theory]
    [InlineData(4096, 112, 8)]
    [InlineData(512, 112, 2)]
    [InlineData(256, 112, 1)]
    [InlineData(1, 16, 1)]
    [InlineData(1_000_000, 512, 2)]
    [InlineData(1_000_000, 4000, 1)]
    public void Runs_are_short_in_bytes_and_many_a_batch(int batch, int rowBytes, int expected) =>
        Assert.Equal(expected, RowOrder.RunRowsFor(batch, rowBytes));
}
