using System.Runtime.CompilerServices;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>
/// The fused pass by tiles: the logits of eight rows at once, the tile's losses, then the gradient, eight rows at once again; rows of any
/// length and number, in float32 or float16, and those whose Hessian is wanted.
/// </summary>
/// <remarks>
/// Memory must not rest while a tile is computed on: during a tile the next one is asked for, its first half while v is computed, its second while g
/// is, so that the requests come evenly. On Intel's processors long rows in float16 go through <see cref="PairedTiles{T}"/>, which was not
/// measured elsewhere.
/// </remarks>
internal static unsafe class RowTiles<T>
    where T : struct, ISimd<T>
{
    private const int Group = FusedRows.Group;
    private const int LeastAhead = 8 << 10; // bytes, of short tiles: memory takes its time
    private const int LeastAheadOfHalves = 16 << 10; // measured on Zen 5: a tenth to a fifth of the pass over 48 to 784 of them; 12 or 24 KiB are no better
    private const int BeyondTileOfPairs = 4 << 10; // measured on Intel's: of 1 to 12 KiB none better

    /// <inheritdoc cref="FusedRows.Pass"/>
    /// <remarks>Of rows in float16 the weights are the scratch's own, and may be put in another order.</remarks>
    public static void Pass<TValue, TLoss, TLanes>(
        TValue* features, SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums,
        HessianTile<T>? hessian, ProcessorKind kind)
        where TValue : unmanaged
        where TLoss : struct, IRowLoss
        where TLanes : struct, ILanes<TLanes>
    {
        int stride = block.Stride;
        int tileRows = FusedRows.TileRows(block.RowBytes), flushRows = FusedRows.FlushRows(block.RowBytes);
        int leastAhead = kind == ProcessorKind.LargeCache && typeof(TValue) == typeof(Half) ? LeastAheadOfHalves : LeastAhead;
        bool byPairs = typeof(TValue) == typeof(Half) && hessian is null && kind == ProcessorKind.Intel && PairedTiles<T>.Takes(stride);
        if (byPairs) PairedTiles<T>.Part(weights, stride);
        float* kept = byPairs && PairedTiles.Keeps(stride) ? scratch.Values : null;
        int distance = byPairs ? tileRows * block.RowBytes + BeyondTileOfPairs : Math.Max(tileRows * block.RowBytes, leastAhead);
        byte* labels = block.LabelPointer;
        float* sampleWeights = block.SampleWeightPointer;
        float scale = hessian is null ? StoredValues<T>.Scale<TValue>() : 1f; // of r, for g: a Hessian's tile converts each value
        var losses = default(LossSums<TLanes>);
        var residuals = TLanes.Create(0f);
        int unflushed = 0;
        for (int done = 0; done < count; done += tileRows)
        {
            int row = first + done;
            int rows = Math.Min(tileRows, count - done);
            TValue* x = features + (nint)row * stride;
            byte* ahead = (byte*)x + distance;
            if (byPairs)
                PairedTiles<T>.Logits((Half*)x, rows, stride, weights, scratch.Logits, ahead, kept);
            else
                Logits(x, rows, stride, weights, scratch.Logits, ahead);
            TileLosses.Add<TLoss, TLanes>(
                labels + row, sampleWeights == null ? null : sampleWeights + row, rows, bias, scale, scratch.Logits,
                hessian is null ? null : hessian.Curvatures, ref losses, ref residuals);
            ahead += rows * block.RowBytes / 2;
            if (hessian is not null)
                hessian.Take(x, done, rows, stride, scratch.Logits, scratch.Gradient);
            else if (byPairs)
                PairedTiles<T>.AddToGradient((Half*)x, scratch.Logits, rows, stride, scratch.Gradient, ahead, kept);
            else
                AddToGradient(x, scratch.Logits, rows, stride, scratch.Gradient, ahead);

            unflushed += rows;
            if (unflushed < flushRows && done + tileRows < count) continue;
            unflushed = 0;
            if (byPairs) PairedTiles<T>.Join(scratch.Gradient, stride);
            sums.Take<T, TLanes>(ref losses, ref residuals, scratch.Gradient, scale);
        }
    }

    /// <summary>v without the bias.</summary>
    public static void Logits<TValue>(TValue* x, int rows, int stride, float* weights, float* logits, byte* ahead)
        where TValue : unmanaged
    {
        // Long sums lose digits: a lane adds up to 128 values, in narrower registers fewer, and what they make is added up.
        int part = 8 * T.Count * T.Count;
        for (int first = 0; first < stride; first += part)
        {
            int values = Math.Min(part, stride - first);
            ahead = PartLogitsOfEight(x + first, rows, stride, values, weights + first, logits, first > 0, ahead);
        }
    }

    /// <summary>The same, eight rows at a time, of a part of each row.</summary>
    /// <returns>The memory to ask for next.</returns>
    [MethodImpl(FusedRows.Hot)]
    private static byte* PartLogitsOfEight<TValue>(
        TValue* x, int rows, int stride, int values, float* weights, float* logits, bool add, byte* ahead)
        where TValue : unmanaged
    {
        for (int row = 0; row < rows; row += Group, x += Group * stride)
        {
            var eight = new EightRows<TValue>(x, rows - row, stride);

            T a0 = T.Create(0f), a1 = T.Create(0f), a2 = T.Create(0f), a3 = T.Create(0f);
            T a4 = T.Create(0f), a5 = T.Create(0f), a6 = T.Create(0f), a7 = T.Create(0f);
            for (int j = 0; j < values; j += T.Count)
            {
                Prefetch.OfNextTile(ahead, StepBytes<TValue>());
                ahead += StepBytes<TValue>();
                var w = T.Load(weights + j);
                a0 = StoredValues<T>.MultiplyAdd(eight.Row0 + j, w, a0);
                a1 = StoredValues<T>.MultiplyAdd(eight.Row1 + j, w, a1);
                a2 = StoredValues<T>.MultiplyAdd(eight.Row2 + j, w, a2);
                a3 = StoredValues<T>.MultiplyAdd(eight.Row3 + j, w, a3);
                a4 = StoredValues<T>.MultiplyAdd(eight.Row4 + j, w, a4);
                a5 = StoredValues<T>.MultiplyAdd(eight.Row5 + j, w, a5);
                a6 = StoredValues<T>.MultiplyAdd(eight.Row6 + j, w, a6);
                a7 = StoredValues<T>.MultiplyAdd(eight.Row7 + j, w, a7);
            }

            var low = T.Sums(a0, a1, a2, a3);
            var high = T.Sums(a4, a5, a6, a7);
            if (typeof(TValue) == typeof(Half))
            {
                low *= ScaledHalves.Factor;
                high *= ScaledHalves.Factor;
            }

            EightRows.Store(low, high, add, logits + row);
        }

        return ahead;
    }

    /// <summary>g += rᵀX, eight rows at a time.</summary>
    [MethodImpl(FusedRows.Hot)]
    public static void AddToGradient<TValue>(
        TValue* x, float* residuals, int rows, int stride, float* gradient, byte* ahead)
        where TValue : unmanaged
    {
        for (int row = 0; row < rows; row += Group, x += Group * stride)
        {
            var eight = new EightRows<TValue>(x, rows - row, stride);

            T r0 = T.Create(residuals[row]), r1 = T.Create(residuals[row + 1]);
            T r2 = T.Create(residuals[row + 2]), r3 = T.Create(residuals[row + 3]);
            T r4 = T.Create(residuals[row + 4]), r5 = T.Create(residuals[row + 5]);
            T r6 = T.Create(residuals[row + 6]), r7 = T.Create(residuals[row + 7]);
            for (int j = 0; j < stride; j += T.Count)
            {
                Prefetch.OfNextTile(ahead, StepBytes<TValue>());
                ahead += StepBytes<TValue>();
                // g comes last, so that the next rows wait for one addition and not for all.
                var even = StoredValues<T>.LoadScaled(eight.Row0 + j) * r0;
                var odd = StoredValues<T>.LoadScaled(eight.Row1 + j) * r1;
                even = StoredValues<T>.MultiplyAdd(eight.Row2 + j, r2, even);
                odd = StoredValues<T>.MultiplyAdd(eight.Row3 + j, r3, odd);
                even = StoredValues<T>.MultiplyAdd(eight.Row4 + j, r4, even);
                odd = StoredValues<T>.MultiplyAdd(eight.Row5 + j, r5, odd);
                even = StoredValues<T>.MultiplyAdd(eight.Row6 + j, r6, even);
                odd = StoredValues<T>.MultiplyAdd(eight.Row7 + j, r7, odd);
                (T.Load(gradient + j) + (even + odd)).Store(gradient + j);
            }
        }
    }

    /// <summary>What a step of eight rows asks for: half of what it reads, so that both products together ask for all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int StepBytes<TValue>()
        where TValue : unmanaged => T.Count * Group / 2 * sizeof(TValue);
}
