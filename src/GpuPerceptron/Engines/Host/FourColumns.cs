using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>
/// The fused pass over rows of up to four values in float32, each in the place of four, as many at a time as a register has lanes, which stay in registers from the row to the
/// gradient: a register holds a row in each four lanes, and four of them give one of logits.
/// </summary>
/// <remarks>
/// Floor: 16 bytes a row; with sixteen lanes some 70 operations for sixteen rows, of which the loss takes two thirds, so that at 3.4 GHz two
/// threads read 40 to 60 GB/s.
/// </remarks>
internal static unsafe class FourColumns
{
    /// <summary>Values a row.</summary>
    public const int Stride = 4;

    private const int Ahead = 8 << 10; // that memory is asked for in advance
    private const int LossesALane = FusedRows.ShortFlushRows / FusedRows.MaximumLanes; // that are added up in float32

    /// <summary>Whether these are the rows.</summary>
    /// <param name="block">Their block.</param>
    public static bool Takes(SampleBlock block) => block.Stride == Stride && block.Storage == FeatureStorage.Float32;

    /// <summary>Adds the losses and gradient of rows to <paramref name="sums"/>.</summary>
    /// <param name="block">The rows' block.</param>
    /// <param name="first">First row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="weights">w.</param>
    /// <param name="bias">b.</param>
    /// <param name="scratch">The thread's own memory.</param>
    /// <param name="sums">The sums so far.</param>
    /// <returns>The rows that are done, a multiple of the lanes.</returns>
    public static int Pass<T, TLoss>(
        SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums)
        where T : struct, ISimd<T>
        where TLoss : struct, IRowLoss
    {
        count -= count % T.Count;
        float* sampleWeights = block.SampleWeightPointer;
        for (int done = 0, rows; done < count; done += rows)
        {
            rows = Math.Min(LossesALane * T.Count, count - done);
            int row = first + done;
            var (losses, residuals) = Pass<T, TLoss>(
                block.FeaturePointer + (nint)row * Stride, rows, block.LabelPointer + row, sampleWeights == null ? null : sampleWeights + row,
                weights, bias, scratch.Gradient);
            sums.Take<T, T>(ref losses, ref residuals, scratch.Gradient);
        }

        return count;
    }

    [MethodImpl(FusedRows.Hot)]
    private static (LossSums<T> Losses, T Residuals) Pass<T, TLoss>(
        float* x, int rows, byte* labels, float* sampleWeights, float* weights, float bias, float* gradient)
        where T : struct, ISimd<T>
        where TLoss : struct, IRowLoss
    {
        var w = T.InFours(weights);
        T even = T.Create(0f), odd = even, residuals = even;
        var losses = default(LossSums<T>);
        for (int row = 0; row < rows; row += T.Count, x += Stride * T.Count)
        {
            if (T.Count == FusedRows.MaximumLanes || Processor.HasLargeCache)
            {
                Prefetch.Bytes((byte*)x + Ahead, Stride * T.Count * sizeof(float));
                Prefetch.PageAfterNext((byte*)x);
                Prefetch.LabelsAfterNextPage(labels, row);
            }

            T a = T.Load(x), b = T.Load(x + T.Count), c = T.Load(x + 2 * T.Count), d = T.Load(x + 3 * T.Count);
            var logits = T.SumsInFours(a * w, b * w, c * w, d * w) + T.Create(bias);
            var residual = TileLosses.Residuals<TLoss, T>(
                logits, T.LoadBytesTurned(labels + row), sampleWeights != null, sampleWeights == null ? default : T.LoadTurned(sampleWeights + row), ref losses);
            residuals += residual;
            even = T.MultiplyAdd(a, T.SpreadInFours(residual, 0), even);
            odd = T.MultiplyAdd(b, T.SpreadInFours(residual, 1), odd);
            even = T.MultiplyAdd(c, T.SpreadInFours(residual, 2), even);
            odd = T.MultiplyAdd(d, T.SpreadInFours(residual, 3), odd);
        }

        T.SumOfFours(even + odd).Store(gradient);
        return (losses, residuals);
    }
}
