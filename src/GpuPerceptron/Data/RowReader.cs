using System.Diagnostics;
using GpuPerceptron.Engines.Host;

namespace GpuPerceptron.Data;

/// <summary>
/// Gives rows in memory, wherever they are kept: those in memory as they are, those in a file in a buffer of its own. One is for
/// one thread.
/// </summary>
/// <param name="dataset">Whose rows are read.</param>
internal sealed unsafe class RowReader(Dataset dataset) : IDisposable
{
    /// <summary>
    /// Bytes that a pass reads at once: the more, the faster the system copies (Zen 4: 22 GB/s in 64 KiB, 30 from 1 MiB on); but each
    /// thread has a buffer.
    /// </summary>
    private static readonly int PieceBytes = Math.Clamp((24 << 20) / Environment.ProcessorCount, SharedPieceBytes, 1536 << 10);

    /// <summary>The same where they are used several times, of short rows: they should still be in the second-level cache then.</summary>
    private const int SharedPieceBytes = 384 << 10;

    private const int LabelsAhead = 8; // pieces
    private const int StretchBytes = 4 << 20;

    private SampleBlock? _buffer;
    private SampleBlock? _labels;   // whose features are not touched, and so take no memory
    private SampleBlock? _labelsOf; // the block that they are of
    private int _firstLabel;

    private readonly FileWindow _window = new(), _valueWindow = new(); // of sparse rows the one has columns, the other values
    private bool _isMapped;           // how the rows of this stretch are read
    private long _stretchBytes;       // of it that were read and used
    private long _stretchTicks;       // and how long that took
    private long _pieceBytes;         // of the last piece
    private long _pieceStart;         // when it was asked for
    private SampleBlock? _next;       // the block whose rows would go on with it; null without one
    private int _nextRow;

    /// <summary>Rows to load at once for a pass that goes over them in order.</summary>
    /// <remarks>Wherever a piece ends, float32 sums would end, too, so that the sums are to the bit what they are at once.</remarks>
    /// <param name="block">Their block.</param>
    /// <param name="left">Rows that there are.</param>
    /// <param name="all">Whether all of them will do where they are in memory; else they are used again, from the cache.</param>
    public static int PieceRows(SampleBlock block, int left, bool all = true)
    {
        if (block.Stored is null && all) return left;
        int rows = (all ? PieceBytes : SharedPieceBytes) / block.RowBytes, multiple = FusedRows.FlushMultiple(block.RowBytes);
        return Math.Min(left, Math.Max(1, rows / multiple) * multiple);
    }

    /// <summary>Gives some rows of a block.</summary>
    /// <param name="block">A block of the dataset.</param>
    /// <param name="first">The first row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="start">The first row's place in what is returned.</param>
    /// <returns>A block in memory; where it is the reader's buffer, it holds until the next call.</returns>
    /// <exception cref="PerceptronException">The file cannot be read.</exception>
    public SampleBlock Load(SampleBlock block, int first, int count, out int start)
    {
        dataset.Meter?.Add(count);
        if (block.Stored is null)
        {
            start = first;
            return block;
        }

        start = 0;
        var buffer = Buffer(block, count, ref _buffer);
        buffer.LoadFeatures(block, first, count);
        if (buffer.Sparse is null) CopyLabels(block, first, buffer, block.Rows - first - count);
        else buffer.LoadLabels(block, first, count);
        return buffer;
    }

    /// <summary>
    /// As the other, for who reads a run of rows once, piece by piece, and changes none: they may be left where the system has them in memory.
    /// </summary>
    /// <remarks>
    /// That saves a copy, and costs page faults: few where the system keeps the file in large pages, as Linux does what is written at once (measured on
    /// AMD EPYC: mapped 24 to 34 GB/s, copied 23 to 33, memory itself 30 or 55 to 60), and else as many as bytes are copied in less time (there mapped 2 to 5 GB/s).
    /// So both are tried.
    /// </remarks>
    /// <param name="block">A block of the dataset.</param>
    /// <param name="first">The first row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="following">Rows of the run after these.</param>
    /// <param name="way">What is known of the ways, copied first, mapped second, for such a use of the rows, on this thread.</param>
    /// <param name="start">The first row's place in what is returned.</param>
    /// <exception cref="PerceptronException">The file cannot be read.</exception>
    public SampleBlock LoadNext(SampleBlock block, int first, int count, int following, ref FasterWay way, out int start)
    {
        if (block.Stored is not { Sparse: null } stored) return Load(block, first, count, out start);
        start = 0;
        dataset.Meter?.Add(count);
        ChooseWay(block, first, ref way);
        var buffer = Buffer(block, count, ref _buffer);
        _pieceBytes = (long)count * block.RowBytes;
        byte* mapped = _isMapped ? _window.Find(stored.File, stored.Features + (long)first * block.RowBytes, _pieceBytes, SampleBlock.Slack) : null;
        if (mapped != null) buffer.UseFeatures(mapped, block, count);
        else buffer.LoadFeatures(block, first, count);
        CopyLabels(block, first, buffer, following);
        (_next, _nextRow) = (block, first + count);
        return buffer;
    }

    /// <summary>The same of sparse rows.</summary>
    /// <param name="run">The rows.</param>
    /// <param name="way">As for the other.</param>
    /// <returns>They, in memory.</returns>
    public SparseRun LoadNext(SparseRun run, ref FasterWay way)
    {
        dataset.Meter?.Add(run.Count);
        if (run.Block.Stored is not { Sparse: { } place } stored) return run;
        ChooseWay(run.Block, run.First, ref way);
        var buffer = Buffer(run.Block, run.Count, ref _buffer);
        long before = buffer.LoadStarts(run.Block, run.First, run.Count), count = buffer.NonZeros;
        byte* columns = _isMapped && count > 0 ? _window.Find(stored.File, place.Columns + before * sizeof(int), count * sizeof(int), SparseRows.Slack * sizeof(int)) : null;
        byte* values = columns != null ? _valueWindow.Find(stored.File, place.Values + before * sizeof(float), count * sizeof(float), SparseRows.Slack * sizeof(float)) : null;
        if (values != null) buffer.Sparse!.UseValues((int*)columns, (float*)values);
        else
        {
            Release();
            buffer.Sparse!.LoadValues(stored.File, place, before);
        }

        buffer.LoadLabels(run.Block, run.First, run.Count);
        _pieceBytes = count * (sizeof(int) + sizeof(float));
        (_next, _nextRow) = (run.Block, run.First + run.Count);
        return run with { Block = buffer, First = 0 };
    }

    /// <summary>Gives a run of sparse rows, in memory; see the other.</summary>
    public SparseRun Load(SparseRun run)
    {
        var block = Load(run.Block, run.First, run.Count, out int start);
        return run with { Block = block, First = start };
    }

    /// <summary>Gives loaded rows as those of another block, of the same features, which may have other weights.</summary>
    /// <param name="loaded">
    /// What <see cref="Load(SampleBlock, int, int, out int)"/> gave, of any reader; a buffer is changed, and has weights if the block has.
    /// </param>
    /// <param name="block">The other block.</param>
    /// <param name="first">The first row's place there.</param>
    public SampleBlock Relabel(SampleBlock loaded, SampleBlock block, int first)
    {
        if (block.Stored is null) return block;
        CopyLabels(block, first, loaded, block.Rows - first - loaded.Rows);
        return loaded;
    }

    /// <summary>Gives a whole block; see the other.</summary>
    public SampleBlock Load(SampleBlock block) => Load(block, 0, block.Rows, out _);

    /// <summary>Gives a whole block, of which only labels and weights are to be read.</summary>
    public SampleBlock LoadLabels(SampleBlock block)
    {
        if (block.Stored is null) return block;
        var buffer = Buffer(block, block.Rows, ref _buffer);
        buffer.LoadLabels(block, 0, block.Rows);
        return buffer;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        _buffer?.Dispose();
        _labels?.Dispose();
    }

    /// <summary>
    /// Adds the time of the last piece, if these rows go on with it, to its stretch's; after a stretch chooses how the next is read. A run's last piece
    /// is not counted: who knows what came after it.
    /// </summary>
    private void ChooseWay(SampleBlock block, int first, ref FasterWay way)
    {
        long now = Stopwatch.GetTimestamp();
        if (_next == block && _nextRow == first)
        {
            _stretchBytes += _pieceBytes;
            _stretchTicks += now - _pieceStart;
        }
        else
        {
            Release(); // another pass, perhaps: the file may have become shorter
        }

        _pieceStart = now;
        if (_stretchBytes > 0 && _stretchBytes < StretchBytes) return;
        if (_stretchBytes > 0) way.Took(_isMapped, (double)_stretchTicks / _stretchBytes);
        _isMapped = way.IsSecondNext();
        if (!_isMapped) Release();
        (_stretchBytes, _stretchTicks) = (0, 0);
    }

    private void Release()
    {
        _window.Release();
        _valueWindow.Release();
    }

    /// <summary>
    /// Labels are read for some pieces ahead: they lie apart from the features, so that those are aligned, and a read of few bytes
    /// costs as much as one of many.
    /// </summary>
    /// <param name="block">The rows' block.</param>
    /// <param name="first">The first row.</param>
    /// <param name="target">Rows.</param>
    /// <param name="following">Rows after these that may be read next.</param>
    private void CopyLabels(SampleBlock block, int first, SampleBlock target, int following)
    {
        int count = target.Rows;
        if (_labelsOf != block || first < _firstLabel || first + count > _firstLabel + _labels!.Rows)
        {
            int rows = Math.Min(count * LabelsAhead, count + following);
            _labelsOf = null; // until they are here
            Buffer(block, rows, ref _labels).LoadLabels(block, first, rows);
            (_labelsOf, _firstLabel) = (block, first);
        }

        _labels!.Labels.Slice(first - _firstLabel, count).CopyTo(target.Labels);
        target.UseSampleWeights(_labels.HasSampleWeights);
        if (_labels.HasSampleWeights) _labels.SampleWeights.Slice(first - _firstLabel, count).CopyTo(target.SampleWeights);
    }

    private SampleBlock Buffer(SampleBlock block, int rows, ref SampleBlock? buffer)
    {
        if (buffer is not null && buffer.HasRoomFor(block, rows)) return buffer;
        buffer?.Dispose();
        buffer = null;
        return buffer = SampleBlock.BufferFor(block, rows, dataset.HasSampleWeights);
    }
}
