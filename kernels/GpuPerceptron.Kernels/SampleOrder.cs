using System.Numerics;

namespace GpuPerceptron.Kernels;

/// <summary>
/// The random order of a window's samples, computed and not stored: the window has one piece, a short run of consecutive rows, of each part of the
/// dataset, and its rows, numbered piece by piece, come in a <see cref="RowOrder"/> of their own.
/// </summary>
/// <remarks>
/// With W windows and P = 2ᵇ rows a piece, each W consecutive pieces are a part. Of part i window w has piece (w + hᵢ) mod W, with hᵢ from a hash of i, the
/// seed and the epoch: so each window has one piece of each part (stratified sampling: Cochran, "Sampling techniques", 1953), and each piece is in one
/// window. Position p is the window's row r = π(p), and that is row r mod P of its piece of part ⌊r / P⌋. Of the last part, which may have fewer pieces, the
/// first windows have one; the rows of a piece that is not whole end the last window.
/// </remarks>
public readonly struct SampleOrder
{
    private readonly RowOrder _rows;
    private readonly ulong _key;
    private readonly long _windows;
    private readonly long _window;
    private readonly long _pieces;
    private readonly long _rowsInPieces;
    private readonly int _pieceBits;

    /// <summary>A window that is the whole dataset, or whose rows lie one after the other already.</summary>
    /// <param name="rows">π.</param>
    public SampleOrder(RowOrder rows) => _rows = rows;

    /// <summary>A window of pieces.</summary>
    /// <param name="rows">π.</param>
    /// <param name="pieceRows">P, a power of two, at least as many as π keeps together.</param>
    /// <param name="pieces">Whole pieces of the dataset.</param>
    /// <param name="windows">W.</param>
    /// <param name="window">w, from 0.</param>
    /// <param name="key">Of seed and epoch.</param>
    public SampleOrder(RowOrder rows, int pieceRows, long pieces, long windows, long window, ulong key)
    {
        (_rows, _key, _windows, _window, _pieces) = (rows, key, windows, window, pieces);
        _pieceBits = BitOperations.Log2((uint)pieceRows);
        _rowsInPieces = PiecesOf(window, windows, pieces) << _pieceBits;
    }

    /// <summary>Whole pieces of a window.</summary>
    /// <param name="window">w.</param>
    /// <param name="windows">W.</param>
    /// <param name="pieces">Whole pieces of the dataset.</param>
    public static long PiecesOf(long window, long windows, long pieces) => pieces / windows + (window < pieces % windows ? 1 : 0);

    /// <summary>The dataset's row at a position.</summary>
    /// <param name="position">From 0.</param>
    public long RowAt(long position) => Find(_rows.RowAt(position));

    /// <summary>The same, with the positions from this on whose rows follow one another, at least 1.</summary>
    /// <param name="position">From 0.</param>
    /// <param name="run">How many they are.</param>
    public long RowAt(long position, out int run)
    {
        long row = _rows.RowAt(position);
        run = _rows.RunFrom(position, row);
        return Find(row);
    }

    /// <summary>The dataset's piece that is a window's.</summary>
    /// <param name="part">i, from 0.</param>
    public long PieceAt(long part)
    {
        long first = part * _windows, size = Math.Min(_windows, _pieces - first);
        long shift = (long)(((RowOrder.Scramble(_key + (ulong)part) >> 32) * (ulong)size) >> 32); // below 2³² windows: no division
        long place = _window + shift;
        return first + (place < size ? place : place - size);
    }

    private long Find(long row)
    {
        if (_windows == 0) return row;
        if (row >= _rowsInPieces) return (_pieces << _pieceBits) + (row - _rowsInPieces);
        long part = row >> _pieceBits;
        return (PieceAt(part) << _pieceBits) + (row - (part << _pieceBits));
    }
}
