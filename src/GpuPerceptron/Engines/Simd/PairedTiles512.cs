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
/// kept for the second as long as it leaves room in the nearest cache, which gains another 2 to 4 % (of rows from 500 values on, nothing). Up to sixteen
/// values that a row has after its last 32 are taken in the order of columns. A row's last register may reach into the next row, or into the zeros that
/// end a block; there the weights are 0, and nobody reads g.
/// </remarks>
internal static unsafe class PairedTiles512
{
    private const int Values = PairedHalves512.Values;
    private const int Lanes = Values / 2;
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
    /// <param name="weights">w, and zeros up to whole registers.</param>
    /// <param name="stride">Values a row.</param>
    public static void Part(float* weights, int stride)
    {
        for (int j = 0; j < InPairs(stride); j += Values)
        {
            Vector512<float> first = Vector512.Load(weights + j), second = Vector512.Load(weights + j + Lanes);
            PairedHalves512.Lower(first, second).Store(weights + j);
            PairedHalves512.Upper(first, second).Store(weights + j + Lanes);
        }
    }

    /// <summary>Puts a gradient in the order of columns.</summary>
    /// <param name="gradient">g, in whole registers.</param>
    /// <param name="stride">Values a row.</param>
    public static void Join(float* gradient, int stride)
    {
        for (int j = 0; j < InPairs(stride); j += Values)
        {
            Vector512<float> lower = Vector512.Load(gradient + j), upper = Vector512.Load(gradient + j + Lanes);
            PairedHalves512.First(lower, upper).Store(gradient + j);
            PairedHalves512.Second(lower, upper).Store(gradient + j + Lanes);
        }
    }

    /// <summary>v without the bias.</summary>
    /// <param name="x">The first row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="stride">Values a row.</param>
    /// <param name="weights">w, times <see cref="ScaledHalves.Factor"/>, in pairs' order.</param>
    /// <param name="logits">Where v goes.</param>
    /// <param name="ahead">Memory to ask for in the meantime.</param>
    /// <param name="requests">How.</param>
    /// <param name="kept">Where X goes, where it is kept; else null.</param>
    public static void Logits(Half* x, int rows, int stride, float* weights, float* logits, byte* ahead, Requests requests, float* kept)
    {
        if (kept != null)
        {
            PartLogits<Kept>(x, rows, stride, stride, weights, logits, add: false, ahead, requests, kept);
            return;
        }

        for (int first = 0; first < stride; first += PartValues)
        {
            int values = Math.Min(PartValues, stride - first);
            ahead = PartLogits<ConvertedTwice>(x + first, rows, stride, values, weights + first, logits, first > 0, ahead, requests, null);
        }
    }

    /// <summary>g += rᵀX.</summary>
    /// <param name="x">The first row.</param>
    /// <param name="residuals">r, times <see cref="ScaledHalves.Factor"/>; 0 where a group of eight has no more rows.</param>
    /// <param name="rows">How many.</param>
    /// <param name="stride">Values a row.</param>
    /// <param name="gradient">g, divided by the same, in pairs' order.</param>
    /// <param name="ahead">Memory to ask for in the meantime.</param>
    /// <param name="requests">How.</param>
    /// <param name="kept">X, where it was kept; else null.</param>
    public static void AddToGradient(
        Half* x, float* residuals, int rows, int stride, float* gradient, byte* ahead, Requests requests, float* kept)
    {
        if (kept != null)
            AddToGradient<Kept>(x, residuals, rows, stride, gradient, ahead, requests, kept);
        else
            AddToGradient<ConvertedTwice>(x, residuals, rows, stride, gradient, ahead, requests, null);
    }

    [MethodImpl(FusedRows.Hot)]
    private static void AddToGradient<TValues>(
        Half* x, float* residuals, int rows, int stride, float* gradient, byte* ahead, Requests requests, float* kept)
        where TValues : struct, IValues
    {
        int inPairs = InPairs(stride);
        for (int row = 0; row < rows; row += Group, x += Group * stride)
        {
            var eight = new EightRows<Half>(x, rows - row, stride);
            Vector512<float> r0 = Vector512.Create(residuals[row]), r1 = Vector512.Create(residuals[row + 1]);
            Vector512<float> r2 = Vector512.Create(residuals[row + 2]), r3 = Vector512.Create(residuals[row + 3]);
            Vector512<float> r4 = Vector512.Create(residuals[row + 4]), r5 = Vector512.Create(residuals[row + 5]);
            Vector512<float> r6 = Vector512.Create(residuals[row + 6]), r7 = Vector512.Create(residuals[row + 7]);
            for (nint j = 0; j < inPairs; j += Values, kept += GroupValues, ahead += RequestBytes)
            {
                requests.Ask(ahead, RequestBytes);
                Vector512<float> lower = Vector512.Load(gradient + j), upper = Vector512.Load(gradient + j + Lanes);
                Vector512<float> lower2 = default, upper2 = default;
                PairedHalves512.AddScaled(TValues.Again(eight.Row0 + j, kept), r0, ref lower, ref upper);
                PairedHalves512.AddScaled(TValues.Again(eight.Row1 + j, kept + Values), r1, ref lower2, ref upper2);
                PairedHalves512.AddScaled(TValues.Again(eight.Row2 + j, kept + 2 * Values), r2, ref lower, ref upper);
                PairedHalves512.AddScaled(TValues.Again(eight.Row3 + j, kept + 3 * Values), r3, ref lower2, ref upper2);
                PairedHalves512.AddScaled(TValues.Again(eight.Row4 + j, kept + 4 * Values), r4, ref lower, ref upper);
                PairedHalves512.AddScaled(TValues.Again(eight.Row5 + j, kept + 5 * Values), r5, ref lower2, ref upper2);
                PairedHalves512.AddScaled(TValues.Again(eight.Row6 + j, kept + 6 * Values), r6, ref lower, ref upper);
                PairedHalves512.AddScaled(TValues.Again(eight.Row7 + j, kept + 7 * Values), r7, ref lower2, ref upper2);
                (lower + lower2).Store(gradient + j);
                (upper + upper2).Store(gradient + j + Lanes);
            }

            if (inPairs == stride) continue;
            requests.Ask(ahead, RequestBytes / 2);
            ahead += RequestBytes / 2;
            var even = Vector512.MultiplyAddEstimate(TValues.RestAgain(eight.Row0 + inPairs, kept), r0, Vector512.Load(gradient + inPairs));
            var odd = TValues.RestAgain(eight.Row1 + inPairs, kept + Lanes) * r1;
            even = Vector512.MultiplyAddEstimate(TValues.RestAgain(eight.Row2 + inPairs, kept + 2 * Lanes), r2, even);
            odd = Vector512.MultiplyAddEstimate(TValues.RestAgain(eight.Row3 + inPairs, kept + 3 * Lanes), r3, odd);
            even = Vector512.MultiplyAddEstimate(TValues.RestAgain(eight.Row4 + inPairs, kept + 4 * Lanes), r4, even);
            odd = Vector512.MultiplyAddEstimate(TValues.RestAgain(eight.Row5 + inPairs, kept + 5 * Lanes), r5, odd);
            even = Vector512.MultiplyAddEstimate(TValues.RestAgain(eight.Row6 + inPairs, kept + 6 * Lanes), r6, even);
            odd = Vector512.MultiplyAddEstimate(TValues.RestAgain(eight.Row7 + inPairs, kept + 7 * Lanes), r7, odd);
            (even + odd).Store(gradient + inPairs);
            kept += GroupValues / 2;
        }
    }

    /// <summary>The logits of a part of each row.</summary>
    /// <returns>The memory to ask for next.</returns>
    [MethodImpl(FusedRows.Hot)]
    private static byte* PartLogits<TValues>(
        Half* x, int rows, int stride, int values, float* weights, float* logits, bool add, byte* ahead, Requests requests, float* kept)
        where TValues : struct, IValues
    {
        int inPairs = InPairs(values);
        for (int row = 0; row < rows; row += Group, x += Group * stride)
        {
            var eight = new EightRows<Half>(x, rows - row, stride);
            Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
            Vector512<float> a4 = default, a5 = default, a6 = default, a7 = default;
            for (nint j = 0; j < inPairs; j += Values, kept += GroupValues, ahead += RequestBytes)
            {
                requests.Ask(ahead, RequestBytes);
                Vector512<float> lower = Vector512.Load(weights + j), upper = Vector512.Load(weights + j + Lanes);
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
                requests.Ask(ahead, RequestBytes / 2);
                ahead += RequestBytes / 2;
                var w = Vector512.Load(weights + inPairs);
                a0 = Vector512.MultiplyAddEstimate(TValues.Rest(eight.Row0 + inPairs, kept), w, a0);
                a1 = Vector512.MultiplyAddEstimate(TValues.Rest(eight.Row1 + inPairs, kept + Lanes), w, a1);
                a2 = Vector512.MultiplyAddEstimate(TValues.Rest(eight.Row2 + inPairs, kept + 2 * Lanes), w, a2);
                a3 = Vector512.MultiplyAddEstimate(TValues.Rest(eight.Row3 + inPairs, kept + 3 * Lanes), w, a3);
                a4 = Vector512.MultiplyAddEstimate(TValues.Rest(eight.Row4 + inPairs, kept + 4 * Lanes), w, a4);
                a5 = Vector512.MultiplyAddEstimate(TValues.Rest(eight.Row5 + inPairs, kept + 5 * Lanes), w, a5);
                a6 = Vector512.MultiplyAddEstimate(TValues.Rest(eight.Row6 + inPairs, kept + 6 * Lanes), w, a6);
                a7 = Vector512.MultiplyAddEstimate(TValues.Rest(eight.Row7 + inPairs, kept + 7 * Lanes), w, a7);
                kept += GroupValues / 2;
            }

            var low = Simd512.Sums(new(a0), new(a1), new(a2), new(a3)) * ScaledHalves.Factor;
            var high = Simd512.Sums(new(a4), new(a5), new(a6), new(a7)) * ScaledHalves.Factor;
            EightRows.Store(low, high, add, logits + row);
        }

        return ahead;
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

    /// <summary>How many of a row's values, or of a part's, go pair by pair.</summary>
    private static int InPairs(int values) => values % Values is > 0 and <= Lanes ? values / Values * Values : values;

    /// <summary>How 32 values, or the rest, come to be had twice.</summary>
    private interface IValues
    {
        /// <summary>For the first product.</summary>
        static abstract (Vector512<float> Lower, Vector512<float> Upper) First(Half* x, float* kept);

        /// <summary>For the second.</summary>
        static abstract (Vector512<float> Lower, Vector512<float> Upper) Again(Half* x, float* kept);

        /// <summary>The rest, for the first product.</summary>
        static abstract Vector512<float> Rest(Half* x, float* kept);

        /// <summary>For the second.</summary>
        static abstract Vector512<float> RestAgain(Half* x, float* kept);
    }

    private readonly struct ConvertedTwice : IValues
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<float> Lower, Vector512<float> Upper) First(Half* x, float* kept) => PairedHalves512.Converted(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<float> Lower, Vector512<float> Upper) Again(Half* x, float* kept) => PairedHalves512.Converted(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Rest(Half* x, float* kept) => Simd512.LoadScaled(x).Value;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> RestAgain(Half* x, float* kept) => Simd512.LoadScaled(x).Value;
    }

    private readonly struct Kept : IValues
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<float> Lower, Vector512<float> Upper) First(Half* x, float* kept) => PairedHalves512.Converted(x, kept);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<float> Lower, Vector512<float> Upper) Again(Half* x, float* kept) => PairedHalves512.Loaded(kept);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Rest(Half* x, float* kept)
        {
            var values = Simd512.LoadScaled(x);
            values.Store(kept);
            return values.Value;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> RestAgain(Half* x, float* kept) => Vector512.Load(kept);
    }
}
