using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>Loops that load weights one by one: to gather them in a register takes a tenth longer on AMD's processors (measured on Zen 4).</summary>
internal unsafe struct SingleValueRows : ISparseRowLoops
{
    private const int ValuesAhead = 512;
    private const int RowsAhead = 8; // 4 as well; with 16 passes took up to twice as long
    private const int RareColumns = 4; // a row, the last ones, as many as are asked for below: 8 and 12 gave no more

    /// <inheritdoc/>
    /// <remarks>
    /// Asks for values 2 KiB ahead, and columns as far: up to a tenth less time, measured on Zen 5 in C; and for the weights and sums of a later row's rare columns, as
    /// <see cref="GatheredRows"/> does: 5 to 8 % less (500,000 × 100,000 with 39 values a row, in turns, on Zen 5). Gathers were as fast as single loads there.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ask(long* starts, int row, int rows, int* columns, float* values, WeightedSum* pairs)
    {
        for (long k = starts[row], end = starts[row + 1]; k < end; k += Prefetch.LineBytes / sizeof(float))
        {
            Prefetch.Bytes((byte*)(columns + k + ValuesAhead), Prefetch.LineBytes);
            Prefetch.Bytes((byte*)(values + k + ValuesAhead), Prefetch.LineBytes);
        }

        int* last = columns + Math.Max(0, starts[Math.Min(row + RowsAhead, rows - 1) + 1] - RareColumns);
        Prefetch.Bytes((byte*)(pairs + (uint)last[0]), Prefetch.LineBytes);
        Prefetch.Bytes((byte*)(pairs + (uint)last[1]), Prefetch.LineBytes);
        Prefetch.Bytes((byte*)(pairs + (uint)last[2]), Prefetch.LineBytes);
        Prefetch.Bytes((byte*)(pairs + (uint)last[3]), Prefetch.LineBytes);
    }

    /// <inheritdoc/>
    /// <remarks>In four sums.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Dot(int* columns, float* values, int count, WeightedSum* pairs)
    {
        float a = 0, b = 0, c = 0, d = 0;
        int k = 0;
        for (; k <= count - 4; k += 4)
        {
            a = float.MultiplyAddEstimate(values[k], pairs[(uint)columns[k]].Weight, a);
            b = float.MultiplyAddEstimate(values[k + 1], pairs[(uint)columns[k + 1]].Weight, b);
            c = float.MultiplyAddEstimate(values[k + 2], pairs[(uint)columns[k + 2]].Weight, c);
            d = float.MultiplyAddEstimate(values[k + 3], pairs[(uint)columns[k + 3]].Weight, d);
        }

        for (; k < count; k++)
            a = float.MultiplyAddEstimate(values[k], pairs[(uint)columns[k]].Weight, a);
        return a + b + (c + d);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddProducts<TProducts>(int* columns, float* values, int count, float factor, WeightedSum* pairs)
        where TProducts : struct, IRowProducts
    {
        var wide = Vector128.Create(factor);
        for (; count >= 4; count -= 4)
        {
            SparseSums.AddFour(columns, TProducts.Of(wide, Vector128.Load(values)), pairs);
            columns += 4;
            values += 4;
        }

        for (; count > 0; count--)
            SparseSums.Add(*columns++, TProducts.Of(factor, *values++), pairs);
    }
}
