using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GpuPerceptron.Engines.Host;

/// <summary>A unit's sums over its sparse rows: of whatever a read of X adds, one a column and one for the bias.</summary>
/// <remarks>
/// A sum lies beside its column's weight, in float32. A sum of n numbers of one sign loses up to
/// log₂ n binary digits in float32, so those of frequent columns are moved to float64 now and then. The j-th column by falling frequency has no more
/// values than there are rows, and at most 1/j of all: of the first 16 a sum is of no more than 512 numbers if they are moved every 512 rows, of the next 240
/// if after 16 · 512 values, of the next 3,840 if after 256 · 512. Columns after these are not moved: each has less than a 4,096th of a unit's values.
/// </remarks>
internal sealed unsafe class UnitSums
{
    /// <summary>The most columns whose sums are moved.</summary>
    public const int Frequent = MoreFrequent * Step;

    /// <summary>Numbers that a sum in float32 may well be of.</summary>
    public const int Few = 512;

    private const int Step = 16, MostFrequent = Step, MoreFrequent = Step * Step;

    private readonly int _columns;
    private readonly int[]? _frequent;
    private readonly WeightedSum* _pairs;
    private readonly double* _moved; // of the first columns, or of the frequent ones
    private readonly int _movedCount;
    private int _rowsLeft; // until the first are moved
    private long _values, _nextMore, _nextAll; // added so far, and when more are moved, and all

    /// <summary>Sums in memory of <see cref="BytesFor"/> bytes.</summary>
    /// <param name="columns">How many.</param>
    /// <param name="frequent">The frequent columns, by falling frequency; null where these are the first.</param>
    /// <param name="memory">Aligned to 8 bytes; the caller's.</param>
    public UnitSums(int columns, int[]? frequent, byte* memory)
    {
        _columns = columns;
        _frequent = frequent;
        _movedCount = Math.Min(frequent?.Length ?? columns, Frequent);
        _moved = (double*)memory;
        _pairs = (WeightedSum*)(_moved + Math.Min(columns, Frequent));
    }

    /// <summary>Weights and sums.</summary>
    public WeightedSum* Pairs => _pairs;

    /// <summary>The bias's.</summary>
    public double Bias { get; set; }

    /// <summary>Σ s ℓ.</summary>
    public double Loss { get; set; }

    /// <summary>The memory that a unit's sums take.</summary>
    /// <param name="columns">How many.</param>
    public static nint BytesFor(int columns) => ((nint)columns + Math.Min(columns, Frequent)) * sizeof(double);

    /// <summary>Sums of 0 beside weights.</summary>
    /// <param name="weights">One a column.</param>
    [MethodImpl(FusedRows.Hot)]
    public void Begin(float* weights)
    {
        (Loss, Bias) = (0, 0);
        (_rowsLeft, _values, _nextMore, _nextAll) = (Few, 0, MostFrequent * Few, MoreFrequent * Few);
        new Span<double>(_moved, _movedCount).Clear();
        ulong* pairs = (ulong*)_pairs; // the weight in the lower half, whatever the byte order of a processor that .NET runs on
        int j = 0;
        for (; j <= _columns - Vector256<uint>.Count; j += Vector256<uint>.Count)
        {
            var (low, high) = Vector256.Widen(Vector256.Load((uint*)weights + j));
            low.Store(pairs + j);
            high.Store(pairs + j + Vector256<ulong>.Count);
        }

        for (; j < _columns; j++)
            _pairs[j] = new WeightedSum { Weight = weights[j] };
    }

    /// <summary>Says that rows were added, after which sums may be moved.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="values">Their values.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Added(int rows, long values)
    {
        _values += values;
        _rowsLeft -= rows;
        if (_rowsLeft <= 0) Move();
    }

    [MethodImpl(FusedRows.Hot)]
    private void Move()
    {
        _rowsLeft = Few;
        int count = MostFrequent;
        if (_values >= _nextMore) (_nextMore, count) = (_values + MostFrequent * Few, MoreFrequent);
        if (_values >= _nextAll) (_nextAll, count) = (_values + MoreFrequent * Few, Frequent);
        count = Math.Min(count, _movedCount);
        int j = 0;
        if (_frequent is null)
        {
            ulong* pairs = (ulong*)_pairs;
            var weights = Vector256.Create((ulong)uint.MaxValue);
            for (; j <= count - Vector256<double>.Count; j += Vector256<double>.Count)
            {
                var four = Vector256.Load(pairs + j);
                (Vector256.Load(_moved + j) + SumsOf(four)).Store(_moved + j);
                (four & weights).Store(pairs + j);
            }
        }

        for (; j < count; j++)
        {
            ref float sum = ref _pairs[_frequent is null ? j : _frequent[j]].Sum;
            _moved[j] += sum;
            sum = 0;
        }
    }

    /// <summary>Adds some columns' sums, but for what was moved, to those of other units.</summary>
    /// <param name="total">One a column.</param>
    /// <param name="first">The first column.</param>
    /// <param name="count">How many.</param>
    [MethodImpl(FusedRows.Hot)]
    public void AddTo(double* total, int first, int count)
    {
        int j = first, end = first + count;
        for (; j <= end - Vector256<double>.Count; j += Vector256<double>.Count)
            (Vector256.Load(total + j) + SumsOf(Vector256.Load((ulong*)_pairs + j))).Store(total + j);
        for (; j < end; j++)
            total[j] += _pairs[j].Sum;
    }

    /// <summary>Adds what was moved.</summary>
    /// <param name="total">One a column.</param>
    public void AddMovedTo(double* total)
    {
        for (int i = 0; i < _movedCount; i++)
            total[_frequent is null ? i : _frequent[i]] += _moved[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> SumsOf(Vector256<ulong> pairs)
    {
        var sums = Vector256.Narrow(pairs >>> 32, pairs >>> 32).AsSingle().GetLower();
        return Vector256.Create(Vector128.WidenLower(sums), Vector128.WidenUpper(sums));
    }
}
