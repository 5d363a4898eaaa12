using System.Diagnostics.CodeAnalysis;
using GpuPerceptron.Engines;

namespace GpuPerceptron.Data;

/// <summary>
/// Gives rows in memory, wherever they are kept: those in memory as they are, those in a file in a buffer of its own. One is for
/// one thread.
/// </summary>
/// <param name="dataset">Whose rows are read.</param>
internal sealed class RowReader(Dataset dataset) : IDisposable
{
    /// <summary>Bytes that a pass reads at once: they should still be in the second-level cache when they are used.</summary>
    private const int PieceBytes = 512 << 10;

    private SampleBlock? _buffer;

    /// <summary>Rows to load at once for a pass that goes over them in order: all, where they are in memory.</summary>
    /// <remarks>Wherever a piece ends, float32 sums would end, too, so that the sums are to the bit what they are in memory.</remarks>
    public static int PieceRows(SampleBlock block, int left)
    {
        if (block.Stored is null) return left;
        int rows = PieceBytes / block.RowBytes, multiple = FusedRows.FlushMultiple(block.RowBytes);
        if (rows < multiple) multiple = FusedRows.MaximumTileRows; // long rows: their float32 sums are then of fewer
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
        if (block.Stored is null)
        {
            start = first;
            return block;
        }

        start = 0;
        Buffer(block, count).Load(block, first, count);
        return _buffer;
    }

    /// <summary>Gives a whole block; see the other.</summary>
    public SampleBlock Load(SampleBlock block) => Load(block, 0, block.Rows, out _);

    /// <summary>Gives a whole block, of which only labels and weights are to be read.</summary>
    public SampleBlock LoadLabels(SampleBlock block)
    {
        if (block.Stored is null) return block;
        Buffer(block, block.Rows).LoadLabels(block, 0, block.Rows);
        return _buffer;
    }

    [MemberNotNull(nameof(_buffer))]
    private SampleBlock Buffer(SampleBlock block, int rows)
    {
        if (_buffer is not null && _buffer.HasRoomFor(block, rows)) return _buffer;
        _buffer?.Dispose();
        return _buffer = new SampleBlock(block.Features, rows, dataset.HasSampleWeights);
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer?.Dispose();
}
