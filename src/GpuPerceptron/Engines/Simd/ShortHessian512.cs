using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Host;

namespace GpuPerceptron.Engines.Simd;

/// <summary>
/// The Hessian pass over rows of up to 32 values in float32, in registers of AVX-512, from the rows as they lie in X: a register of d x
/// times x's values one by one. No copy of the rows is made, and the gradient and the bias's row are summed by the way.
/// </summary>
/// <remarks>
/// The first sixteen columns are a panel a, the others b. Of the lower triangle of the products the diagonal's blocks (a, a) and (b, b)
/// need their first eight rows up to the eighth column only: half a register each, of which Zen 4 adds two in the time of one whole.
/// The rest are whole registers.
/// <para>
/// A part of the rows is gone through three times: for the losses, for a, and for b. It stays in the second cache, while the next comes
/// from memory.
/// </para>
/// <para>
/// Floor: at 28 features 39 registers are multiplied a row (2 for v, 2 for d x, 2 for g, 32 for the products, 1 for the loss), which
/// Zen 4 does one a cycle: at 3.7 GHz 10.5 ns, in which two threads read 224 bytes at 21 GB/s. So arithmetic is the limit, not memory.
/// </para>
/// <para>A row's last register reaches past its end as in <see cref="FusedRows"/>: what is computed there is not read.</para>
/// </remarks>
internal static unsafe class ShortHessian512
{
    /// <summary>Two registers.</summary>
    public const int MaximumRowBytes = 2 * Columns * sizeof(float);

    private const int Columns = HessianTile.PanelColumns;
    private const int PartRows = HessianTile.ResidualRows; // fewer are summed in float64 too often

    /// <summary>Rows whose logits fill a register.</summary>
    private const int Group = 16;

    /// <summary>Whether such rows are for this class.</summary>
    /// <param name="block">The rows' block.</param>
    public static bool Takes(SampleBlock block) => block.Storage == FeatureStorage.Float32 && block.RowBytes <= MaximumRowBytes;

    /// <summary>Adds the rows' losses and gradient to <paramref name="sums"/>, and their part of the Hessian to its blocks.</summary>
    /// <param name="block">The rows' block.</param>
    /// <param name="first">First row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="weights">w, and zeros.</param>
    /// <param name="bias">b.</param>
    /// <param name="scratch">The thread's own memory.</param>
    /// <param name="sums">The sums so far.</param>
    /// <param name="tile">Room for residuals and curvatures.</param>
    /// <param name="blocks">The Hessian's blocks so far.</param>
    public static void Pass(
        SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums, HessianTile tile, double* blocks)
    {
        var run = new Run(block, first, count, weights, bias, scratch.Gradient, sums, tile, blocks);
        if (tile.Features <= Columns)
            Counts.Run(tile.Features, new OnePanel(run));
        else
            Counts.Run(tile.Features - Columns, new TwoPanels(run));
    }

    private static void Pass<TAdder, TRegisters>(in Run run)
        where TAdder : struct, IAdder
        where TRegisters : struct, ICount
    {
        for (int done = 0; done < run.Count; done += PartRows)
        {
            var part = run.PartAt(done);
            var losses = default(Losses);
            AddGroups<TRegisters>(run, part, ref losses);
            AddLastLosses(run, part, ref losses);
            TAdder.Add(run, part);
            AddBiasItself(run, part);
            run.Sums.Take<Simd512, Simd512>(ref losses.Sums, ref losses.Residuals, run.Gradient);
        }
    }

    /// <summary>Losses, residuals and curvatures of a part's whole groups.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddGroups<TRegisters>(in Run run, in Part part, ref Losses losses)
        where TRegisters : struct, ICount
    {
        var sums = losses;
        for (int row = 0; row < part.WholeGroups; row += Group)
            sums.Add<TRegisters>(run, part, row);
        losses = sums;
    }

    /// <summary>Those of a part's rows after its last whole group.</summary>
    private static void AddLastLosses(in Run run, in Part part, ref Losses losses)
    {
        int row = part.WholeGroups, rows = part.Rows - row;
        if (rows == 0) return;
        FusedRows<Simd512>.Logits(part.X + row * run.Stride, rows, (int)run.Stride, run.Weights, part.Residuals + row, (byte*)(part.X + part.Rows * run.Stride));
        FusedRows<Simd512>.AddLosses<LogisticRowLoss, Simd512>(
            part.Labels + row, part.SampleWeights == null ? null : part.SampleWeights + row, rows, run.Bias, 1f, part.Residuals + row,
            part.Curvatures + row, ref losses.Sums, ref losses.Residuals);
    }

    /// <summary>(a, a), and of (b, a) as many rows as there are registers for; the bias's row and the gradient of a.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddFirstPanel<TFirst, TSecond>(in Run run, in Part part)
        where TFirst : struct, ICount
        where TSecond : struct, ICount
    {
        Vector256<float> t0 = default, t1 = default, t2 = default, t3 = default, t4 = default, t5 = default, t6 = default, t7 = default;
        Vector512<float> s8 = default, s9 = default, s10 = default, s11 = default, s12 = default, s13 = default, s14 = default, s15 = default;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default;
        Vector512<float> c6 = default, c7 = default, c8 = default, c9 = default, c10 = default, c11 = default;
        Vector512<float> bias = default, gradient = default;
        nint stride = run.Stride, step = TSecond.Value > 0 ? stride * (sizeof(float) / 2) : stride * sizeof(float);
        float* x = part.X;
        float* r = part.Residuals, d = part.Curvatures;
        byte* ahead = (byte*)(x + part.Rows * stride);
        for (int k = 0; k < part.Rows; k++)
        {
            Prefetch.Bytes(ahead, 64);
            var a = Vector512.Load(x);
            gradient = Vector512.FusedMultiplyAdd(Vector512.Create(r[k]), a, gradient);
            a *= Vector512.Create(d[k]);
            bias += a;
            var half = a.GetLower();
            if (TFirst.Value > 0) t0 = Vector256.FusedMultiplyAdd(Vector256.Create(x[0]), half, t0);
            if (TFirst.Value > 1) t1 = Vector256.FusedMultiplyAdd(Vector256.Create(x[1]), half, t1);
            if (TFirst.Value > 2) t2 = Vector256.FusedMultiplyAdd(Vector256.Create(x[2]), half, t2);
            if (TFirst.Value > 3) t3 = Vector256.FusedMultiplyAdd(Vector256.Create(x[3]), half, t3);
            if (TFirst.Value > 4) t4 = Vector256.FusedMultiplyAdd(Vector256.Create(x[4]), half, t4);
            if (TFirst.Value > 5) t5 = Vector256.FusedMultiplyAdd(Vector256.Create(x[5]), half, t5);
            if (TFirst.Value > 6) t6 = Vector256.FusedMultiplyAdd(Vector256.Create(x[6]), half, t6);
            if (TFirst.Value > 7) t7 = Vector256.FusedMultiplyAdd(Vector256.Create(x[7]), half, t7);
            if (TFirst.Value > 8) s8 = Vector512.FusedMultiplyAdd(Vector512.Create(x[8]), a, s8);
            if (TFirst.Value > 9) s9 = Vector512.FusedMultiplyAdd(Vector512.Create(x[9]), a, s9);
            if (TFirst.Value > 10) s10 = Vector512.FusedMultiplyAdd(Vector512.Create(x[10]), a, s10);
            if (TFirst.Value > 11) s11 = Vector512.FusedMultiplyAdd(Vector512.Create(x[11]), a, s11);
            if (TFirst.Value > 12) s12 = Vector512.FusedMultiplyAdd(Vector512.Create(x[12]), a, s12);
            if (TFirst.Value > 13) s13 = Vector512.FusedMultiplyAdd(Vector512.Create(x[13]), a, s13);
            if (TFirst.Value > 14) s14 = Vector512.FusedMultiplyAdd(Vector512.Create(x[14]), a, s14);
            if (TFirst.Value > 15) s15 = Vector512.FusedMultiplyAdd(Vector512.Create(x[15]), a, s15);
            if (TSecond.Value > 0) c0 = Vector512.FusedMultiplyAdd(Vector512.Create(x[16]), a, c0);
            if (TSecond.Value > 1) c1 = Vector512.FusedMultiplyAdd(Vector512.Create(x[17]), a, c1);
            if (TSecond.Value > 2) c2 = Vector512.FusedMultiplyAdd(Vector512.Create(x[18]), a, c2);
            if (TSecond.Value > 3) c3 = Vector512.FusedMultiplyAdd(Vector512.Create(x[19]), a, c3);
            if (TSecond.Value > 4) c4 = Vector512.FusedMultiplyAdd(Vector512.Create(x[20]), a, c4);
            if (TSecond.Value > 5) c5 = Vector512.FusedMultiplyAdd(Vector512.Create(x[21]), a, c5);
            if (TSecond.Value > 6) c6 = Vector512.FusedMultiplyAdd(Vector512.Create(x[22]), a, c6);
            if (TSecond.Value > 7) c7 = Vector512.FusedMultiplyAdd(Vector512.Create(x[23]), a, c7);
            if (TSecond.Value > 8) c8 = Vector512.FusedMultiplyAdd(Vector512.Create(x[24]), a, c8);
            if (TSecond.Value > 9) c9 = Vector512.FusedMultiplyAdd(Vector512.Create(x[25]), a, c9);
            if (TSecond.Value > 10) c10 = Vector512.FusedMultiplyAdd(Vector512.Create(x[26]), a, c10);
            if (TSecond.Value > 11) c11 = Vector512.FusedMultiplyAdd(Vector512.Create(x[27]), a, c11);
            x += stride;
            ahead += step;
        }

        double* aa = run.Blocks;
        if (TFirst.Value > 0) Simd512.AddHalfTo(aa + 0 * Columns, t0);
        if (TFirst.Value > 1) Simd512.AddHalfTo(aa + 1 * Columns, t1);
        if (TFirst.Value > 2) Simd512.AddHalfTo(aa + 2 * Columns, t2);
        if (TFirst.Value > 3) Simd512.AddHalfTo(aa + 3 * Columns, t3);
        if (TFirst.Value > 4) Simd512.AddHalfTo(aa + 4 * Columns, t4);
        if (TFirst.Value > 5) Simd512.AddHalfTo(aa + 5 * Columns, t5);
        if (TFirst.Value > 6) Simd512.AddHalfTo(aa + 6 * Columns, t6);
        if (TFirst.Value > 7) Simd512.AddHalfTo(aa + 7 * Columns, t7);
        if (TFirst.Value > 8) Simd512.AddTo(aa + 8 * Columns, new(s8));
        if (TFirst.Value > 9) Simd512.AddTo(aa + 9 * Columns, new(s9));
        if (TFirst.Value > 10) Simd512.AddTo(aa + 10 * Columns, new(s10));
        if (TFirst.Value > 11) Simd512.AddTo(aa + 11 * Columns, new(s11));
        if (TFirst.Value > 12) Simd512.AddTo(aa + 12 * Columns, new(s12));
        if (TFirst.Value > 13) Simd512.AddTo(aa + 13 * Columns, new(s13));
        if (TFirst.Value > 14) Simd512.AddTo(aa + 14 * Columns, new(s14));
        if (TFirst.Value > 15) Simd512.AddTo(aa + 15 * Columns, new(s15));
        double* ba = aa + HessianTile.BlockSums;
        if (TSecond.Value > 0) Simd512.AddTo(ba + 0 * Columns, new(c0));
        if (TSecond.Value > 1) Simd512.AddTo(ba + 1 * Columns, new(c1));
        if (TSecond.Value > 2) Simd512.AddTo(ba + 2 * Columns, new(c2));
        if (TSecond.Value > 3) Simd512.AddTo(ba + 3 * Columns, new(c3));
        if (TSecond.Value > 4) Simd512.AddTo(ba + 4 * Columns, new(c4));
        if (TSecond.Value > 5) Simd512.AddTo(ba + 5 * Columns, new(c5));
        if (TSecond.Value > 6) Simd512.AddTo(ba + 6 * Columns, new(c6));
        if (TSecond.Value > 7) Simd512.AddTo(ba + 7 * Columns, new(c7));
        if (TSecond.Value > 8) Simd512.AddTo(ba + 8 * Columns, new(c8));
        if (TSecond.Value > 9) Simd512.AddTo(ba + 9 * Columns, new(c9));
        if (TSecond.Value > 10) Simd512.AddTo(ba + 10 * Columns, new(c10));
        if (TSecond.Value > 11) Simd512.AddTo(ba + 11 * Columns, new(c11));
        AddTo(run.Gradient, gradient);
        AddBias(run, bias, 0);
    }

    /// <summary>(b, b), and the rest of (b, a); the bias's row and the gradient of b.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddSecondPanel<TColumns>(in Run run, in Part part)
        where TColumns : struct, ICount
    {
        Vector256<float> t0 = default, t1 = default, t2 = default, t3 = default, t4 = default, t5 = default, t6 = default, t7 = default;
        Vector512<float> s8 = default, s9 = default, s10 = default, s11 = default, s12 = default, s13 = default, s14 = default, s15 = default;
        Vector512<float> c12 = default, c13 = default, c14 = default, c15 = default;
        Vector512<float> bias = default, gradient = default;
        nint stride = run.Stride, step = stride * (sizeof(float) / 2);
        float* x = part.X;
        float* r = part.Residuals, d = part.Curvatures;
        byte* ahead = (byte*)(x + part.Rows * stride) + part.Rows * step;
        for (int k = 0; k < part.Rows; k++)
        {
            Prefetch.Bytes(ahead, 64);
            var b = Vector512.Load(x + Columns);
            gradient = Vector512.FusedMultiplyAdd(Vector512.Create(r[k]), b, gradient);
            b *= Vector512.Create(d[k]);
            bias += b;
            var half = b.GetLower();
            if (TColumns.Value > 0) t0 = Vector256.FusedMultiplyAdd(Vector256.Create(x[16]), half, t0);
            if (TColumns.Value > 1) t1 = Vector256.FusedMultiplyAdd(Vector256.Create(x[17]), half, t1);
            if (TColumns.Value > 2) t2 = Vector256.FusedMultiplyAdd(Vector256.Create(x[18]), half, t2);
            if (TColumns.Value > 3) t3 = Vector256.FusedMultiplyAdd(Vector256.Create(x[19]), half, t3);
            if (TColumns.Value > 4) t4 = Vector256.FusedMultiplyAdd(Vector256.Create(x[20]), half, t4);
            if (TColumns.Value > 5) t5 = Vector256.FusedMultiplyAdd(Vector256.Create(x[21]), half, t5);
            if (TColumns.Value > 6) t6 = Vector256.FusedMultiplyAdd(Vector256.Create(x[22]), half, t6);
            if (TColumns.Value > 7) t7 = Vector256.FusedMultiplyAdd(Vector256.Create(x[23]), half, t7);
            if (TColumns.Value > 8) s8 = Vector512.FusedMultiplyAdd(Vector512.Create(x[24]), b, s8);
            if (TColumns.Value > 9) s9 = Vector512.FusedMultiplyAdd(Vector512.Create(x[25]), b, s9);
            if (TColumns.Value > 10) s10 = Vector512.FusedMultiplyAdd(Vector512.Create(x[26]), b, s10);
            if (TColumns.Value > 11) s11 = Vector512.FusedMultiplyAdd(Vector512.Create(x[27]), b, s11);
            if (TColumns.Value > 12) s12 = Vector512.FusedMultiplyAdd(Vector512.Create(x[28]), b, s12);
            if (TColumns.Value > 13) s13 = Vector512.FusedMultiplyAdd(Vector512.Create(x[29]), b, s13);
            if (TColumns.Value > 14) s14 = Vector512.FusedMultiplyAdd(Vector512.Create(x[30]), b, s14);
            if (TColumns.Value > 15) s15 = Vector512.FusedMultiplyAdd(Vector512.Create(x[31]), b, s15);
            if (TColumns.Value > 12)
            {
                var a = Vector512.Load(x) * Vector512.Create(d[k]);
                c12 = Vector512.FusedMultiplyAdd(Vector512.Create(x[28]), a, c12);
                if (TColumns.Value > 13) c13 = Vector512.FusedMultiplyAdd(Vector512.Create(x[29]), a, c13);
                if (TColumns.Value > 14) c14 = Vector512.FusedMultiplyAdd(Vector512.Create(x[30]), a, c14);
                if (TColumns.Value > 15) c15 = Vector512.FusedMultiplyAdd(Vector512.Create(x[31]), a, c15);
            }

            x += stride;
            ahead += step;
        }

        double* ba = run.Blocks + HessianTile.BlockSums;
        double* bb = ba + HessianTile.BlockSums;
        if (TColumns.Value > 0) Simd512.AddHalfTo(bb + 0 * Columns, t0);
        if (TColumns.Value > 1) Simd512.AddHalfTo(bb + 1 * Columns, t1);
        if (TColumns.Value > 2) Simd512.AddHalfTo(bb + 2 * Columns, t2);
        if (TColumns.Value > 3) Simd512.AddHalfTo(bb + 3 * Columns, t3);
        if (TColumns.Value > 4) Simd512.AddHalfTo(bb + 4 * Columns, t4);
        if (TColumns.Value > 5) Simd512.AddHalfTo(bb + 5 * Columns, t5);
        if (TColumns.Value > 6) Simd512.AddHalfTo(bb + 6 * Columns, t6);
        if (TColumns.Value > 7) Simd512.AddHalfTo(bb + 7 * Columns, t7);
        if (TColumns.Value > 8) Simd512.AddTo(bb + 8 * Columns, new(s8));
        if (TColumns.Value > 9) Simd512.AddTo(bb + 9 * Columns, new(s9));
        if (TColumns.Value > 10) Simd512.AddTo(bb + 10 * Columns, new(s10));
        if (TColumns.Value > 11) Simd512.AddTo(bb + 11 * Columns, new(s11));
        if (TColumns.Value > 12) Simd512.AddTo(bb + 12 * Columns, new(s12));
        if (TColumns.Value > 13) Simd512.AddTo(bb + 13 * Columns, new(s13));
        if (TColumns.Value > 14) Simd512.AddTo(bb + 14 * Columns, new(s14));
        if (TColumns.Value > 15) Simd512.AddTo(bb + 15 * Columns, new(s15));
        if (TColumns.Value > 12) Simd512.AddTo(ba + 12 * Columns, new(c12));
        if (TColumns.Value > 13) Simd512.AddTo(ba + 13 * Columns, new(c13));
        if (TColumns.Value > 14) Simd512.AddTo(ba + 14 * Columns, new(c14));
        if (TColumns.Value > 15) Simd512.AddTo(ba + 15 * Columns, new(c15));
        AddTo(run.Gradient + Columns, gradient);
        AddBias(run, bias, 1);
    }

    /// <summary>
    /// Σ d x of a panel, in the bias's row. The only call of the loops' methods, and their last: what is wanted after a call is not kept
    /// in a register before it.
    /// </summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddBias(in Run run, Vector512<float> lanes, int panel)
    {
        // After the last feature there is what is not read, or the sum that AddBiasItself adds to.
        var features = Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(run.Features - panel * Columns)).AsSingle();
        Simd512.AddTo(BiasRow(run) + panel * HessianTile.BlockSums, new(Vector512.ConditionalSelect(features, lanes, default)));
    }

    /// <summary>Σ d.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddBiasItself(in Run run, in Part part)
    {
        var sums = Vector512<float>.Zero;
        for (int k = 0; k < part.Rows; k += Vector512<float>.Count)
            sums += Vector512.Load(part.Curvatures + k);
        BiasRow(run)[run.Features / Columns * HessianTile.BlockSums + run.Features % Columns] += Simd512.SumInDouble(new(sums));
    }

    private static double* BiasRow(in Run run) =>
        run.Blocks + HessianTile.BlocksBefore(run.Features / Columns) * HessianTile.BlockSums + run.Features % Columns * Columns;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo(float* sums, Vector512<float> lanes) => (Vector512.Load(sums) + lanes).Store(sums);

    /// <summary>All rows of a pass, and where their sums go.</summary>
    private readonly struct Run(
        SampleBlock block, int first, int count, float* weights, float bias, float* gradient, PassSums sums, HessianTile tile, double* blocks)
    {
        public readonly nint Stride = block.Stride;
        public readonly int Features = tile.Features;
        public readonly int Count = count;
        public readonly float* Weights = weights;
        public readonly float Bias = bias;
        public readonly float* Gradient = gradient;
        public readonly PassSums Sums = sums;
        public readonly double* Blocks = blocks;

        private readonly float* _x = block.FeaturePointer + (nint)first * block.Stride;
        private readonly float* _labels = block.LabelPointer + first;
        private readonly float* _sampleWeights = block.SampleWeightPointer == null ? null : block.SampleWeightPointer + first;
        private readonly HessianTile _tile = tile;

        /// <summary>A part of up to <see cref="PartRows"/> rows.</summary>
        public Part PartAt(int row) => new(
            Math.Min(Count - row, PartRows), _x + row * Stride, _labels + row, _sampleWeights == null ? null : _sampleWeights + row,
            _tile.Residuals, _tile.Curvatures);
    }

    /// <summary>Rows whose sums are taken in float32.</summary>
    private readonly struct Part(int rows, float* x, float* labels, float* sampleWeights, float* residuals, float* curvatures)
    {
        public readonly int Rows = rows;
        public readonly int WholeGroups = rows / Group * Group; // rows in them
        public readonly float* X = x;
        public readonly float* Labels = labels;
        public readonly float* SampleWeights = sampleWeights; // null where each is 1
        public readonly float* Residuals = residuals;         // s ∘ ∂ℓ/∂v
        public readonly float* Curvatures = curvatures;       // s ∘ ∂²ℓ/∂v², in whole registers, of which the last is filled up with zeros
    }

    /// <summary>Sums of losses and residuals.</summary>
    private struct Losses
    {
        public LossSums<Simd512> Sums;
        public Simd512 Residuals;

        /// <summary>Adds a group's, of rows of one or two registers, and puts residuals and curvatures in their places.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add<TRegisters>(in Run run, in Part part, int row)
            where TRegisters : struct, ICount
        {
            nint stride = run.Stride;
            float* x = part.X + row * stride;
            Vector512<float> wa = Vector512.Load(run.Weights), wb = TRegisters.Value > 1 ? Vector512.Load(run.Weights + Columns) : default;
            var p = QuarterSums<TRegisters>(x, stride, wa, wb);
            var q = QuarterSums<TRegisters>(x + 4 * stride, stride, wa, wb);
            var r = QuarterSums<TRegisters>(x + 8 * stride, stride, wa, wb);
            var s = QuarterSums<TRegisters>(x + 12 * stride, stride, wa, wb);
            Simd512.SumsOfQuarters(Simd512.SumsOfQuarters(p, q), Simd512.SumsOfQuarters(r, s)).Store(part.Residuals + row);
            FusedRows<Simd512>.AddLossesOfRegister<LogisticRowLoss, Simd512>(
                part.Labels + row, part.SampleWeights == null ? null : part.SampleWeights + row, run.Bias, 1f, part.Residuals + row,
                part.Curvatures + row, ref Sums, ref Residuals);
        }

        /// <summary>Of four rows' products with w four sums each, in each quarter of a register one of every row.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<float> QuarterSums<TRegisters>(float* x, nint stride, Vector512<float> wa, Vector512<float> wb)
            where TRegisters : struct, ICount =>
            Simd512.QuarterSums(
                Products<TRegisters>(x, wa, wb), Products<TRegisters>(x + stride, wa, wb), Products<TRegisters>(x + 2 * stride, wa, wb),
                Products<TRegisters>(x + 3 * stride, wa, wb));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<float> Products<TRegisters>(float* row, Vector512<float> wa, Vector512<float> wb)
            where TRegisters : struct, ICount
        {
            var products = Vector512.Load(row) * wa;
            return TRegisters.Value > 1 ? Vector512.MultiplyAddEstimate(Vector512.Load(row + Columns), wb, products) : products;
        }
    }

    /// <summary>Adds a part's products.</summary>
    private interface IAdder
    {
        static abstract void Add(in Run run, in Part part);
    }

    private readonly struct OnePanel(in Run run) : ICounted
    {
        private readonly Run _run = run;

        public void Run<TColumns>()
            where TColumns : struct, ICount => Pass<Adder<TColumns>, Count1>(_run);

        private readonly struct Adder<TColumns> : IAdder
            where TColumns : struct, ICount
        {
            public static void Add(in Run run, in Part part) =>
                AddFirstPanel<TColumns, Count0>(run, part);
        }
    }

    private readonly struct TwoPanels(in Run run) : ICounted
    {
        private readonly Run _run = run;

        public void Run<TColumns>()
            where TColumns : struct, ICount => Pass<Adder<TColumns>, Count2>(_run);

        private readonly struct Adder<TColumns> : IAdder
            where TColumns : struct, ICount
        {
            public static void Add(in Run run, in Part part)
            {
                AddFirstPanel<Count16, TColumns>(run, part);
                AddSecondPanel<TColumns>(run, part);
            }
        }
    }
}
