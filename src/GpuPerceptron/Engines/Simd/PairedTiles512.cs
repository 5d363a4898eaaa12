using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Engines.Host;

namespace GpuPerceptron.Engines.Simd;

/// <summary>
/// The two products of a tile of rows in float16 that fill more than one register of AVX-512, eight rows at once, pair by pair as
/// <see cref="PairedHalves512"/> has it; weights and gradient lie in memory in the same order: of each 32 the even ones, then the odd ones.
/// </summary>
/// <remarks>
/// Two operations convert a register, in place of three by halves of one: 2 to 8 % of the pass on Intel's. What is converted for the first product is
/// kept for the second as long as it leaves room in the nearest cache, which gains another 2 to 4 % (of rows from 500 values on, nothing). A row's last
/// pairs may reach into the next row, or into the zeros that end a block; there the weights are 0, and nobody reads g.
/// </remarks>
internal static unsafe class PairedTiles512
{
    private const int Values = PairedHalves512.Values;
    private const int Group = FusedRows.Group;
    private const int GroupValues = Group * Values; // of eight rows at once
    private const int RequestBytes = GroupValues * sizeof(ushort) / 2; // each product asks for half of what it reads
    private const int PartValues = 2048; // long sums lose digits: a lane adds up to 128 values, and what they make is added up
    private const int LongestKept = 480; // eight such rows take 15 KiB

    /// <summary>Whether rows are that long.</summary>
    /// <param name="stride">Values a row.</param>
    public static bool Takes(int stride) => stride > Values;

    /// <summary>Whether a tile's values are kept.</summary>
    /// <param name="stride">Values a row.</param>
    public static bool Keeps(int stride) => stride is > Values and <= LongestKept;

    /// <summary>Values of a tile that is kept, in whole registers.</summary>
    /// <param name="stride">Values a row.</param>
    public static int KeptValues(int stride) => FusedRows.TileRows(stride * sizeof(ushort)) * Padded(stride);

    /// <summary>Values a row, pairs of whole registers.</summary>
    /// <param name="stride">Values a row.</param>
    public static int Padded(int stride) => (stride + Values - 1) / Values * Values;

    /// <summary>Puts weights in pairs' order.</summary>
    /// <param name="weights">w, as long as <see cref="PassScratch"/> has it; what is after the row's whole registers does not matter.</param>
    /// <param name="stride">Values a row.</param>
    public static void Part(float* weights, int stride)
    {
        ClearRest(weights, stride);
        for (int j = 0; j < stride; j += Values)
        {
            Vector512<float> first = Vector512.Load(weights + j), second = Vector512.Load(weights + j + Values / 2);
            PairedHalves512.Lower(first, second).Store(weights + j);
            PairedHalves512.Upper(first, second).Store(weights + j + Values / 2);
        }
    }

    /// <summary>Puts a gradient in the order of columns; after the row's whole registers it is 0.</summary>
    /// <param name="gradient">g, as long as <see cref="PassScratch"/> has it.</param>
    /// <param name="stride">Values a row.</param>
    public static void Join(float* gradient, int stride)
    {
        for (int j = 0; j < stride; j += Values)
        {
            Vector512<float> lower = Vector512.Load(gradient + j), upper = Vector512.Load(gradient + j + Values / 2);
            PairedHalves512.First(lower, upper).Store(gradient + j);
            PairedHalves512.Second(lower, upper).Store(gradient + j + Values / 2);
        }

        ClearRest(gradient, stride);
    }

    /// <summary>v without the bias.</summary>
    /// <param name="x">The first row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="stride">Values a row.</param>
    /// <param name="weights">w, times <see cref="ScaledHalves.Factor"/>, in pairs' order.</param>
    /// <param name="logits">Where v goes.</param>
    /// <param name="ahead">Memory to ask for in the meantime.</param>
    /// <param name="kept">Where X goes, where it is kept; else null.</param>
    public static void Logits(Half* x, int rows, int stride, float* weights, float* logits, byte* ahead, float* kept)
    {
        if (kept != null)
        {
            PartLogits<Kept>(x, rows, stride, stride, weights, logits, add: false, ahead, kept);
            return;
        }

        for (int first = 0; first < stride; first += PartValues)
        {
            int values = Math.Min(PartValues, stride - first);
            ahead = PartLogits<ConvertedTwice>(x + first, rows, stride, values, weights + first, logits, first > 0, ahead, null);
        }
    }

    /// <summary>g += rᵀX.</summary>
    /// <param name="x">The first row.</param>
    /// <param name="residuals">r, times <see cref="ScaledHalves.Factor"/>; 0 where a group of eight has no more rows.</param>
    /// <param name="rows">How many.</param>
    /// <param name="stride">Values a row.</param>
    /// <param name="gradient">g, divided by the same, in pairs' order.</param>
    /// <param name="ahead">Memory to ask for in the meantime.</param>
    /// <param name="kept">X, where it was kept; else null.</param>
    public static void AddToGradient(Half* x, float* residuals, int rows, int stride, float* gradient, byte* ahead, float* kept)
    {
        if (kept != null)
            AddToGradient<Kept>(x, residuals, rows, stride, gradient, ahead, kept);
        else
            AddToGradient<ConvertedTwice>(x, residuals, rows, stride, gradient, ahead, null);
    }

    [MethodImpl(FusedRows.Hot)]
    private static void AddToGradient<TValues>(Half* x, float* residuals, int rows, int stride, float* gradient, byte* ahead, float* kept)
        where TValues : struct, IValues
    {
        for (int row = 0; row < rows; row += Group, x += Group * stride)
        {
            var eight = new EightRows<Half>(x, rows - row, stride);
            Vector512<float> r0 = Vector512.Create(residuals[row]), r1 = Vector512.Create(residuals[row + 1]);
            Vector512<float> r2 = Vector512.Create(residuals[row + 2]), r3 = Vector512.Create(residuals[row + 3]);
            Vector512<float> r4 = Vector512.Create(residuals[row + 4]), r5 = Vector512.Create(residuals[row + 5]);
            Vector512<float> r6 = Vector512.Create(residuals[row + 6]), r7 = Vector512.Create(residuals[row + 7]);
            for (nint j = 0; j < stride; j += Values, kept += GroupValues, ahead += RequestBytes)
            {
                Ask(ahead);
                Vector512<float> lower = Vector512.Load(gradient + j), upper = Vector512.Load(gradient + j + Values / 2);
                Vector512<float> lower2 = default, upper2 = default;
                AddTo<TValues>(eight.Row0 + j, kept, r0, ref lower, ref upper);
                AddTo<TValues>(eight.Row1 + j, kept + Values, r1, ref lower2, ref upper2);
                AddTo<TValues>(eight.Row2 + j, kept + 2 * Values, r2, ref lower, ref upper);
                AddTo<TValues>(eight.Row3 + j, kept + 3 * Values, r3, ref lower2, ref upper2);
                AddTo<TValues>(eight.Row4 + j, kept + 4 * Values, r4, ref lower, ref upper);
                AddTo<TValues>(eight.Row5 + j, kept + 5 * Values, r5, ref lower2, ref upper2);
                AddTo<TValues>(eight.Row6 + j, kept + 6 * Values, r6, ref lower, ref upper);
                AddTo<TValues>(eight.Row7 + j, kept + 7 * Values, r7, ref lower2, ref upper2);
                (lower + lower2).Store(gradient + j);
                (upper + upper2).Store(gradient + j + Values / 2);
            }
        }
    }

    /// <summary>The logits of a part of each row.</summary>
    /// <returns>The memory to ask for next.</returns>
    [MethodImpl(FusedRows.Hot)]
    private static byte* PartLogits<TValues>(
        Half* x, int rows, int stride, int values, float* weights, float* logits, bool add, byte* ahead, float* kept)
        where TValues : struct, IValues
    {
        for (int row = 0; row < rows; row += Group, x += Group * stride)
        {
            var eight = new EightRows<Half>(x, rows - row, stride);
            Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
            Vector512<float> a4 = default, a5 = default, a6 = default, a7 = default;
            for (nint j = 0; j < values; j += Values, kept += GroupValues, ahead += RequestBytes)
            {
                Ask(ahead);
                Vector512<float> lower = Vector512.Load(weights + j), upper = Vector512.Load(weights + j + Values / 2);
                a0 = MultiplyAdd<TValues>(eight.Row0 + j, lower, upper, a0, kept);
                a1 = MultiplyAdd<TValues>(eight.Row1 + j, lower, upper, a1, kept + Values);
                a2 = MultiplyAdd<TValues>(eight.Row2 + j, lower, upper, a2, kept + 2 * Values);
                a3 = MultiplyAdd<TValues>(eight.Row3 + j, lower, upper, a3, kept + 3 * Values);
                a4 = MultiplyAdd<TValues>(eight.Row4 + j, lower, upper, a4, kept + 4 * Values);
                a5 = MultiplyAdd<TValues>(eight.Row5 + j, lower, upper, a5, kept + 5 * Values);
                a6 = MultiplyAdd<TValues>(eight.Row6 + j, lower, upper, a6, kept + 6 * Values);
                a7 = MultiplyAdd<TValues>(eight.Row7 + j, lower, upper, a7, kept + 7 * Values);
            }

            var low = Simd512.Sums(new(a0), new(a1), new(a2), new(a3)) * ScaledHalves.Factor;
            var high = Simd512.Sums(new(a4), new(a5), new(a6), new(a7)) * ScaledHalves.Factor;
            EightRows.Store(low, high, add, logits + row);
        }

        return ahead;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ask(byte* ahead)
    {
        Prefetch.BytesIntoSecond(ahead, RequestBytes);
        Prefetch.PageAfterNext(ahead);
    }

    /// <summary>sums + x w of 32 values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> MultiplyAdd<TValues>(
        Half* x, Vector512<float> lower, Vector512<float> upper, Vector512<float> sums, float* kept)
        where TValues : struct, IValues
    {
        var (low, high) = TValues.First(x, kept);
        return Vector512.MultiplyAddEstimate(high, upper, Vector512.MultiplyAddEstimate(low, lower, sums));
    }

    /// <summary>Adds r x of 32 values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo<TValues>(Half* x, float* kept, Vector512<float> residual, ref Vector512<float> lower, ref Vector512<float> upper)
        where TValues : struct, IValues
    {
        var (low, high) = TValues.Again(x, kept);
        lower = Vector512.MultiplyAddEstimate(low, residual, lower);
        upper = Vector512.MultiplyAddEstimate(high, residual, upper);
    }

    /// <summary>What fills whole registers up to <see cref="Values"/>.</summary>
    private static void ClearRest(float* values, int stride)
    {
        int padded = FusedRows.PaddedStride(stride);
        if (padded % Values != 0) Vector512<float>.Zero.Store(values + padded);
    }

    /// <summary>How 32 values come to be had twice.</summary>
    private interface IValues
    {
        /// <summary>For the first product.</summary>
        static abstract (Vector512<float> Lower, Vector512<float> Upper) First(Half* x, float* kept);

        /// <summary>For the second.</summary>
        static abstract (Vector512<float> Lower, Vector512<float> Upper) Again(Half* x, float* kept);
    }

    private readonly struct ConvertedTwice : IValues
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<float> Lower, Vector512<float> Upper) First(Half* x, float* kept) => PairedHalves512.Converted(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<float> Lower, Vector512<float> Upper) Again(Half* x, float* kept) => PairedHalves512.Converted(x);
    }

    private readonly struct Kept : IValues
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<float> Lower, Vector512<float> Upper) First(Half* x, float* kept) => PairedHalves512.Converted(x, kept);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<float> Lower, Vector512<float> Upper) Again(Half* x, float* kept) =>
            (Vector512.Load(kept), Vector512.Load(kept + Values / 2));
    }
}
