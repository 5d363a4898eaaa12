using System.Numerics;

namespace GpuPerceptron.Kernels;

/// <summary>
/// The random order of a window's samples: the window is made of pieces, short runs of consecutive rows from anywhere, and its rows, numbered piece
/// by piece, come in a <see cref="RowOrder"/> of their own. Like that it is computed and not stored.
/// </summary>
/// <remarks>
/// With P = 2ᵇ rows a piece, position p is the window's row r = π(p), and that is the dataset's row P·σ(f + ⌊r / P⌋) + r mod P, where π orders the
/// window's rows, σ all whole pieces, and f is the window's first one in that order. The rows that a last, shorter piece has end the last window.
/// </remarks>
public readonly struct SampleOrder
{
    private readonly RowOrder _rows;
    private readonly RowOrder _pieces;
    private readonly long _firstPiece;
    private readonly long _rowsInPieces;
    private readonly long _rest; // the dataset's row that follows those in pieces
    private readonly int _pieceBits;

    /// <summary>A window that is the whole dataset, or whose rows lie one after the other already.</summary>
    /// <param name="rows">π.</param>
    public SampleOrder(RowOrder rows) => _rows = rows;

    /// <summary>A window of pieces.</summary>
    /// <param name="rows">π.</param>
    /// <param name="pieces">σ.</param>
    /// <param name="pieceRows">P, a power of two, at least as many as π keeps together.</param>
    /// <param name="firstPiece">f.</param>
    /// <param name="pieceCount">Whole pieces of the window.</param>
    /// <param name="rest">The dataset's row that is the first of the window's that are in none of these.</param>
    public SampleOrder(RowOrder rows, RowOrder pieces, int pieceRows, long firstPiece, long pieceCount, long rest)
    {
        (_rows, _pieces, _firstPiece, _rest) = (rows, pieces, firstPiece, rest);
        _pieceBits = BitOperations.Log2((uint)pieceRows);
        _rowsInPieces = pieceCount << _pieceBits;
    }

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

    private long Find(long row)
    {
        if (row >= _rowsInPieces) return _rest + (row - _rowsInPieces);
        long piece = row >> _pieceBits;
        return (_pieces.RowAt(_firstPiece + piece) << _pieceBits) + (row - (piece << _pieceBits));
    }
}
