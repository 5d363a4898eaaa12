using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Host;

namespace GpuPerceptron.Engines.Simd;

/// <summary>
/// The fused pass over rows in float16 that fill one register of AVX-512, or more than half of it, sixteen rows at a time, pair by pair as
/// <see cref="PairedHalves512"/> has it. Weights and gradient, in the same order, stay in registers; each value is converted once.
/// </summary>
/// <remarks>
/// In each step a group's logits, the first part of the last one's losses, the second of the one before, and the gradient of the one before that: while
/// memory is waited for, there is always something to compute. With one product after the other over a tile of rows, which are converted twice, a
/// pass takes a tenth longer on Intel's.
/// <para>Floor: 34 to 64 bytes a row; some 14 operations a row of 16 lanes' width, of which conversion takes four, and the loss two.</para>
/// </remarks>
internal static unsafe class PairedRows512
{
    /// <summary>Rows at once, whose logits fill a register.</summary>
    public const int Group = 16;

    private const int Values = PairedHalves512.Values;

    /// <summary>Bytes that memory is asked for in advance: on Intel's of 1 to 13 KiB the best, more or less by 2 to 10 % of the pass.</summary>
    private const int Ahead = 11 << 9;

    /// <summary>Whether rows are that long.</summary>
    /// <param name="block">The rows' block.</param>
    public static bool Takes(SampleBlock block) => block.Storage == FeatureStorage.Float16 && block.Stride is > Values / 2 and <= Values;

    /// <summary>Adds the losses and gradient of rows, a multiple of <see cref="Group"/>, to <paramref name="sums"/>.</summary>
    /// <param name="block">The rows' block.</param>
    /// <param name="first">First row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="weights">w, times <see cref="ScaledHalves.Factor"/>, and zeros.</param>
    /// <param name="bias">b.</param>
    /// <param name="scratch">The thread's own memory.</param>
    /// <param name="sums">The sums so far.</param>
    public static void Pass<TLoss>(
        SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums)
        where TLoss : struct, IRowLoss
    {
        int stride = block.Stride;
        float* sampleWeights = block.SampleWeightPointer;
        for (int end = first + count, rows; first < end; first += rows)
        {
            rows = Math.Min(FusedRows.LongestShortFlush, end - first);
            var (losses, residuals) = Pass<TLoss>(
                block.HalfPointer + (nint)first * stride, rows, stride, block.LabelPointer + first,
                sampleWeights == null ? null : sampleWeights + first, weights, bias, scratch.Gradient);
            sums.Take<Simd512, Simd512>(ref losses, ref residuals, scratch.Gradient, ScaledHalves.Factor);
        }
    }

    [MethodImpl(FusedRows.Hot)]
    [SkipLocalsInit]
    private static (LossSums<Simd512> Losses, Simd512 Residuals) Pass<TLoss>(
        Half* x, int rows, nint stride, float* labels, float* sampleWeights, float* weights, float bias, float* gradient)
        where TLoss : struct, IRowLoss
    {
        Vector512<float> firstWeights = Vector512.Load(weights), secondWeights = Vector512.Load(weights + Values / 2);
        var lower = PairedHalves512.Lower(firstWeights, secondWeights);
        var upper = PairedHalves512.Upper(firstWeights, secondWeights);
        var b = Vector512.Create(bias / ScaledHalves.Factor);
        // The lower values' gradient, and the upper's, in four chains each.
        Vector512<float> g0 = default, g1 = default, g2 = default, g3 = default, h0 = default, h1 = default, h2 = default, h3 = default;
        Vector512<float> logits = default, residuals = default;
        var losses = default(LossSums<Simd512>);
        (Simd512 Sign, Simd512 Margins, Simd512 Odds) begun = default;
        float* memory = stackalloc float[3 * Group * Values + 2 * Group];
        float* r = (float*)(((nint)memory + Prefetch.LineBytes - 1) & -Prefetch.LineBytes);
        float* oldest = r + Group, older = oldest + Group * Values, newest = older + Group * Values;
        for (int row = 0; row < rows + 3 * Group; row += Group)
        {
            if (row >= 3 * Group)
            {
                for (int i = 0; i < Group; i += 4)
                {
                    float* values = oldest + i * Values;
                    PairedHalves512.AddScaled(PairedHalves512.Loaded(values), Vector512.Create(r[i]), ref g0, ref h0);
                    PairedHalves512.AddScaled(PairedHalves512.Loaded(values + Values), Vector512.Create(r[i + 1]), ref g1, ref h1);
                    PairedHalves512.AddScaled(PairedHalves512.Loaded(values + 2 * Values), Vector512.Create(r[i + 2]), ref g2, ref h2);
                    PairedHalves512.AddScaled(PairedHalves512.Loaded(values + 3 * Values), Vector512.Create(r[i + 3]), ref g3, ref h3);
                }
            }

            if (row >= 2 * Group && row < rows + 2 * Group)
            {
                var s = sampleWeights == null ? default : Simd512.Load(sampleWeights + row - 2 * Group);
                var residual = TileLosses.Residuals<TLoss, Simd512>(begun, sampleWeights != null, s, ref losses).Value;
                residual.Store(r);
                residuals += residual;
            }

            if (row >= Group && row < rows + Group)
                begun = TLoss.Begin(new Simd512(logits), Simd512.Load(labels + row - Group), ScaledHalves.Factor);

            if (row < rows)
            {
                Prefetch.PageAfterNext((byte*)x);
                Prefetch.LabelsAfterNextPage(labels, row);
                var p = QuarterSums(x, stride, lower, upper, oldest);
                var q = QuarterSums(x + 4 * stride, stride, lower, upper, oldest + 4 * Values);
                var pq = Simd512.SumsOfQuarters(p, q);
                p = QuarterSums(x + 8 * stride, stride, lower, upper, oldest + 8 * Values);
                q = QuarterSums(x + 12 * stride, stride, lower, upper, oldest + 12 * Values);
                logits = Simd512.SumsOfQuarters(pq, Simd512.SumsOfQuarters(p, q)) + b;
                x += Group * stride;
            }

            float* free = oldest;
            oldest = older;
            older = newest;
            newest = free;
        }

        Vector512<float> g = g0 + g1 + (g2 + g3), h = h0 + h1 + (h2 + h3);
        PairedHalves512.First(g, h).Store(gradient);
        PairedHalves512.Second(g, h).Store(gradient + Values / 2);
        return (losses, new(residuals * Vector512.Create(1 / ScaledHalves.Factor)));
    }

    /// <summary>Of four rows' products with w four sums each, in each quarter of a register one of every row; and their values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> QuarterSums(Half* x, nint stride, Vector512<float> lower, Vector512<float> upper, float* values) => Simd512.QuarterSums(
        Products(x, lower, upper, values), Products(x + stride, lower, upper, values + Values),
        Products(x + 2 * stride, lower, upper, values + 2 * Values), Products(x + 3 * stride, lower, upper, values + 3 * Values));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Products(Half* row, Vector512<float> lower, Vector512<float> upper, float* values)
    {
        Prefetch.Bytes((byte*)row + Ahead, Prefetch.LineBytes); // row by row, so that the requests come evenly
        var (low, high) = PairedHalves512.Converted(row, values);
        return Vector512.MultiplyAddEstimate(low, lower, high * upper);
    }
}
