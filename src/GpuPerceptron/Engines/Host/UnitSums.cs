using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GpuPerceptron.Engines.Host;

/// <summary>A unit's sums over its sparse rows: of whatever a read of X adds, one a column and one for the bias.</summary>
/// <remarks>
/// A sum lies beside its column's weight, in float32. A sum of n numbers of one sign loses up to
/// log₂ n binary digits in float32, so those of frequent columns are moved to float64 now and then. The j-th column by falling frequency has no more
/// values than there are rows, and at most 1/j of all: where values are spread evenly over the rows, a sum of the first 16 is of some 512 numbers if they are moved every 512 rows,
/// of the next 240 if after 16 · 512 values, of the next 3,840 if after 256 · 512. Columns after these are not moved: each has less than a 4,096th of all values.
/// </remarks>
internal sealed unsafe class UnitSums
{
    /// <summary>The most columns whose sums are moved.</summary>
    public const int Frequent = MoreFrequent * Step;

    /// <summary>Numbers that a sum in float32 may well be of.</summary>
    public const int Few = 512;

    private const int CounterBytes = 64; // a cache line
    private const int Step = 16, MostFrequent = Step, MoreFrequent = Step * Step;

    private readonly int _columns;
    private readonly int[]? _frequent;
    private readonly WeightedSum* _pairs;
    private readonly double* _moved; // of the first columns, or of the frequent ones
    private readonly int _movedCount;
    private readonly Counters* _counters; // beside the sums: what one thread writes all the time is in no cache line of another's

    /// <summary>Sums in memory of <see cref="BytesFor"/> bytes.</summary>
    /// <param name="columns">How many.</param>
    /// <param name="frequent">The frequent columns, by falling frequency; null where these are the first.</param>
    /// <param name="memory">Aligned to 8 bytes; the caller's.</param>
    public UnitSums(int columns, int[]? frequent, byte* memory)
    {
        _columns = columns;
        _frequent = frequent;
        _movedCount = Math.Min(frequent?.Length ?? columns, Frequent);
        _counters = (Counters*)memory;
        _moved = (double*)(memory + CounterBytes);
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
    public static nint BytesFor(int columns) => CounterBytes + ((nint)columns + Math.Min(columns, Frequent)) * sizeof(double);

    /// <summary>Sums of 0 beside weights.</summary>
    /// <param name="weights">One a column.</param>
    [MethodImpl(FusedRows.Hot)]
    public void Begin(float* weights)
    {
        (Loss, Bias) = (0, 0);
        *_counters = new Counters { RowsLeft = Few, NextMore = MostFrequent * Few, NextAll = MoreFrequent * Few };
        new Span<double>(_moved, _movedCount).Clear();
        ulong* pairs = (ulong*)_pairs; // the weight in the lower half: every processor that this is for is little-endian
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
        _counters->Values += values;
        _counters->RowsLeft -= rows;
        if (_counters->RowsLeft <= 0) Move();
    }

    [MethodImpl(FusedRows.Hot)]
    private void Move()
    {
        ref var counters = ref *_counters;
        counters.RowsLeft = Few;
        int count = MostFrequent;
        if (counters.Values >= counters.NextMore) (counters.NextMore, count) = (counters.Values + MostFrequent * Few, MoreFrequent);
        if (counters.Values >= counters.NextAll) (counters.NextAll, count) = (counters.Values + MoreFrequent * Few, Frequent);
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

    private struct Counters
    {
        public int RowsLeft;                   // until the first are moved
        public long Values, NextMore, NextAll; // added so far, and when more are moved, and all
    }
}
