using System.Runtime.CompilerServices;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>What tiles of rows in float16 take, whatever the registers.</summary>
internal static class PairedTiles
{
    private const int WidestPairs = 2 * FusedRows.MaximumLanes;
    private const int LongestKept = 480; // eight such rows take 15 KiB

    /// <summary>Whether a tile's values are more than a pair of registers, and there is room to keep them: see <see cref="PairedTiles{T}"/>.</summary>
    /// <param name="stride">Values a row.</param>
    public static bool Keeps(int stride) => stride is > FusedRows.MaximumLanes and <= LongestKept;

    /// <summary>Values of a tile that is kept, in whole registers.</summary>
    /// <param name="stride">Values a row.</param>
    public static int KeptValues(int stride) => FusedRows.TileRows(stride * sizeof(ushort)) * Padded(stride);

    /// <summary>Values a row, pairs of whole registers.</summary>
    /// <param name="stride">Values a row.</param>
    public static int Padded(int stride) => (stride + WidestPairs - 1) / WidestPairs * WidestPairs;
}

/// <summary>
/// The two products of a tile of rows in float16 that fill more than one register, eight rows at once, pair by pair as <see cref="PairedHalves{T}"/>
/// has it; weights and gradient lie in memory in the same order.
/// </summary>
/// <remarks>
/// Two operations convert a register, in place of three by halves of one: 2 to 8 % of the pass on Intel's with AVX-512. What is converted for the first
/// product is kept for the second as long as it leaves room in the nearest cache, which gains another 2 to 4 % (of rows from 500 values on, nothing). Up
/// to a register of values that a row has after its last pair of them is taken in the order of columns. A row's last register may reach into the next
/// row, or into the zeros that end a block; there the weights are 0, and nobody reads g.
/// </remarks>
internal static unsafe class PairedTiles<T>
    where T : struct, ISimd<T>
{
    private const int Group = FusedRows.Group;

    // Of properties that are constants to the compiler.
    private static int Values => PairedHalves<T>.Values;

    private static int Lanes => T.Count;

    private static int GroupValues => Group * Values; // of eight rows at once

    private static int RequestBytes => GroupValues * sizeof(ushort) / 2; // each product asks for half of what it reads

    private static int PartValues => Lanes * Lanes * Lanes / 2; // long sums lose digits: a lane adds up to 128 values, with eight lanes 32, and what they make is added up

    /// <summary>Whether rows are that long, in registers that it is worth it.</summary>
    /// <param name="stride">Values a row.</param>
    public static bool Takes(int stride) => Lanes > Simd128.Count && stride > Values;

    /// <summary>Puts weights in pairs' order.</summary>
    /// <param name="weights">w, and zeros up to whole registers.</param>
    /// <param name="stride">Values a row.</param>
    public static void Part(float* weights, int stride) => PairedHalves<T>.Part(weights, WholePairs(stride));

    /// <summary>Puts a gradient in the order of columns.</summary>
    /// <param name="gradient">g, in whole registers.</param>
    /// <param name="stride">Values a row.</param>
    public static void Join(float* gradient, int stride) => PairedHalves<T>.Join(gradient, WholePairs(stride));

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
    public static void AddToGradient(
        Half* x, float* residuals, int rows, int stride, float* gradient, byte* ahead, float* kept)
    {
        if (kept != null)
            AddToGradient<Kept>(x, residuals, rows, stride, gradient, ahead, kept);
        else
            AddToGradient<ConvertedTwice>(x, residuals, rows, stride, gradient, ahead, null);
    }

    [MethodImpl(FusedRows.Hot)]
    private static void AddToGradient<TValues>(
        Half* x, float* residuals, int rows, int stride, float* gradient, byte* ahead, float* kept)
        where TValues : struct, IValues
    {
        int inPairs = InPairs(stride);
        for (int row = 0; row < rows; row += Group, x += Group * stride)
        {
            var eight = new EightRows<Half>(x, rows - row, stride);
            T r0 = T.Create(residuals[row]), r1 = T.Create(residuals[row + 1]);
            T r2 = T.Create(residuals[row + 2]), r3 = T.Create(residuals[row + 3]);
            T r4 = T.Create(residuals[row + 4]), r5 = T.Create(residuals[row + 5]);
            T r6 = T.Create(residuals[row + 6]), r7 = T.Create(residuals[row + 7]);
            for (nint j = 0; j < inPairs; j += Values, kept += GroupValues, ahead += RequestBytes)
            {
                Prefetch.OfNextTile(ahead, RequestBytes);
                T lower = T.Load(gradient + j), upper = T.Load(gradient + j + Lanes);
                T lower2 = default, upper2 = default;
                PairedHalves<T>.AddScaled(TValues.Again(eight.Row0 + j, kept), r0, ref lower, ref upper);
                PairedHalves<T>.AddScaled(TValues.Again(eight.Row1 + j, kept + Values), r1, ref lower2, ref upper2);
                PairedHalves<T>.AddScaled(TValues.Again(eight.Row2 + j, kept + 2 * Values), r2, ref lower, ref upper);
                PairedHalves<T>.AddScaled(TValues.Again(eight.Row3 + j, kept + 3 * Values), r3, ref lower2, ref upper2);
                PairedHalves<T>.AddScaled(TValues.Again(eight.Row4 + j, kept + 4 * Values), r4, ref lower, ref upper);
                PairedHalves<T>.AddScaled(TValues.Again(eight.Row5 + j, kept + 5 * Values), r5, ref lower2, ref upper2);
                PairedHalves<T>.AddScaled(TValues.Again(eight.Row6 + j, kept + 6 * Values), r6, ref lower, ref upper);
                PairedHalves<T>.AddScaled(TValues.Again(eight.Row7 + j, kept + 7 * Values), r7, ref lower2, ref upper2);
                (lower + lower2).Store(gradient + j);
                (upper + upper2).Store(gradient + j + Lanes);
            }

            if (inPairs == stride) continue;
            Prefetch.OfNextTile(ahead, RequestBytes / 2);
            ahead += RequestBytes / 2;
            var even = T.MultiplyAdd(TValues.RestAgain(eight.Row0 + inPairs, kept), r0, T.Load(gradient + inPairs));
            var odd = TValues.RestAgain(eight.Row1 + inPairs, kept + Lanes) * r1;
            even = T.MultiplyAdd(TValues.RestAgain(eight.Row2 + inPairs, kept + 2 * Lanes), r2, even);
            odd = T.MultiplyAdd(TValues.RestAgain(eight.Row3 + inPairs, kept + 3 * Lanes), r3, odd);
            even = T.MultiplyAdd(TValues.RestAgain(eight.Row4 + inPairs, kept + 4 * Lanes), r4, even);
            odd = T.MultiplyAdd(TValues.RestAgain(eight.Row5 + inPairs, kept + 5 * Lanes), r5, odd);
            even = T.MultiplyAdd(TValues.RestAgain(eight.Row6 + inPairs, kept + 6 * Lanes), r6, even);
            odd = T.MultiplyAdd(TValues.RestAgain(eight.Row7 + inPairs, kept + 7 * Lanes), r7, odd);
            (even + odd).Store(gradient + inPairs);
            kept += GroupValues / 2;
        }
    }

    /// <summary>The logits of a part of each row.</summary>
    /// <returns>The memory to ask for next.</returns>
    [MethodImpl(FusedRows.Hot)]
    private static byte* PartLogits<TValues>(
        Half* x, int rows, int stride, int values, float* weights, float* logits, bool add, byte* ahead, float* kept)
        where TValues : struct, IValues
    {
        int inPairs = InPairs(values);
        for (int row = 0; row < rows; row += Group, x += Group * stride)
        {
            var eight = new EightRows<Half>(x, rows - row, stride);
            T a0 = default, a1 = default, a2 = default, a3 = default;
            T a4 = default, a5 = default, a6 = default, a7 = default;
            for (nint j = 0; j < inPairs; j += Values, kept += GroupValues, ahead += RequestBytes)
            {
                Prefetch.OfNextTile(ahead, RequestBytes);
                T lower = T.Load(weights + j), upper = T.Load(weights + j + Lanes);
                a0 = MultiplyAdd<TValues>(eight.Row0 + j, lower, upper, a0, kept);
                a1 = MultiplyAdd<TValues>(eight.Row1 + j, lower, upper, a1, kept + Values);
                a2 = MultiplyAdd<TValues>(eight.Row2 + j, lower, upper, a2, kept + 2 * Values);
                a3 = MultiplyAdd<TValues>(eight.Row3 + j, lower, upper, a3, kept + 3 * Values);
                a4 = MultiplyAdd<TValues>(eight.Row4 + j, lower, upper, a4, kept + 4 * Values);
                a5 = MultiplyAdd<TValues>(eight.Row5 + j, lower, upper, a5, kept + 5 * Values);
                a6 = MultiplyAdd<TValues>(eight.Row6 + j, lower, upper, a6, kept + 6 * Values);
                a7 = MultiplyAdd<TValues>(eight.Row7 + j, lower, upper, a7, kept + 7 * Values);
            }

            if (inPairs < values)
            {
                Prefetch.OfNextTile(ahead, RequestBytes / 2);
                ahead += RequestBytes / 2;
                var w = T.Load(weights + inPairs);
                a0 = T.MultiplyAdd(TValues.Rest(eight.Row0 + inPairs, kept), w, a0);
                a1 = T.MultiplyAdd(TValues.Rest(eight.Row1 + inPairs, kept + Lanes), w, a1);
                a2 = T.MultiplyAdd(TValues.Rest(eight.Row2 + inPairs, kept + 2 * Lanes), w, a2);
                a3 = T.MultiplyAdd(TValues.Rest(eight.Row3 + inPairs, kept + 3 * Lanes), w, a3);
                a4 = T.MultiplyAdd(TValues.Rest(eight.Row4 + inPairs, kept + 4 * Lanes), w, a4);
                a5 = T.MultiplyAdd(TValues.Rest(eight.Row5 + inPairs, kept + 5 * Lanes), w, a5);
                a6 = T.MultiplyAdd(TValues.Rest(eight.Row6 + inPairs, kept + 6 * Lanes), w, a6);
                a7 = T.MultiplyAdd(TValues.Rest(eight.Row7 + inPairs, kept + 7 * Lanes), w, a7);
                kept += GroupValues / 2;
            }

            var low = T.Sums(a0, a1, a2, a3) * ScaledHalves.Factor;
            var high = T.Sums(a4, a5, a6, a7) * ScaledHalves.Factor;
            EightRows.Store(low, high, add, logits + row);
        }

        return ahead;
    }

    /// <summary>sums + x w of a pair of registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T MultiplyAdd<TValues>(
        Half* x, T lower, T upper, T sums, float* kept)
        where TValues : struct, IValues
    {
        var (low, high) = TValues.First(x, kept);
        return T.MultiplyAdd(high, upper, T.MultiplyAdd(low, lower, sums));
    }

    /// <summary>How many of a row's values, or of a part's, go pair by pair.</summary>
    private static int InPairs(int values) => values % Values > 0 && values % Values <= Lanes ? values / Values * Values : values;

    /// <summary>The same, with what fills the last pair of registers up.</summary>
    private static int WholePairs(int stride) => (InPairs(stride) + Values - 1) / Values * Values;

    /// <summary>How a pair of registers, or the rest, come to be had twice.</summary>
    private interface IValues
    {
        /// <summary>For the first product.</summary>
        static abstract (T Lower, T Upper) First(Half* x, float* kept);

        /// <summary>For the second.</summary>
        static abstract (T Lower, T Upper) Again(Half* x, float* kept);

        /// <summary>The rest, for the first product.</summary>
        static abstract T Rest(Half* x, float* kept);

        /// <summary>For the second.</summary>
        static abstract T RestAgain(Half* x, float* kept);
    }

    private readonly struct ConvertedTwice : IValues
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (T Lower, T Upper) First(Half* x, float* kept) => PairedHalves<T>.Converted(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (T Lower, T Upper) Again(Half* x, float* kept) => PairedHalves<T>.Converted(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Rest(Half* x, float* kept) => T.LoadScaled(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T RestAgain(Half* x, float* kept) => T.LoadScaled(x);
    }

    private readonly struct Kept : IValues
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (T Lower, T Upper) First(Half* x, float* kept) => PairedHalves<T>.Converted(x, kept);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (T Lower, T Upper) Again(Half* x, float* kept) => PairedHalves<T>.Loaded(kept);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Rest(Half* x, float* kept)
        {
            var values = T.LoadScaled(x);
            values.Store(kept);
            return values;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T RestAgain(Half* x, float* kept) => T.Load(kept);
    }
}
