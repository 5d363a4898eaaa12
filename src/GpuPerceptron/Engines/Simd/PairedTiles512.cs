using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Engines.Host;

namespace GpuPerceptron.Engines.Simd;

/// <summary>
/// The two products of a tile of rows in float16 that fill more than one register of AVX-512, eight rows at once, pair by pair as
/// <see cref="PairedHalves512"/> has it; weights and gradient lie in memory in the same order: of each 32 the even ones, then the odd ones.
/// </summary>
/// <remarks>
/// Two operations convert a register, in place of three by halves of one: 2 to 8 % of the pass on Intel's. A row's last pairs may reach into the next
/// row, or into the zeros that end a block; there the weights are 0, and nobody reads g.
/// </remarks>
internal static unsafe class PairedTiles512
{
    /// <summary>Values at once, whose weights and gradients fill two registers.</summary>
    public const int Values = 32;

    private const int Group = FusedRows.Group;
    private const int RequestBytes = Group * Values * sizeof(ushort) / 2; // each product asks for half of what it reads
    private const int PartValues = 2048; // long sums lose digits: a lane adds up to 128 values, and what they make is added up

    /// <summary>Whether rows are that long.</summary>
    /// <param name="stride">Values a row.</param>
    public static bool Takes(int stride) => stride > Values;

    /// <summary>Puts weights in pairs' order.</summary>
    /// <param name="weights">w, as long as <see cref="PassScratch"/> has it; what is after the row's whole registers does not matter.</param>
    /// <param name="stride">Values a row.</param>
    public static void Part(float* weights, int stride)
    {
        ClearRest(weights, stride);
        for (int j = 0; j < stride; j += Values)
        {
            Vector512<float> first = Vector512.Load(weights + j), second = Vector512.Load(weights + j + 16);
            PairedHalves512.Lower(first, second).Store(weights + j);
            PairedHalves512.Upper(first, second).Store(weights + j + 16);
        }
    }

    /// <summary>Puts a gradient in the order of columns; after the row's whole registers it is 0.</summary>
    /// <param name="gradient">g, as long as <see cref="PassScratch"/> has it.</param>
    /// <param name="stride">Values a row.</param>
    public static void Join(float* gradient, int stride)
    {
        for (int j = 0; j < stride; j += Values)
        {
            Vector512<float> lower = Vector512.Load(gradient + j), upper = Vector512.Load(gradient + j + 16);
            PairedHalves512.First(lower, upper).Store(gradient + j);
            PairedHalves512.Second(lower, upper).Store(gradient + j + 16);
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
    /// <param name="requests">How.</param>
    public static void Logits(Half* x, int rows, int stride, float* weights, float* logits, byte* ahead, Requests requests)
    {
        for (int first = 0; first < stride; first += PartValues)
        {
            int values = Math.Min(PartValues, stride - first);
            ahead = PartLogits(x + first, rows, stride, values, weights + first, logits, first > 0, ahead, requests);
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
    [MethodImpl(FusedRows.Hot)]
    public static void AddToGradient(Half* x, float* residuals, int rows, int stride, float* gradient, byte* ahead, Requests requests)
    {
        for (int row = 0; row < rows; row += Group, x += Group * stride)
        {
            var eight = new EightRows<Half>(x, rows - row, stride);
            Vector512<float> r0 = Vector512.Create(residuals[row]), r1 = Vector512.Create(residuals[row + 1]);
            Vector512<float> r2 = Vector512.Create(residuals[row + 2]), r3 = Vector512.Create(residuals[row + 3]);
            Vector512<float> r4 = Vector512.Create(residuals[row + 4]), r5 = Vector512.Create(residuals[row + 5]);
            Vector512<float> r6 = Vector512.Create(residuals[row + 6]), r7 = Vector512.Create(residuals[row + 7]);
            for (nint j = 0; j < stride; j += Values, ahead += RequestBytes)
            {
                requests.Ask(ahead, RequestBytes);
                Vector512<float> lower = Vector512.Load(gradient + j), upper = Vector512.Load(gradient + j + 16);
                Vector512<float> lower2 = default, upper2 = default;
                PairedHalves512.AddTo(eight.Row0 + j, r0, ref lower, ref upper);
                PairedHalves512.AddTo(eight.Row1 + j, r1, ref lower2, ref upper2);
                PairedHalves512.AddTo(eight.Row2 + j, r2, ref lower, ref upper);
                PairedHalves512.AddTo(eight.Row3 + j, r3, ref lower2, ref upper2);
                PairedHalves512.AddTo(eight.Row4 + j, r4, ref lower, ref upper);
                PairedHalves512.AddTo(eight.Row5 + j, r5, ref lower2, ref upper2);
                PairedHalves512.AddTo(eight.Row6 + j, r6, ref lower, ref upper);
                PairedHalves512.AddTo(eight.Row7 + j, r7, ref lower2, ref upper2);
                (lower + lower2).Store(gradient + j);
                (upper + upper2).Store(gradient + j + 16);
            }
        }
    }

    /// <summary>The same of a part of each row as <see cref="Logits"/>.</summary>
    /// <returns>The memory to ask for next.</returns>
    [MethodImpl(FusedRows.Hot)]
    private static byte* PartLogits(
        Half* x, int rows, int stride, int values, float* weights, float* logits, bool add, byte* ahead, Requests requests)
    {
        for (int row = 0; row < rows; row += Group, x += Group * stride)
        {
            var eight = new EightRows<Half>(x, rows - row, stride);
            Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
            Vector512<float> a4 = default, a5 = default, a6 = default, a7 = default;
            for (nint j = 0; j < values; j += Values, ahead += RequestBytes)
            {
                requests.Ask(ahead, RequestBytes);
                Vector512<float> lower = Vector512.Load(weights + j), upper = Vector512.Load(weights + j + 16);
                a0 = PairedHalves512.MultiplyAdd(eight.Row0 + j, lower, upper, a0);
                a1 = PairedHalves512.MultiplyAdd(eight.Row1 + j, lower, upper, a1);
                a2 = PairedHalves512.MultiplyAdd(eight.Row2 + j, lower, upper, a2);
                a3 = PairedHalves512.MultiplyAdd(eight.Row3 + j, lower, upper, a3);
                a4 = PairedHalves512.MultiplyAdd(eight.Row4 + j, lower, upper, a4);
                a5 = PairedHalves512.MultiplyAdd(eight.Row5 + j, lower, upper, a5);
                a6 = PairedHalves512.MultiplyAdd(eight.Row6 + j, lower, upper, a6);
                a7 = PairedHalves512.MultiplyAdd(eight.Row7 + j, lower, upper, a7);
            }

            var low = Simd512.Sums(new(a0), new(a1), new(a2), new(a3)) * ScaledHalves.Factor;
            var high = Simd512.Sums(new(a4), new(a5), new(a6), new(a7)) * ScaledHalves.Factor;
            EightRows.Store(low, high, add, logits + row);
        }

        return ahead;
    }

    /// <summary>What fills whole registers up to <see cref="Values"/>.</summary>
    private static void ClearRest(float* values, int stride)
    {
        int padded = FusedRows.PaddedStride(stride);
        if (padded % Values != 0) Vector512<float>.Zero.Store(values + padded);
    }
}
