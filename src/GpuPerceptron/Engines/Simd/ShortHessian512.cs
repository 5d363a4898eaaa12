using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Engines.Host;

namespace GpuPerceptron.Engines.Simd;

/// <summary><see cref="ShortHessian"/> in registers of AVX-512.</summary>
/// <remarks>
/// The first sixteen columns are a panel a, the others b. Of the lower triangle of the products the diagonal's blocks (a, a) and (b, b)
/// need their first eight rows up to the eighth column only: half a register each, of which Zen 4 adds two in the time of one whole.
/// The rest are whole registers.
/// <para>
/// Floor: at 28 features 39 registers are multiplied a row (2 for v, 2 for d x, 2 for g, 32 for the products, 1 for the loss), which
/// Zen 4 does one a cycle: at 3.7 GHz 10.5 ns, in which two threads read 224 bytes at 21 GB/s. So arithmetic is the limit, not memory.
/// </para>
/// </remarks>
internal readonly unsafe struct ShortHessian512 : IShortHessianSums
{
    private const int Columns = HessianTile.PanelColumns;

    /// <summary>Rows whose logits fill a register.</summary>
    private const int Group = 16;

    /// <inheritdoc/>
    public static void Add(in ShortRows rows, PassSums sums)
    {
        var losses = default(Losses);
        if (rows.Features <= Columns)
        {
            AddGroups<Count1>(rows, ref losses);
            AddLastLosses(rows, ref losses);
            Counts.Run(rows.Features, new OnePanel(rows));
        }
        else
        {
            AddGroups<Count2>(rows, ref losses);
            AddLastLosses(rows, ref losses);
            Counts.Run(rows.Features - Columns, new TwoPanels(rows));
        }

        sums.Take<Simd512, Simd512>(ref losses.Sums, ref losses.Residuals, rows.Gradient);
    }

    /// <summary>Losses, residuals and curvatures of whole groups.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddGroups<TRegisters>(in ShortRows rows, ref Losses losses)
        where TRegisters : struct, ICount
    {
        var sums = losses;
        for (int row = 0; row <= rows.Count - Group; row += Group)
            sums.Add<TRegisters>(rows, row);
        losses = sums;
    }

    /// <summary>Those of the rows after the last whole group.</summary>
    private static void AddLastLosses(in ShortRows rows, ref Losses losses)
    {
        int row = rows.Count / Group * Group, count = rows.Count - row;
        if (count == 0) return;
        FusedRows<Simd512>.Logits(rows.X + row * rows.Stride, count, (int)rows.Stride, rows.Weights, rows.Residuals + row, rows.End);
        FusedRows<Simd512>.AddLosses<LogisticRowLoss, Simd512>(
            rows.Labels + row, rows.SampleWeights == null ? null : rows.SampleWeights + row, count, rows.Bias, 1f, rows.Residuals + row,
            rows.Curvatures + row, ref losses.Sums, ref losses.Residuals);
    }

    /// <summary>(a, a), and of (b, a) as many rows as there are registers for; the bias's row and the gradient of a.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddFirstPanel<TFirst, TSecond>(in ShortRows rows)
        where TFirst : struct, ICount
        where TSecond : struct, ICount
    {
        Vector256<float> t0 = default, t1 = default, t2 = default, t3 = default, t4 = default, t5 = default, t6 = default, t7 = default;
        Vector512<float> s8 = default, s9 = default, s10 = default, s11 = default, s12 = default, s13 = default, s14 = default, s15 = default;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default;
        Vector512<float> c6 = default, c7 = default, c8 = default, c9 = default, c10 = default, c11 = default;
        Vector512<float> bias = default, gradient = default;
        nint stride = rows.Stride, step = TSecond.Value > 0 ? stride * (sizeof(float) / 2) : stride * sizeof(float);
        float* x = rows.X;
        float* r = rows.Residuals, d = rows.Curvatures;
        byte* ahead = rows.End;
        for (int k = 0; k < rows.Count; k++)
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

        double* aa = rows.Place(0, 0);
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
        double* ba = rows.Place(Columns, 0);
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
        AddTo(rows.Gradient, gradient);
        AddBias(rows, bias, 0);
    }

    /// <summary>(b, b), and the rest of (b, a); the bias's row and the gradient of b.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddSecondPanel<TColumns>(in ShortRows rows)
        where TColumns : struct, ICount
    {
        Vector256<float> t0 = default, t1 = default, t2 = default, t3 = default, t4 = default, t5 = default, t6 = default, t7 = default;
        Vector512<float> s8 = default, s9 = default, s10 = default, s11 = default, s12 = default, s13 = default, s14 = default, s15 = default;
        Vector512<float> c12 = default, c13 = default, c14 = default, c15 = default;
        Vector512<float> bias = default, gradient = default;
        nint stride = rows.Stride, step = stride * (sizeof(float) / 2);
        float* x = rows.X;
        float* r = rows.Residuals, d = rows.Curvatures;
        byte* ahead = rows.End + rows.Count * step;
        for (int k = 0; k < rows.Count; k++)
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

        double* ba = rows.Place(Columns, 0);
        double* bb = rows.Place(Columns, Columns);
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
        AddTo(rows.Gradient + Columns, gradient);
        AddBias(rows, bias, 1);
    }

    /// <summary>
    /// Σ d x of a panel, in the bias's row. The only call of the loops' methods, and their last: what is wanted after a call is not kept
    /// in a register before it.
    /// </summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddBias(in ShortRows rows, Vector512<float> lanes, int panel)
    {
        // After the last feature there is what is not read, or the bias's own entry.
        int column = panel * Columns;
        var features = Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(rows.Features - column)).AsSingle();
        Simd512.AddTo(rows.Place(rows.Features, column), new(Vector512.ConditionalSelect(features, lanes, default)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo(float* sums, Vector512<float> lanes) => (Vector512.Load(sums) + lanes).Store(sums);

    /// <summary>Sums of losses and residuals.</summary>
    private struct Losses
    {
        public LossSums<Simd512> Sums;
        public Simd512 Residuals;

        /// <summary>Adds a group's, of rows of one or two registers, and puts residuals and curvatures in their places.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add<TRegisters>(in ShortRows rows, int row)
            where TRegisters : struct, ICount
        {
            nint stride = rows.Stride;
            float* x = rows.X + row * stride;
            Vector512<float> wa = Vector512.Load(rows.Weights), wb = TRegisters.Value > 1 ? Vector512.Load(rows.Weights + Columns) : default;
            var p = QuarterSums<TRegisters>(x, stride, wa, wb);
            var q = QuarterSums<TRegisters>(x + 4 * stride, stride, wa, wb);
            var r = QuarterSums<TRegisters>(x + 8 * stride, stride, wa, wb);
            var s = QuarterSums<TRegisters>(x + 12 * stride, stride, wa, wb);
            Simd512.SumsOfQuarters(Simd512.SumsOfQuarters(p, q), Simd512.SumsOfQuarters(r, s)).Store(rows.Residuals + row);
            FusedRows<Simd512>.AddLossesOfRegister<LogisticRowLoss, Simd512>(
                rows.Labels + row, rows.SampleWeights == null ? null : rows.SampleWeights + row, rows.Bias, 1f, rows.Residuals + row,
                rows.Curvatures + row, ref Sums, ref Residuals);
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

    private readonly struct OnePanel(in ShortRows rows) : ICounted
    {
        private readonly ShortRows _rows = rows;

        public void Run<TColumns>()
            where TColumns : struct, ICount => AddFirstPanel<TColumns, Count0>(_rows);
    }

    private readonly struct TwoPanels(in ShortRows rows) : ICounted
    {
        private readonly ShortRows _rows = rows;

        public void Run<TColumns>()
            where TColumns : struct, ICount
        {
            AddFirstPanel<Count16, TColumns>(_rows);
            AddSecondPanel<TColumns>(_rows);
        }
    }
}
