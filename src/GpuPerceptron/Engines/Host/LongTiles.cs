using System.Numerics;
using System.Runtime.CompilerServices;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>
/// The fused pass over rows so long that their second use is from the second-level cache whatever is done: tiles that fill a part of it, read four rows at
/// once for their logits, then added to the gradient four rows at once, the last first: of those the last values are in the nearest cache still.
/// </summary>
/// <remarks>
/// Floor: the first use at memory's speed and the second at the cache's (some 150 GB/s a core on Zen 5, measured), for memory all but rests
/// meanwhile. It was asked in many ways all along, which gained 1 to 3 % at most: a core waits for few lines at a time. What does gain is to ask for the next rows'
/// beginnings just before they are read, and to leave all else to the processor, which follows four rows by itself: one after the other, with a request for the
/// page after the next at each step, they took 3 to 8 % longer, rows of 8,192 values 15 %. To use both at once, as <see cref="RowPipeline"/> does, is slower.
/// </remarks>
internal static unsafe class LongTiles
{
    private const int ShortestRow = 1696;     // values
    private const int TileBytes = 128 << 10;  // an eighth of Zen 5's second-level cache
    private const int LinesAsked = 16;        // of each of the next rows
    private const int ValuesAnAsk = 128;      // that are added between one such line and the next
    private const int Rows = 4;               // at once

    /// <summary>Whether such rows are faster through here than otherwise, as measured on Zen 5.</summary>
    /// <param name="stride">Values a row.</param>
    /// <param name="kind"><see cref="Processor.Kind"/>.</param>
    public static bool Takes<TValue>(int stride, ProcessorKind kind) =>
        kind == ProcessorKind.LargeCache && typeof(TValue) == typeof(float) && stride > ShortestRow;

    /// <inheritdoc cref="FusedRows.Pass"/>
    /// <returns>The rows of whole groups, which are done.</returns>
    public static int Pass<T, TLoss, TLanes>(
        float* features, SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums)
        where T : struct, ISimd<T>
        where TLoss : struct, IRowLoss
        where TLanes : struct, ILanes<TLanes>
    {
        int stride = block.Stride;
        // A power of two, so that sums end every flushRows.
        int tileRows = 1 << BitOperations.Log2((uint)Math.Clamp(TileBytes / block.RowBytes, Rows, FusedRows.MaximumTileRows));
        int flushRows = FusedRows.FlushRows(block.RowBytes);
        count -= count % Rows;
        byte* labels = block.LabelPointer;
        float* sampleWeights = block.SampleWeightPointer;
        var losses = default(LossSums<TLanes>);
        var residuals = TLanes.Create(0f);
        int unflushed = 0;
        for (int done = 0, rows; done < count; done += rows)
        {
            int row = first + done;
            rows = Math.Min(tileRows, count - done);
            float* x = features + (nint)row * stride;
            for (int group = 0; group < rows; group += Rows)
                QuadTiles.Logits<T, Count0>(x + group * (nint)stride, stride, weights, scratch.Logits + group, null);
            TileLosses.Add<TLoss, TLanes>(
                labels + row, sampleWeights == null ? null : sampleWeights + row, rows, bias, 1f, scratch.Logits, null, ref losses, ref residuals);
            AddToGradient<T>(x, rows, stride, scratch.Logits, scratch.Gradient, (byte*)(x + rows * (nint)stride));
            unflushed += rows;
            if (unflushed < flushRows && done + rows < count) continue;
            unflushed = 0;
            sums.Take<T, TLanes>(ref losses, ref residuals, scratch.Gradient);
        }

        return count;
    }

    /// <summary>g += rᵀX, the last rows first, and of those the last values: they are in the nearest cache still. What comes next need not exist.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddToGradient<T>(float* x, int rows, nint stride, float* residuals, float* gradient, byte* next)
        where T : struct, ISimd<T>
    {
        int row = rows - Rows;
        if (row > 0)
        {
            QuadTiles.AddToGradient<T, Count0>(x + row * stride, stride, residuals + row, gradient, null);
            for (row -= Rows; row > 0; row -= Rows)
                AddFour<T>(x + row * stride, stride, residuals + row, gradient, 0, stride);
        }

        // Before the end the next rows' beginnings are asked for, so that memory is at work when they are read.
        nint first = Math.Max(0, stride - LinesAsked * ValuesAnAsk), rowBytes = stride * sizeof(float);
        AddFour<T>(x, stride, residuals, gradient, 0, first);
        for (; first < stride; first += ValuesAnAsk, next += Prefetch.LineBytes)
        {
            for (int i = 0; i < Rows; i++)
                Prefetch.Bytes(next + i * rowBytes, Prefetch.LineBytes);
            AddFour<T>(x, stride, residuals, gradient, first, Math.Min(stride, first + ValuesAnAsk));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddFour<T>(float* x, nint stride, float* residuals, float* gradient, nint first, nint end)
        where T : struct, ISimd<T>
    {
        T r0 = T.Create(residuals[0]), r1 = T.Create(residuals[1]), r2 = T.Create(residuals[2]), r3 = T.Create(residuals[3]);
        for (nint j = first; j < end; j += T.Count)
            (T.Load(gradient + j) + FewRegisters.FourRows(x + j, stride, r0, r1, r2, r3)).Store(gradient + j);
    }
}
