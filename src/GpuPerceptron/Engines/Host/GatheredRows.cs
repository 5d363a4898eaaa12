using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>
/// Loops that gather eight weights in a register: two fifths less time for the first of a pass's products on Intel's processors.
/// </summary>
/// <remarks>
/// Columns and values are asked for 2 KiB ahead, the columns by the product that needs them first, the values by the other, so that memory is busy with both
/// (of 1 to 4 KiB none was better).
/// </remarks>
internal unsafe struct GatheredRows : ISparseRowLoops
{
    private const int Ahead = 512; // of columns, and of values
    private const int RowsAhead = 4; // of 3 to 16
    private const int RareColumns = 4; // a row: as many as are asked for below

    /// <summary>Whether it is for a kind of processor.</summary>
    /// <param name="kind"><see cref="Processor.Kind"/>.</param>
    public static bool Takes(ProcessorKind kind) => Avx2.IsSupported && kind == ProcessorKind.Intel;

    /// <inheritdoc/>
    /// <remarks>
    /// Asks for the weights and sums of some later row's last columns, which are in few rows (<see cref="SparseLayout"/>). Measured over 500,000 × 100,000 with
    /// 39 values a row, in C, of six columns a row, weights and sums apart: a pass takes 42 ms without, 34 with later values asked for, 27 with both; one whose columns are all
    /// within the first 32,768 takes 23. (Four take as long as six, in rows of one length.) Of samples whose columns
    /// nobody numbered, or with no rare ones, the last columns are asked for in vain.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ask(long* starts, int row, int rows, int* columns, float* values, WeightedSum* pairs)
    {
        int* last = columns + Math.Max(0, starts[Math.Min(row + RowsAhead, rows - 1) + 1] - RareColumns);
        Prefetch.Bytes((byte*)(pairs + (uint)last[0]), Prefetch.LineBytes);
        Prefetch.Bytes((byte*)(pairs + (uint)last[1]), Prefetch.LineBytes);
        Prefetch.Bytes((byte*)(pairs + (uint)last[2]), Prefetch.LineBytes);
        Prefetch.Bytes((byte*)(pairs + (uint)last[3]), Prefetch.LineBytes);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Dot(int* columns, float* values, int count, WeightedSum* pairs)
    {
        float* weights = &pairs->Weight;
        var eight = Vector256<float>.Zero;
        int k = 0;
        for (; k <= count - 8; k += 8)
        {
            Prefetch.Bytes((byte*)(columns + k + Ahead), Prefetch.LineBytes);
            var w = Avx2.GatherVector256(weights, Vector256.Load(columns + k), WeightedSum.Bytes);
            eight = Vector256.MultiplyAddEstimate(Vector256.Load(values + k), w, eight);
        }

        // What is left goes with the rest masked.
        var mask = Vector256.GreaterThan(Vector256.Create(count - k), Vector256<int>.Indices);
        var last = Avx2.GatherMaskVector256(Vector256<float>.Zero, weights, Vector256.Load(columns + k), mask.AsSingle(), WeightedSum.Bytes);
        eight = Vector256.MultiplyAddEstimate(Vector256.Load(values + k) & mask.AsSingle(), last, eight);
        return Vector128.Sum(eight.GetLower() + eight.GetUpper());
    }

    /// <inheritdoc/>
    /// <remarks>A factor of 0 is no case of its own: the branch costs every other row, a pass a fifteenth.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddProducts<TProducts>(int* columns, float* values, int count, float factor, WeightedSum* pairs)
        where TProducts : struct, IRowProducts
    {
        var wide = Vector128.Create(factor);
        for (; count >= 8; count -= 8)
        {
            Prefetch.Bytes((byte*)(values + Ahead), Prefetch.LineBytes);
            SparseSums.AddFour(columns, TProducts.Of(wide, Vector128.Load(values)), pairs);
            SparseSums.AddFour(columns + 4, TProducts.Of(wide, Vector128.Load(values + 4)), pairs);
            columns += 8;
            values += 8;
        }

        if (count >= 4)
        {
            SparseSums.AddFour(columns, TProducts.Of(wide, Vector128.Load(values)), pairs);
            columns += 4;
            values += 4;
            count -= 4;
        }

        for (; count > 0; count--)
            SparseSums.Add(*columns++, TProducts.Of(factor, *values++), pairs);
    }
}
