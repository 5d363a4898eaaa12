using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
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
    public const int Group = 8;

    /// <summary>Of the shortest rows, whose sums stay in registers, as many are summed in float32: as seldom as those of a Hessian.</summary>
    public const int ShortFlushRows = HessianTile.ResidualRows;

    /// <summary>The same where a sum has sixteen lanes: as seldom as <see cref="PassSums"/> takes losses.</summary>
    public const int LongestShortFlush = 3 * ShortFlushRows / 2;

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
    public static FusedRows Create(SimdWidth width) => Create(width, Processor.Kind);

    /// <summary>The same, as on a kind of processor.</summary>
    internal static FusedRows Create(SimdWidth width, ProcessorKind kind)
    {
        // Read by now, it is a constant to the compiler of the hot loops, whoever calls this.
        RuntimeHelpers.RunClassConstructor(typeof(Processor).TypeHandle);
        return width.Resolve() switch
        {
            SimdWidth.Bits512 => new FusedRows<Simd512>(kind),
            SimdWidth.Bits256 => new FusedRows<Simd256>(kind),
            _ => new FusedRows<Simd128>(kind),
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
        // A pipeline flushes every so many rows, short ones and their Hessian less often; another narrow one as a pipeline does.
        int others = rowBytes <= ShortHessian.MaximumRowBytes ? 2 * LongestShortFlush : rows; // three times the Hessian's
        Debug.Assert(rows == HessianTile.MaximumRows || rowBytes > CpuHessian.NarrowRowBytes);
        while (multiple % others != 0)
            multiple += flush;
        return multiple;
    }

    /// <summary>Rows a tile, a multiple of <see cref="Group"/>; where it can be, also of the widest register's lanes.</summary>
    /// <param name="rowBytes">Bytes a row.</param>
    public static int TileRows(int rowBytes)
    {
        int rows = TileBytes / rowBytes;
        return Math.Clamp(rows >= MaximumLanes ? rows / MaximumLanes * MaximumLanes : rows / Group * Group, Group, MaximumTileRows);
    }
}

/// <inheritdoc/>
/// <remarks>
/// For a tile: v = X w + b; r = s ∘ ∂ℓ/∂v; g += rᵀX. The gradient g is summed in float32 over
/// <see cref="FusedRows.FlushRows"/> rows and up to a tile more, of the shortest rows over more, and then added to float64 sums.
/// <para>
/// A row's last register reaches up to <see cref="FusedRows.MaximumLanes"/> − 1 values past the row's end, into the next
/// row or into the zeros that end a block: there the weights are 0, and nobody reads g.
/// </para>
/// <para>
/// Which loops rows go through is a matter of speed, and was measured. <see cref="RowTiles{T}"/> take any rows. On Intel's processors long ones in float32 go
/// through <see cref="QuadTiles"/>, and others, but for the shortest, through tiles. Elsewhere, where memory would rest with tiles, rows go through a pipeline:
/// <see cref="RowPipeline"/>, or with neither AVX-512 nor a large nearest cache the shortest through <see cref="TilePipeline"/>; the longest, where the nearest
/// cache is large, through <see cref="LongTiles"/>; each says which it takes. So tiles are left there with the shortest rows in AVX-512 (where the nearest cache is
/// large those of up to 20 values, as longer ones up to 128 go through <see cref="KeptTiles"/>, and without AVX-512 those of up to 144), with most in float16, whose conversion takes the time (to keep values
/// converted for the second use, as on Intel's, took longer there than to convert them again), and without a large nearest cache with the longest, which come
/// from the second cache for g: eight at a time ask it for weights and gradient least often. Rows of up to four values in float32 go through
/// <see cref="FourColumns"/>, of eight through <see cref="EightColumns512"/> or <see cref="EightColumns256"/>, and other short ones in float16, on Intel's
/// also in float32, through <see cref="RowGroups{T}"/>.
/// </para>
/// </remarks>
/// <param name="kind"><see cref="Processor.Kind"/>.</param>
internal sealed unsafe class FusedRows<T>(ProcessorKind kind) : FusedRows
    where T : struct, ISimd<T>
{
    /// <summary>See <see cref="ShortHessian512"/>; where registers of AVX-512 are multiplied by halves, none is.</summary>
    private int LeastTurned => kind switch
    {
        ProcessorKind.LargeCache => 3,
        ProcessorKind.Intel => 10,
        _ => int.MaxValue,
    };

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
            ShortHessian.Pass<T, ShortHessian512>(block, first, count, weights, bias, scratch, sums, tile, blocks, LeastTurned);
            return;
        }

        if (ShortHessian.Takes(block) && typeof(T) == typeof(Simd256))
        {
            ShortHessian.Pass<T, ShortHessian256>(block, first, count, weights, bias, scratch, sums, tile, blocks, LeastTurned);
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
            ShortHessian512.Complete(features, LeastTurned, blocks);
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
            else if (RowGroups<T>.Takes(block, kind))
                done = RowGroups<T>.Pass<TLoss>(block, first, count, weights, bias, scratch, sums, kind);

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

        if (typeof(T) != typeof(Simd256)) return 0;
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
            if (LongTiles.Takes<TValue>(block.Stride, kind))
                done = T.Count == MaximumLanes
                    ? LongTiles.Pass<T, TLoss, T>((float*)features, block, first, count, weights, bias, scratch, sums)
                    : LongTiles.Pass<T, TLoss, Twice<T>>((float*)features, block, first, count, weights, bias, scratch, sums);
            else if (QuadTiles.Takes<TValue>(block.Stride, kind))
                done = QuadTiles.Pass<T, TLoss>((float*)features, block, first, count, weights, bias, scratch, sums);
            else if (KeptTiles.Takes<T, TValue>(block.Stride, kind))
                done = KeptTiles.Pass<T, TLoss>((float*)features, block, first, count, weights, bias, scratch, sums);
            else if (RowPipeline.Takes<T, TValue>(block.Stride, kind))
                done = RowPipeline.Pass<T, TValue, TLoss>(
                    features, block, first, count, weights, bias, scratch, sums, kind);
            else if (TilePipeline.Takes<T, TValue>(block.Stride, kind))
                done = TilePipeline.Pass<T, TLoss, Twice<T>>((float*)features, block, first, count, weights, bias, scratch, sums);
            first += done;
            count -= done;
        }

        if (T.Count == MaximumLanes)
            RowTiles<T>.Pass<TValue, TLoss, T>(features, block, first, count, weights, bias, scratch, sums, hessian, kind);
        else
            RowTiles<T>.Pass<TValue, TLoss, Twice<T>>(features, block, first, count, weights, bias, scratch, sums, hessian, kind);
    }
}
