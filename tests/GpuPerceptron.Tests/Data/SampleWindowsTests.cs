using GpuPerceptron.Data;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Data;

/// <summary>Mini-batches are to be random, and the same wherever the samples are.</summary>
public sealed class SampleWindowsTests
{
    [Theory]
    [InlineData(1, 3, 10)]
    [InlineData(700, 1, 64)]
    [InlineData(300_000, 28, 4_096)] // two windows
    [InlineData(800_001, 28, 333)]
    [InlineData(5_003, 4_096, 128)]
    [InlineData(400_000, 28, 350_000)] // batches larger than windows would be
    public void An_epoch_has_every_sample_once_in_place_or_copied(int rows, int features, int batchRows)
    {
        using var dataset = Numbered(rows, features, label: row => row % 3 == 0);
        var windows = new SampleWindows(dataset, batchRows, seed: 5);
        long[][] epochs = [.. Enumerable.Range(0, 2).Select(epoch => RowsOf(windows.InPlace(epoch)))];
        Assert.All(epochs, epoch => Assert.Equal(Enumerable.Range(0, rows).Select(row => (long)row), epoch.Order()));
        if (rows > 1) Assert.NotEqual(epochs[0], epochs[1]);
        Assert.Equal(epochs[1], RowsOf(windows.Copied(1)));
        Assert.Equal(rows, windows.Samples.Sum());
        Assert.All(windows.Batches, batches => Assert.InRange(batches.MaximumRows, 1, batchRows));
        Assert.Equal(windows.Batches.Sum(batches => batches.Count), windows.StepsPerEpoch);

        using var streamed = StreamedData.CopyOf(dataset);
        if (batchRows <= 4_096) Assert.Equal(epochs[0], RowsOf(new SampleWindows(streamed, batchRows, seed: 5).Copied(0)));
    }

    [Fact]
    public void A_run_is_of_rows_that_follow_one_another()
    {
        using var dataset = Numbered(800_001, 28, label: _ => false);
        var windows = new SampleWindows(dataset, 4_096, seed: 5);
        Assert.Equal(8, windows.RunRows);
        foreach (var window in windows.InPlace(0))
        {
            for (long position = 0; position < windows.Samples[0] - 8; position += 1_001)
            {
                long row = window.Order.RowAt(position, out int run);
                Assert.InRange(run, 1, 8);
                for (int i = 0; i < run; i++)
                    Assert.Equal(row + i, window.Order.RowAt(position + i));
            }
        }
    }

    [Fact]
    public void A_table_sorted_by_its_labels_makes_no_window_of_one_label()
    {
        const int Rows = 1_200_000; // five windows of 468 pieces
        using var dataset = Numbered(Rows, 28, label: row => row >= 0.3 * Rows);
        var windows = new SampleWindows(dataset, 4_096, seed: 2);
        Assert.Equal(5, windows.Samples.Length);
        foreach (var window in windows.Copied(0))
            Assert.Equal(0.7, window.Samples.Positives / (double)window.Samples.Samples, 2.0 / 468); // a piece more or less of either label
    }

    [Fact]
    public void Who_stops_early_leaves_nothing_behind()
    {
        using var resident = Numbered(800_000, 28, label: _ => true);
        using var dataset = StreamedData.CopyOf(resident);
        SampleBlock? block = null;
        foreach (var window in new SampleWindows(dataset, 64, seed: 1).Copied(0))
        {
            Assert.Equal(window.Samples.Samples, window.Samples.Positives);
            block = window.Samples.Blocks[0];
            break;
        }

        Assert.Equal(0, block!.Rows); // disposed
    }

    /// <summary>Samples whose first feature is their number, exact in float32.</summary>
    private static Dataset Numbered(int rows, int features, Func<int, bool> label)
    {
        using var builder = new DatasetBuilder(features);
        for (int done = 0; done < rows;)
        {
            var reserved = builder.Reserve(rows - done);
            for (int i = 0; i < reserved.Count; i++, done++)
            {
                reserved.Row(i)[0] = done;
                reserved.Labels[i] = (byte)(label(done) ? 1 : 0);
            }
        }

        return builder.Build();
    }

    private static long[] RowsOf(IEnumerable<SampleWindow> windows)
    {
        var rows = new List<long>();
        foreach (var window in windows)
        {
            var blocks = window.Samples.Blocks;
            long batches = window.Batches.Count;
            for (long position = 0; position < window.Batches.FirstOf(batches); position++)
            {
                var (block, place) = Math.DivRem(window.Order.RowAt(position), blocks[0].Rows);
                rows.Add((long)blocks[(int)block].Row((int)place)[0]);
                Assert.Equal(blocks[(int)block].Labels[(int)place] != 0, rows[^1] % 3 == 0);
            }
        }

        return [.. rows];
    }
}
