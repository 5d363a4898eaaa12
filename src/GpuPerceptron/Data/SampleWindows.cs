using System.Numerics;
using GpuPerceptron.Engines;
using GpuPerceptron.Kernels;

namespace GpuPerceptron.Data;

/// <summary>
/// How the samples are taken in a random order, an epoch at a time: in windows of some 32 MB, which memory holds wherever the samples are, and of
/// each window batch by batch.
/// </summary>
/// <remarks>
/// A window is made of pieces of some 64 KB from all over the dataset, evenly (<see cref="SampleOrder"/>), others in each epoch, so that a table sorted by
/// its label, or by anything else, makes windows that are alike. Windows, batches and their order depend on the dataset's shape alone: the same steps are
/// taken whether it is in memory, in a file, or on a device.
/// </remarks>
internal sealed class SampleWindows
{
    private const long WindowBytes = 32 << 20; // and as much again on its way
    private const int PieceBytes = 64 << 10;   // what a disk reads at once nearly as fast as more

    private readonly Dataset _dataset;
    private readonly ulong _seed;
    private readonly int _pieceRows; // a power of two that divides a block's rows
    private readonly long _pieces;   // whole ones

    /// <summary>Divides the samples.</summary>
    /// <param name="dataset">The samples, not sparse.</param>
    /// <param name="batchRows">Samples a batch at most, at least 1; windows of many are as large as such a batch, or smaller, for all are of like size.</param>
    /// <param name="seed">Of the order.</param>
    /// <exception cref="PerceptronException">A batch takes more than a window, of samples in a file.</exception>
    public SampleWindows(Dataset dataset, int batchRows, ulong seed)
    {
        (_dataset, _seed) = (dataset, seed);
        int rowBytes = dataset.Stride * SampleBlock.BytesPerValue(dataset.Storage);
        long windowRows = RowsOf(rowBytes), largest = Math.Min(batchRows, dataset.Samples);
        if (dataset.IsStreamed && largest > windowRows)
            throw new PerceptronException(Fault.Options,
                $"a batch of {largest:N0} samples takes {largest * rowBytes / 1_000_000:N0} MB, more than memory is to hold at once of samples in a file; "
                + $"use a --batch-size of {windowRows} at most, or allow more --memory");

        _pieceRows = PieceRows(dataset, rowBytes);
        _pieces = dataset.Samples / _pieceRows;
        windowRows = Math.Max(windowRows, largest);
        long windows = Math.Max(1, (dataset.Samples + windowRows - 1) / windowRows);
        Samples = new long[windows];
        for (long window = 0; window < windows; window++)
            Samples[window] = SampleOrder.PiecesOf(window, windows, _pieces) * _pieceRows;
        Samples[^1] += dataset.Samples - _pieces * _pieceRows;
        Batches = [.. Samples.Select(samples => new BatchBounds(samples, batchRows))];
        MaximumBatchRows = Batches.Max(bounds => bounds.MaximumRows);
        StepsPerEpoch = Batches.Sum(bounds => bounds.Count);
        RunRows = Math.Min(RowOrder.RunRowsFor(MaximumBatchRows, rowBytes), _pieceRows);
    }

    /// <summary>Samples of a window at most, unless a batch has more.</summary>
    /// <param name="rowBytes">Bytes a row.</param>
    public static int RowsOf(int rowBytes) => (int)Math.Max(1, WindowBytes / rowBytes);

    /// <summary>Each window's samples.</summary>
    public long[] Samples { get; }

    /// <summary>Each window's batches.</summary>
    public BatchBounds[] Batches { get; }

    /// <summary>Samples of the largest batch; 0 without samples.</summary>
    public int MaximumBatchRows { get; }

    /// <summary>Batches of all windows.</summary>
    public long StepsPerEpoch { get; }

    /// <summary>Rows that an order keeps together.</summary>
    public int RunRows { get; }

    /// <summary>The windows of an epoch, of samples that lie where the dataset has them.</summary>
    /// <param name="epoch">From 0.</param>
    public IEnumerable<SampleWindow> InPlace(int epoch)
    {
        for (int window = 0; window < Samples.Length && Samples[window] > 0; window++)
            yield return new SampleWindow(_dataset, OrderOf(window, epoch), Batches[window]);
    }

    /// <summary>The same, each copied to memory; it is gone when the next is asked for.</summary>
    /// <remarks>
    /// To copy is as fast as memory, and so is done on all threads before the batches, which want all of them. What a disk has yet to bring is on its way
    /// while the window before is used.
    /// </remarks>
    /// <param name="epoch">From 0.</param>
    /// <exception cref="PerceptronException">The file cannot be read.</exception>
    public IEnumerable<SampleWindow> Copied(int epoch)
    {
        if (_dataset.Samples == 0) yield break;
        using var block = SampleBlock.BufferFor(_dataset.Blocks[0], checked((int)Samples.Max()), _dataset.HasSampleWeights);
        var asking = Task.CompletedTask;
        for (int window = 0; window < Samples.Length; window++)
        {
            block.BecomeLike(_dataset.Blocks[0], (int)Samples[window]);
            RowRun[] runs = [.. RunsOf(window, epoch)];
            InParallel.For(runs.Length, i => block.CopyRows(runs[i].Block, runs[i].First, runs[i].Count, i * _pieceRows));
            int following = window + 1;
            if (following < Samples.Length) asking = Task.Run(() => AskFor(RunsOf(following, epoch)));
            var samples = new Dataset(_dataset.Features, _dataset.HasSampleWeights, [block]);
            yield return new SampleWindow(samples, new SampleOrder(RowsIn(window, epoch)), Batches[window]);
            asking.Wait();
        }
    }

    private static void AskFor(IEnumerable<RowRun> runs)
    {
        foreach (var (block, first, count) in runs)
            block.AskFor(first, count);
    }

    /// <summary>Rows a piece, where blocks are as <see cref="DatasetBuilder"/> makes them: a power of two.</summary>
    /// <param name="rowBytes">Bytes a row.</param>
    public static int PieceRows(int rowBytes) => 1 << BitOperations.Log2((uint)Math.Max(1, PieceBytes / rowBytes));

    private static int PieceRows(Dataset dataset, int rowBytes)
    {
        int rows = PieceRows(rowBytes);
        if (dataset.Blocks.Count < 2) return rows;
        while (dataset.Blocks[0].Rows % rows != 0) // columns may have gone since the blocks were made
            rows /= 2;
        return rows;
    }

    private SampleOrder OrderOf(int window, int epoch) => Samples.Length == 1
        ? new SampleOrder(RowsIn(window, epoch))
        : new SampleOrder(RowsIn(window, epoch), _pieceRows, _pieces, Samples.Length, window, ~_seed + ((ulong)epoch << 32) * 0x9E3779B97F4A7C15);

    /// <summary>The order of a window's rows: two windows of as many are not to have the same.</summary>
    private RowOrder RowsIn(int window, int epoch) => new(Samples[window], RunRows, _seed + (ulong)window * 0x9E3779B97F4A7C15, epoch);

    /// <summary>A window's pieces, each of one block, since all blocks are full but the last; then the rest, if it has one.</summary>
    private IEnumerable<RowRun> RunsOf(int window, int epoch)
    {
        var order = OrderOf(window, epoch);
        long count = SampleOrder.PiecesOf(window, Samples.Length, _pieces), rest = Samples[window] - count * _pieceRows;
        for (long i = 0; i < count; i++)
            yield return RunOf((Samples.Length == 1 ? i : order.PieceAt(i)) * _pieceRows, _pieceRows);
        if (rest > 0) yield return RunOf(_pieces * _pieceRows, (int)rest);
    }

    private RowRun RunOf(long row, int count)
    {
        var (block, first) = Math.DivRem(row, _dataset.Blocks[0].Rows);
        return new RowRun(_dataset.Blocks[(int)block], (int)first, count);
    }

    private readonly record struct RowRun(SampleBlock Block, int First, int Count);
}

/// <summary>Samples that batches are taken of.</summary>
/// <param name="Samples">Where they are, perhaps among others.</param>
/// <param name="Order">Theirs.</param>
/// <param name="Batches">Theirs.</param>
internal readonly record struct SampleWindow(Dataset Samples, SampleOrder Order, BatchBounds Batches);
