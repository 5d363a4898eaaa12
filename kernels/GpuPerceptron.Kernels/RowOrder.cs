using System.Numerics;

namespace GpuPerceptron.Kernels;

/// <summary>
/// A random order of the rows, the same on every engine: position p of an epoch is row <see cref="RowAt"/>(p), and every row
/// comes once. It is computed and not stored, so that it costs no memory at any number of rows, and its beginning, a random
/// sample, no time for the rest.
/// </summary>
/// <remarks>
/// Runs of K consecutive rows stay together, for memory that answers a short run as fast as a row. With b bits for the
/// ⌈N/K⌉ runs, a run's number goes through four rounds of
/// <code>
///     x ← (x ⊕ key)·odd mod 2ᵇ;  x ← x ⊕ ⌊x / 2^⌈b/2⌉⌋
/// </code>
/// each of which can be undone, so that together they permute the b-bit numbers; the multiplication carries low bits up, the
/// shift brings high bits down. Results past the end go through once more until they are inside ("cycle walking": Black and
/// Rogaway, "Ciphers with arbitrary finite domains", 2002), which leaves a permutation of what is inside, after fewer than
/// two turns on average (of fewer than 128 runs, more). Where N is no multiple of K the rows that the last run lacks are walked past likewise.
/// </remarks>
public readonly struct RowOrder
{
    private const int MaximumRunRows = 8;
    private const int MaximumRunBytes = 1024;
    private const int LeastRunsPerBatch = 256;
    private const int LeastBits = 8; // fewer would not mix well

    private readonly long _rows;
    private readonly long _runs;
    private readonly int _runBits;
    private readonly int _shift;
    private readonly ulong _mask;
    private readonly ulong _key0;
    private readonly ulong _key1;
    private readonly ulong _key2;
    private readonly ulong _key3;

    /// <summary>The order of an epoch.</summary>
    /// <param name="rows">N, at least 1.</param>
    /// <param name="runRows">K, a power of two.</param>
    /// <param name="seed">Of all epochs.</param>
    /// <param name="epoch">From 0; each has an order of its own.</param>
    public RowOrder(long rows, int runRows, ulong seed, long epoch)
    {
        _rows = rows;
        _runBits = BitOperations.Log2((uint)runRows);
        _runs = (rows + runRows - 1) >> _runBits;
        int bits = LeastBits;
        while (bits < 62 && 1L << bits < _runs)
            bits++;
        _mask = (1UL << bits) - 1;
        _shift = (bits + 1) / 2;
        ulong state = Scramble(seed) + (ulong)epoch;
        _key0 = Scramble(state);
        _key1 = Scramble(_key0);
        _key2 = Scramble(_key1);
        _key3 = Scramble(_key2);
    }

    /// <summary>
    /// K for a batch: rows in a file often resemble their neighbours, so it is a small one, and a batch always comes from
    /// many places.
    /// </summary>
    /// <param name="batchRows">Rows a batch.</param>
    /// <param name="rowBytes">Bytes a row of X.</param>
    /// <returns>A power of two from 1 to 8.</returns>
    public static int RunRowsFor(long batchRows, int rowBytes)
    {
        int runRows = MaximumRunRows;
        while (runRows > 1 && (runRows * rowBytes > MaximumRunBytes || batchRows / runRows < LeastRunsPerBatch))
            runRows /= 2;
        return runRows;
    }

    /// <summary>The row at a position.</summary>
    /// <param name="position">From 0 to N − 1.</param>
    public long RowAt(long position)
    {
        long row = position;
        do
        {
            long run = row >> _runBits;
            row = (RunAt(run) << _runBits) + (row - (run << _runBits));
        }
        while (row >= _rows);
        return row;
    }

    /// <summary>Positions, from one on, whose rows follow one another; at least 1.</summary>
    /// <param name="position">The first, from 0 to N − 1.</param>
    /// <param name="row">Its row.</param>
    public int RunFrom(long position, long row)
    {
        // A row keeps its place within its run, walked past or not; only where either run is short do its rows part.
        int runRows = 1 << _runBits;
        int within = (int)position & (runRows - 1);
        return Math.Max(position, row) - within + runRows <= _rows ? runRows - within : 1;
    }

    private long RunAt(long run)
    {
        ulong x = (ulong)run;
        do
        {
            x = ((x ^ _key0) * 0x9E3779B97F4A7C15UL) & _mask;
            x ^= x >> _shift;
            x = ((x ^ _key1) * 0xBF58476D1CE4E5B9UL) & _mask;
            x ^= x >> _shift;
            x = ((x ^ _key2) * 0x94D049BB133111EBUL) & _mask;
            x ^= x >> _shift;
            x = ((x ^ _key3) * 0xD6E8FEB86659FD93UL) & _mask;
            x ^= x >> _shift;
        }
        while (x >= (ulong)_runs);
        return (long)x;
    }

    /// <summary>SplitMix64's output function (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).</summary>
    internal static ulong Scramble(ulong state)
    {
        ulong z = state + 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
