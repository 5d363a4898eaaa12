using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>
/// The fused pass over a run of rows, on one thread. Rows go in tiles small enough to stay in the nearest cache, so that
/// the second use of a row, for the gradient, does not reach memory.
/// </summary>
internal abstract unsafe class FusedRows
{
    /// <summary>Rows in a tile at most.</summary>
    public const int MaximumTileRows = 64;

    /// <summary>Lanes of the widest register: what weights and gradients are padded to.</summary>
    public const int MaximumLanes = 16;

    /// <summary>
    /// A hot loop is compiled at once, and by itself: inlined into a caller it may find the compiler's budget for inlining
    /// spent, and then calls for every addition.
    /// </summary>
    internal const MethodImplOptions Hot = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;

    /// <summary>Rows at once: as many chains of additions, which hide their latency.</summary>
    private protected const int Group = 8;

    private const int MostFlushRows = 256;
    private const int FlushBytes = 2 << 20; // of long rows, which are read from a file at once: the last cache should hold a few

    private const int TileBytes = 8 << 10; // of a first-level cache of 32 KiB or more, which also takes the next tile, weights and gradient

    /// <summary>Adds the rows' losses and gradient to <paramref name="sums"/>.</summary>
    /// <param name="loss">ℓ.</param>
    /// <param name="block">The rows' block.</param>
    /// <param name="first">First row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="weights">w, then zeros up to <see cref="PaddedStride"/>.</param>
    /// <param name="bias">b.</param>
    /// <param name="scratch">The thread's own memory.</param>
    /// <param name="sums">The sums so far.</param>
    /// <param name="hessian">Takes the rows too, for the Hessian, as many as fit at most; null without.</param>
    public abstract void Pass(
        PassLoss loss, SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums,
        HessianTile? hessian = null);

    /// <summary>
    /// Adds the rows' losses and gradient to <paramref name="sums"/>, and their part of the Hessian to its blocks, to be completed by
    /// <see cref="CompleteHessian"/>.
    /// </summary>
    /// <param name="block">The rows' block.</param>
    /// <param name="first">First row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="weights">w, then zeros up to <see cref="PaddedStride"/>.</param>
    /// <param name="bias">b.</param>
    /// <param name="scratch">The thread's own memory.</param>
    /// <param name="sums">The sums so far.</param>
    /// <param name="tile">The thread's own tile.</param>
    /// <param name="blocks">The Hessian's blocks so far.</param>
    public abstract void AddHessian(
        SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums, HessianTile tile, double* blocks);

    /// <summary>Puts the Hessian's entries in their places: once, after all rows were added.</summary>
    /// <param name="block">One of the rows' blocks.</param>
    /// <param name="features">M.</param>
    /// <param name="blocks">The Hessian's blocks.</param>
    public abstract void CompleteHessian(SampleBlock block, int features, double* blocks);

    /// <summary>A tile in the pass's registers.</summary>
    /// <param name="features">M.</param>
    /// <param name="memory">The tile's own, as long as it is used: <see cref="HessianTile.BytesFor"/> bytes.</param>
    public abstract HessianTile CreateHessianTile(int features, void* memory);

    /// <summary>The pass in registers of a width.</summary>
    /// <param name="width">The width; <see cref="SimdWidth.Auto"/> for the best there is.</param>
    /// <exception cref="PlatformNotSupportedException">This processor has no such registers.</exception>
    public static FusedRows Create(SimdWidth width) => Create(width, NearestCache.IsLarge);

    /// <summary>The same, as where the nearest cache is large or is not.</summary>
    internal static FusedRows Create(SimdWidth width, bool hasLargeCache)
    {
        // Read by now, it is a constant to the compiler of the hot loops, whoever calls this.
        RuntimeHelpers.RunClassConstructor(typeof(NearestCache).TypeHandle);
        return width.Resolve() switch
        {
            SimdWidth.Bits512 => new FusedRows<Simd512>(hasLargeCache),
            SimdWidth.Bits256 => new FusedRows<Simd256>(hasLargeCache),
            _ => new FusedRows<Simd128>(hasLargeCache),
        };
    }

    /// <summary>A row's length in float32, in whole registers of any width.</summary>
    /// <param name="stride">Values a row.</param>
    public static int PaddedStride(int stride) => (stride + MaximumLanes - 1) / MaximumLanes * MaximumLanes;

    /// <summary>Rows that float32 sums are taken over, and up to a tile more: a power of two.</summary>
    /// <param name="rowBytes">Bytes a row.</param>
    public static int FlushRows(int rowBytes) => 1 << BitOperations.Log2((uint)Math.Clamp(FlushBytes / rowBytes, MaximumLanes, MostFlushRows));

    /// <summary>A multiple of so many rows is summed to the same bits in parts as at once.</summary>
    /// <param name="rowBytes">Bytes a row.</param>
    public static int FlushMultiple(int rowBytes)
    {
        int tile = TileRows(rowBytes), rows = FlushRows(rowBytes);
        int flush = (rows + tile - 1) / tile * tile, multiple = flush;
        // A pipeline flushes every so many rows, a short rows' Hessian less often; another narrow one as a pipeline does.
        int others = rowBytes <= ShortHessian.MaximumRowBytes ? HessianTile.ResidualRows : rows;
        Debug.Assert(rows == HessianTile.MaximumRows || rowBytes > CpuHessian.NarrowRowBytes);
        while (multiple % others != 0)
            multiple += flush;
        return multiple;
    }

    /// <summary>Rows a tile, a multiple of <see cref="Group"/>; where it can be, also of the widest register's lanes.</summary>
    /// <param name="rowBytes">Bytes a row.</param>
    private protected static int TileRows(int rowBytes)
    {
        int rows = TileBytes / rowBytes;
        return Math.Clamp(rows >= MaximumLanes ? rows / MaximumLanes * MaximumLanes : rows / Group * Group, Group, MaximumTileRows);
    }
}

/// <inheritdoc/>
/// <remarks>
/// For a tile: v = X w + b; r = s ∘ ∂ℓ/∂v; g += rᵀX. The gradient g is summed in float32 over
/// <see cref="FusedRows.FlushRows"/> rows and up to a tile more, and then added to float64 sums.
/// <para>
/// A row's last register reaches up to <see cref="FusedRows.MaximumLanes"/> − 1 values past the row's end, into the next
/// row or into the zeros that end a block: there the weights are 0, and nobody reads g.
/// </para>
/// <para>
/// Memory must not rest while a tile is computed on: during a tile the next one is asked for, its first half while v is
/// computed, its second while g is, so that the requests come evenly.
/// </para>
/// <para>
/// Where it would rest all the same, rows go through a pipeline: <see cref="RowPipeline"/>, or with neither AVX-512 nor a large nearest cache the
/// shortest through <see cref="TilePipeline"/>; the longest, where the nearest cache is large, through <see cref="LongTiles"/>; each says which it takes. Tiles are left with the
/// shortest rows in AVX-512, with short ones, too, where the nearest cache is large, with most in float16, whose conversion takes the time (to keep values
/// converted for the second use takes longer than to convert them again), and elsewhere with the longest, which come from the second cache for g: eight at a
/// time ask it for weights and gradient least often. Rows of up to four values in float32 go through <see cref="FourColumns"/>, of eight through
/// <see cref="EightColumns512"/> or <see cref="EightColumns256"/>, and with AVX-512 those in float16 that fill about one register through
/// <see cref="PairedHalves512"/>.
/// </para>
/// </remarks>
/// <param name="hasLargeCache">
/// <see cref="NearestCache.IsLarge"/>. With AVX-512 such processors, AMD's at least, have units as wide as a register, too.
/// </param>
internal sealed unsafe class FusedRows<T>(bool hasLargeCache) : FusedRows
    where T : struct, ISimd<T>
{
    private const int LeastAhead = 8 << 10; // bytes, of short tiles: memory takes its time
    private const int LeastAheadOfLongHalves = 16 << 10; // measured on Zen 5: a tenth of the pass over 640 and 784 of them
    private const int LongHalves = 448;

    public override HessianTile CreateHessianTile(int features, void* memory) => new HessianTile<T>(features, memory);

    public override void Pass(
        PassLoss loss, SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums,
        HessianTile? hessian = null)
    {
        Debug.Assert(block.LabelPointer != null && first >= 0 && first + count <= block.Rows);
        var tile = (HessianTile<T>?)hessian;
        if (loss == PassLoss.Logistic)
            Pass<LogisticRowLoss>(block, first, count, weights, bias, scratch, sums, tile);
        else
            Pass<HalfSquareRowLoss>(block, first, count, weights, bias, scratch, sums, tile);
    }

    public override void AddHessian(
        SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums, HessianTile tile, double* blocks)
    {
        if (HasTurnedSums(block))
        {
            ShortHessian.Pass<T, ShortHessian512>(block, first, count, weights, bias, scratch, sums, tile, blocks, hasLargeCache);
            return;
        }

        if (ShortHessian.Takes(block) && typeof(T) == typeof(Simd256))
        {
            ShortHessian.Pass<T, ShortHessian256>(block, first, count, weights, bias, scratch, sums, tile, blocks, hasLargeCache);
            return;
        }

        for (int end = first + count, rows; first < end; first += rows)
        {
            rows = Math.Min(HessianTile.MaximumRows, end - first);
            Pass(PassLoss.Logistic, block, first, rows, weights, bias, scratch, sums, tile);

            // Meanwhile the next rows come from memory.
            var next = block.FeatureBytes[((first + rows) * block.RowBytes)..];
            fixed (byte* ahead = next)
                tile.AddProduct(rows, 0, tile.PanelCount, blocks, ahead, Math.Min(next.Length, HessianTile.MaximumRows * block.RowBytes));
        }
    }

    public override void CompleteHessian(SampleBlock block, int features, double* blocks)
    {
        if (HasTurnedSums(block))
            ShortHessian512.Complete(features, hasLargeCache, blocks);
    }

    private static bool HasTurnedSums(SampleBlock block) => ShortHessian.Takes(block) && typeof(T) == typeof(Simd512);

    private void Pass<TLoss>(
        SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums,
        HessianTile<T>? hessian)
        where TLoss : struct, IRowLoss
    {
        bool halves = block.Storage == FeatureStorage.Float16;
        if (halves)
            weights = ForHalves(weights, scratch.Weights, PaddedStride(block.Stride));
        if (hessian is null)
        {
            int done = 0;
            if (FourColumns.Takes(block))
                done = FourColumns.Pass<T, TLoss>(block, first, count, weights, bias, scratch, sums);
            else if (block.Stride == EightColumns512.Stride)
                done = PassEightColumns<TLoss>(block, first, count, weights, bias, scratch, sums);
            first += done;
            count -= done;
        }

        if (halves)
            Pass<Half, TLoss>(block.HalfPointer, block, first, count, weights, bias, scratch, sums, hessian);
        else
            Pass<float, TLoss>(block.FeaturePointer, block, first, count, weights, bias, scratch, sums, hessian);
    }

    /// <summary>Rows of eight values, as many as registers of this width take at once.</summary>
    /// <returns>The rows that are done.</returns>
    private static int PassEightColumns<TLoss>(
        SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums)
        where TLoss : struct, IRowLoss
    {
        if (typeof(T) == typeof(Simd512))
        {
            count -= count % EightColumns512.Group;
            EightColumns512.Pass<TLoss>(block, first, count, weights, bias, scratch, sums);
            return count;
        }

        if (typeof(T) != typeof(Simd256) || block.Storage != FeatureStorage.Float32) return 0;
        count -= count % EightColumns256.Group;
        EightColumns256.Pass<TLoss>(block, first, count, weights, bias, scratch, sums);
        return count;
    }

    private static float* ForHalves(float* weights, float* scaled, int count)
    {
        for (int j = 0; j < count; j += T.Count)
            (T.Load(weights + j) * T.Create(ScaledHalves.Factor)).Store(scaled + j);
        return scaled;
    }

    private void Pass<TValue, TLoss>(
        TValue* features, SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums,
        HessianTile<T>? hessian)
        where TValue : unmanaged
        where TLoss : struct, IRowLoss
    {
        if (hessian is null)
        {
            int done = 0;
            if (LongTiles.Takes<TValue>(block.Stride, hasLargeCache))
                done = T.Count == MaximumLanes
                    ? LongTiles.Pass<T, TLoss, T>((float*)features, block, first, count, weights, bias, scratch, sums)
                    : LongTiles.Pass<T, TLoss, Twice<T>>((float*)features, block, first, count, weights, bias, scratch, sums);
            else if (RowPipeline.Takes<T, TValue>(block.Stride, hasLargeCache))
                done = RowPipeline.Pass<T, TValue, TLoss>(
                    features, block, first, count, weights, bias, scratch, sums, hasLargeCache);
            else if (TilePipeline.Takes<T, TValue>(block.Stride, hasLargeCache))
                done = TilePipeline.Pass<T, TLoss, Twice<T>>((float*)features, block, first, count, weights, bias, scratch, sums);
            first += done;
            count -= done;
        }

        if (T.Count == MaximumLanes)
            PassTiles<TValue, TLoss, T>(features, block, first, count, weights, bias, scratch, sums, hessian);
        else
            PassTiles<TValue, TLoss, Twice<T>>(features, block, first, count, weights, bias, scratch, sums, hessian);
    }

    private void PassTiles<TValue, TLoss, TLanes>(
        TValue* features, SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums,
        HessianTile<T>? hessian)
        where TValue : unmanaged
        where TLoss : struct, IRowLoss
        where TLanes : struct, ILanes<TLanes>
    {
        int stride = block.Stride;
        int tileRows = TileRows(block.RowBytes), flushRows = FlushRows(block.RowBytes);
        bool areLongHalves = hasLargeCache && T.Count == MaximumLanes && typeof(TValue) == typeof(Half) && stride > LongHalves;
        int distance = Math.Max(tileRows * block.RowBytes, areLongHalves ? LeastAheadOfLongHalves : LeastAhead);
        float* labels = block.LabelPointer, sampleWeights = block.SampleWeightPointer;
        float scale = hessian is null ? Scale<TValue>() : 1f; // of r, for g: a Hessian's tile converts each value
        var losses = default(LossSums<TLanes>);
        var residuals = TLanes.Create(0f);
        int unflushed = 0;
        for (int done = 0; done < count; done += tileRows)
        {
            int row = first + done;
            int rows = Math.Min(tileRows, count - done);
            TValue* x = features + (nint)row * stride;
            byte* ahead = (byte*)x + distance;
            bool byPairs = typeof(T) == typeof(Simd512) && typeof(TValue) == typeof(Half) && PairedHalves512.Takes(rows, stride);
            if (byPairs)
                PairedHalves512.Logits((Half*)x, rows, stride, weights, scratch.Logits, ahead);
            else
                Logits(x, rows, stride, weights, scratch.Logits, ahead);
            AddLosses<TLoss, TLanes>(
                labels + row, sampleWeights == null ? null : sampleWeights + row, rows, bias, scale, scratch.Logits,
                hessian is null ? null : hessian.Curvatures, ref losses, ref residuals);
            if (hessian is not null)
                hessian.Take(x, done, rows, stride, scratch.Logits, scratch.Gradient);
            else if (byPairs)
                PairedHalves512.AddToGradient((Half*)x, scratch.Logits, rows, stride, scratch.Gradient, ahead + rows * block.RowBytes / 2);
            else
                AddToGradient(x, scratch.Logits, rows, stride, scratch.Gradient, ahead + rows * block.RowBytes / 2);

            unflushed += rows;
            if (unflushed < flushRows && done + tileRows < count) continue;
            unflushed = 0;
            sums.Take<T, TLanes>(ref losses, ref residuals, scratch.Gradient, scale);
        }
    }

    /// <summary>v without the bias.</summary>
    internal static void Logits<TValue>(TValue* x, int rows, int stride, float* weights, float* logits, byte* ahead)
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
    [MethodImpl(Hot)]
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
                Prefetch.Bytes(ahead, T.Count * Group / 2 * sizeof(TValue));
                Prefetch.PageAfterNext(ahead);
                ahead += T.Count * Group / 2 * sizeof(TValue);
                var w = T.Load(weights + j);
                a0 = MultiplyAdd(eight.Row0 + j, w, a0);
                a1 = MultiplyAdd(eight.Row1 + j, w, a1);
                a2 = MultiplyAdd(eight.Row2 + j, w, a2);
                a3 = MultiplyAdd(eight.Row3 + j, w, a3);
                a4 = MultiplyAdd(eight.Row4 + j, w, a4);
                a5 = MultiplyAdd(eight.Row5 + j, w, a5);
                a6 = MultiplyAdd(eight.Row6 + j, w, a6);
                a7 = MultiplyAdd(eight.Row7 + j, w, a7);
            }

            var low = T.Sums(a0, a1, a2, a3);
            var high = T.Sums(a4, a5, a6, a7);
            if (typeof(TValue) == typeof(Half))
            {
                low *= ScaledHalves.Factor;
                high *= ScaledHalves.Factor;
            }

            if (add)
            {
                low += Vector128.Load(logits + row);
                high += Vector128.Load(logits + row + 4);
            }

            low.Store(logits + row);
            high.Store(logits + row + 4);
        }

        return ahead;
    }

    /// <summary>
    /// Adds a tile's losses and residuals, puts s ∘ ∂ℓ/∂v, times <paramref name="scale"/>, in the place of v, and s ∘ ∂²ℓ/∂v² where it is wanted.
    /// </summary>
    /// <param name="labels">y.</param>
    /// <param name="sampleWeights">s; null where each is 1.</param>
    /// <param name="rows">How many.</param>
    /// <param name="bias">b.</param>
    /// <param name="scale">A power of two.</param>
    /// <param name="logits">v without b, in whole registers, of which the last is filled up with residuals of 0.</param>
    /// <param name="curvatures">Where s ∘ ∂²ℓ/∂v² goes, likewise, filled up with zeros; null where it is not wanted.</param>
    /// <param name="losses">The losses so far.</param>
    /// <param name="residuals">The sum of s ∘ ∂ℓ/∂v so far, lane by lane.</param>
    [MethodImpl(Hot)]
    internal static void AddLosses<TLoss, TLanes>(
        float* labels, float* sampleWeights, int rows, float bias, float scale, float* logits, float* curvatures,
        ref LossSums<TLanes> losses, ref TLanes residuals)
        where TLoss : struct, IRowLoss
        where TLanes : struct, ILanes<TLanes>
    {
        int row = 0;
        for (; row <= rows - TLanes.Count; row += TLanes.Count)
        {
            AddLossesOfRegister<TLoss, TLanes>(
                labels + row, sampleWeights == null ? null : sampleWeights + row, bias, scale, logits + row,
                curvatures == null ? null : curvatures + row, ref losses, ref residuals);
        }

        if (row < rows)
        {
            AddLastLosses<TLoss, TLanes>(
                labels + row, sampleWeights == null ? null : sampleWeights + row, rows - row, bias, scale, logits + row,
                curvatures == null ? null : curvatures + row, ref losses, ref residuals);
        }
    }

    /// <summary>Those of fewer rows than lanes, of which the others have sample weight 0: so has the residual of what fills a group of rows up.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddLastLosses<TLoss, TLanes>(
        float* labels, float* sampleWeights, int rows, float bias, float scale, float* logits, float* curvatures,
        ref LossSums<TLanes> losses, ref TLanes residuals)
        where TLoss : struct, IRowLoss
        where TLanes : struct, ILanes<TLanes>
    {
        float* y = stackalloc float[MaximumLanes];
        float* s = stackalloc float[MaximumLanes];
        for (int i = 0; i < MaximumLanes; i++)
        {
            y[i] = i < rows ? labels[i] : 0f;
            s[i] = i >= rows ? 0f : sampleWeights == null ? 1f : sampleWeights[i];
        }

        AddLossesOfRegister<TLoss, TLanes>(y, s, bias, scale, logits, curvatures, ref losses, ref residuals, isMask: sampleWeights == null);
    }

    /// <summary>Those of as many rows as there are lanes; sample weights may be a mask, each 0 or 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void AddLossesOfRegister<TLoss, TLanes>(
        float* labels, float* sampleWeights, float bias, float scale, float* logits, float* curvatures,
        ref LossSums<TLanes> losses, ref TLanes residuals, bool isMask = false)
        where TLoss : struct, IRowLoss
        where TLanes : struct, ILanes<TLanes>
    {
        var (linear, odds, residual, curvature) = TLoss.Evaluate(
            TLanes.Load(logits) + TLanes.Create(bias), TLanes.Load(labels), curvatures != null);
        if (sampleWeights == null)
        {
            losses.Add(linear, odds);
        }
        else
        {
            var weight = TLanes.Load(sampleWeights);
            if (isMask) losses.AddSome(linear, odds, weight);
            else losses.AddWeighted(linear, odds, weight);
            residual = VectorMath.Weighted(weight, residual);
            if (curvatures != null) curvature = VectorMath.Weighted(weight, curvature);
        }

        residuals += residual;
        (residual * TLanes.Create(scale)).Store(logits);
        if (curvatures != null) curvature.Store(curvatures);
    }

    /// <summary>g += rᵀX, eight rows at a time.</summary>
    [MethodImpl(Hot)]
    internal static void AddToGradient<TValue>(TValue* x, float* residuals, int rows, int stride, float* gradient, byte* ahead)
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
                Prefetch.Bytes(ahead, T.Count * Group / 2 * sizeof(TValue));
                Prefetch.PageAfterNext(ahead);
                ahead += T.Count * Group / 2 * sizeof(TValue);
                // g comes last, so that the next rows wait for one addition and not for all.
                var even = LoadScaled(eight.Row0 + j) * r0;
                var odd = LoadScaled(eight.Row1 + j) * r1;
                even = MultiplyAdd(eight.Row2 + j, r2, even);
                odd = MultiplyAdd(eight.Row3 + j, r3, odd);
                even = MultiplyAdd(eight.Row4 + j, r4, even);
                odd = MultiplyAdd(eight.Row5 + j, r5, odd);
                even = MultiplyAdd(eight.Row6 + j, r6, even);
                odd = MultiplyAdd(eight.Row7 + j, r7, odd);
                (T.Load(gradient + j) + (even + odd)).Store(gradient + j);
            }
        }
    }

    /// <summary>Loads a register of values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T Load<TValue>(TValue* values)
        where TValue : unmanaged =>
        typeof(TValue) == typeof(Half) ? LoadScaled(values) * T.Create(ScaledHalves.Whole) : LoadScaled(values);

    /// <summary>Loads a register of values; of halves times 2⁻¹¹².</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T LoadScaled<TValue>(TValue* values)
        where TValue : unmanaged => typeof(TValue) == typeof(Half) ? T.LoadScaled((Half*)values) : T.Load((float*)values);

    /// <summary>a·b + c; of halves 2⁻¹¹² a·b + c.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T MultiplyAdd<TValue>(TValue* a, T b, T c)
        where TValue : unmanaged =>
        typeof(TValue) == typeof(Half) ? T.MultiplyAdd(T.LoadScaled((Half*)a), b, c) : T.MultiplyAdd((float*)a, b, c);

    /// <summary>What w and r are multiplied by, and v and g in return: see <see cref="ScaledHalves"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Scale<TValue>() => typeof(TValue) == typeof(Half) ? ScaledHalves.Factor : 1f;

    /// <summary>Eight rows; past a tile's last, the last one again.</summary>
    private readonly struct EightRows<TValue>
        where TValue : unmanaged
    {
        public readonly TValue* Row0, Row1, Row2, Row3, Row4, Row5, Row6, Row7;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public EightRows(TValue* x, int rows, int stride)
        {
            Row0 = x;
            Row1 = x + stride;
            Row2 = Row1 + stride;
            Row3 = Row2 + stride;
            Row4 = Row3 + stride;
            Row5 = Row4 + stride;
            Row6 = Row5 + stride;
            Row7 = Row6 + stride;
            if (rows >= Group) return;
            Row1 = rows > 1 ? Row1 : x;
            Row2 = rows > 2 ? Row2 : Row1;
            Row3 = rows > 3 ? Row3 : Row2;
            Row4 = rows > 4 ? Row4 : Row3;
            Row5 = rows > 5 ? Row5 : Row4;
            Row6 = rows > 6 ? Row6 : Row5;
            Row7 = Row6;
        }
    }
}
