using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GpuPerceptron.Engines.Host;

namespace GpuPerceptron.Engines.Simd;

/// <summary><see cref="ShortHessian"/> in registers of AVX-512.</summary>
/// <remarks>
/// The first sixteen columns are a panel a, those after them b. What is symmetric is not computed twice, as far as that pays: of (a, a) each
/// column is multiplied with those up to eight places after it, counted round, which takes eight registers and a half in place of sixteen, and a
/// turn of the register for each. Of (b, b), which seldom has all of its columns, the first eight rows are taken up to the eighth column only:
/// half a register each, of which Zen 4 adds two in the time of one whole. So is (a, a) where there is no b. With units as wide as a register
/// (Zen 5) halves gain nothing, and the last panel is turned, too: n columns, counted round among themselves, take n/2 + 1 registers. Intel's
/// processors turn a register where they also multiply, so that there only more than nine columns are.
/// <para>
/// Floor: at 28 features 35.5 registers are multiplied a row (2 for v, 2 for d x, 2 for g, 28.5 for the products, 1 for the loss), which
/// Zen 4 does one a cycle: at 3.7 GHz 9.6 ns, in which two threads read 224 bytes at 23 GB/s. Zen 5 does two of 35 a cycle: at 3.4 GHz 5.1 ns,
/// 44 GB/s. So arithmetic is the limit, not memory.
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

    /// <summary>
    /// Losses, residuals and curvatures of whole groups, in two loops: a loss is a long chain of operations, of which a processor has several
    /// under way only where little else comes between.
    /// </summary>
    private static void AddGroups<TRegisters>(in ShortRows rows, ref Losses losses)
        where TRegisters : struct, ICount
    {
        Logits<TRegisters>(rows);
        AddLosses(rows, ref losses);
    }

    /// <summary>v without the bias of whole groups of rows, of one or two registers, in the residuals' place.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void Logits<TRegisters>(in ShortRows rows)
        where TRegisters : struct, ICount
    {
        nint stride = rows.Stride;
        float* x = rows.X, logits = rows.Residuals;
        Vector512<float> wa = Vector512.Load(rows.Weights), wb = TRegisters.Value > 1 ? Vector512.Load(rows.Weights + Columns) : default;
        for (int row = 0; row <= rows.Count - Group; row += Group, x += Group * stride)
        {
            var p = QuarterSums<TRegisters>(x, stride, wa, wb);
            var q = QuarterSums<TRegisters>(x + 4 * stride, stride, wa, wb);
            var r = QuarterSums<TRegisters>(x + 8 * stride, stride, wa, wb);
            var s = QuarterSums<TRegisters>(x + 12 * stride, stride, wa, wb);
            Simd512.SumsOfQuarters(Simd512.SumsOfQuarters(p, q), Simd512.SumsOfQuarters(r, s)).Store(logits + row);
        }
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

    /// <summary>Adds the groups' losses, and puts residuals and curvatures in their places.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddLosses(in ShortRows rows, ref Losses losses)
    {
        var sums = losses;
        byte* labels = rows.Labels;
        float* sampleWeights = rows.SampleWeights, logits = rows.Residuals, curvatures = rows.Curvatures;
        float bias = rows.Bias;
        for (int row = 0; row <= rows.Count - Group; row += Group)
        {
            TileLosses.AddRegister<LogisticRowLoss, Simd512>(
                labels + row, sampleWeights == null ? null : sampleWeights + row, bias, 1f, logits + row, curvatures + row, ref sums.Sums,
                ref sums.Residuals);
        }

        losses = sums;
    }

    /// <summary>Those of the rows after the last whole group.</summary>
    private static void AddLastLosses(in ShortRows rows, ref Losses losses)
    {
        int row = rows.Count / Group * Group, count = rows.Count - row;
        if (count == 0) return;
        RowTiles<Simd512>.Logits(rows.X + row * rows.Stride, count, (int)rows.Stride, rows.Weights, rows.Residuals + row, rows.End);
        TileLosses.Add<LogisticRowLoss, Simd512>(
            rows.Labels + row, rows.SampleWeights == null ? null : rows.SampleWeights + row, count, rows.Bias, 1f, rows.Residuals + row,
            rows.Curvatures + row, ref losses.Sums, ref losses.Residuals);
    }

    /// <summary>
    /// The diagonal's block of the last panel b, which is the only one where there is one; its part of the bias's row and of the gradient.
    /// </summary>
    private static void AddLast<TColumns>(in ShortRows rows, int panel)
        where TColumns : struct, ICount
    {
        if (!IsLastTurned(rows.Features, rows.LeastTurned)) AddLastPanel<TColumns>(rows, panel);
        else AddTurnedPanel<TColumns, Count0>(rows, panel);
    }

    /// <summary>The same, a column after the other.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddLastPanel<TColumns>(in ShortRows rows, int panel)
        where TColumns : struct, ICount
    {
        Vector256<float> t0 = default, t1 = default, t2 = default, t3 = default, t4 = default, t5 = default, t6 = default, t7 = default;
        Vector512<float> s8 = default, s9 = default, s10 = default, s11 = default, s12 = default, s13 = default, s14 = default, s15 = default;
        Vector512<float> bias = default, gradient = default;
        nint stride = rows.Stride, step = AheadStep(rows);
        float* x = rows.X + panel * Columns;
        float* r = rows.Residuals, d = rows.Curvatures;
        byte* ahead = rows.End + panel * rows.Count * step;
        for (int k = 0; k < rows.Count; k++)
        {
            Prefetch.Bytes(ahead, Prefetch.LineBytes);
            Prefetch.PageAfterNext(ahead);
            var b = Vector512.Load(x);
            gradient = Vector512.FusedMultiplyAdd(Vector512.Create(r[k]), b, gradient);
            b *= Vector512.Create(d[k]);
            bias += b;
            var half = b.GetLower();
            if (TColumns.Value > 0) t0 = Vector256.FusedMultiplyAdd(Vector256.Create(x[0]), half, t0);
            if (TColumns.Value > 1) t1 = Vector256.FusedMultiplyAdd(Vector256.Create(x[1]), half, t1);
            if (TColumns.Value > 2) t2 = Vector256.FusedMultiplyAdd(Vector256.Create(x[2]), half, t2);
            if (TColumns.Value > 3) t3 = Vector256.FusedMultiplyAdd(Vector256.Create(x[3]), half, t3);
            if (TColumns.Value > 4) t4 = Vector256.FusedMultiplyAdd(Vector256.Create(x[4]), half, t4);
            if (TColumns.Value > 5) t5 = Vector256.FusedMultiplyAdd(Vector256.Create(x[5]), half, t5);
            if (TColumns.Value > 6) t6 = Vector256.FusedMultiplyAdd(Vector256.Create(x[6]), half, t6);
            if (TColumns.Value > 7) t7 = Vector256.FusedMultiplyAdd(Vector256.Create(x[7]), half, t7);
            if (TColumns.Value > 8) s8 = Vector512.FusedMultiplyAdd(Vector512.Create(x[8]), b, s8);
            if (TColumns.Value > 9) s9 = Vector512.FusedMultiplyAdd(Vector512.Create(x[9]), b, s9);
            if (TColumns.Value > 10) s10 = Vector512.FusedMultiplyAdd(Vector512.Create(x[10]), b, s10);
            if (TColumns.Value > 11) s11 = Vector512.FusedMultiplyAdd(Vector512.Create(x[11]), b, s11);
            if (TColumns.Value > 12) s12 = Vector512.FusedMultiplyAdd(Vector512.Create(x[12]), b, s12);
            if (TColumns.Value > 13) s13 = Vector512.FusedMultiplyAdd(Vector512.Create(x[13]), b, s13);
            if (TColumns.Value > 14) s14 = Vector512.FusedMultiplyAdd(Vector512.Create(x[14]), b, s14);
            if (TColumns.Value > 15) s15 = Vector512.FusedMultiplyAdd(Vector512.Create(x[15]), b, s15);
            x += stride;
            ahead += step;
        }

        double* bb = rows.Place(panel * Columns, panel * Columns);
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
        AddTo(rows.Gradient + panel * Columns, gradient);
        AddBias(rows, bias, panel);
    }

    /// <summary>
    /// A panel's block with itself, turned, and with the columns of the next one; its part of the bias's row and of the gradient. The block with itself must be
    /// completed by <see cref="Complete"/>.
    /// </summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddTurnedPanel<TColumns, TNext>(in ShortRows rows, int panel)
        where TColumns : struct, ICount
        where TNext : struct, ICount
    {
        Vector512<int> by1 = Turn<TColumns>(1), by2 = Turn<TColumns>(2), by3 = Turn<TColumns>(3), by4 = Turn<TColumns>(4);
        Vector512<int> by5 = Turn<TColumns>(5), by6 = Turn<TColumns>(6), by7 = Turn<TColumns>(7);
        Vector512<float> t0 = default, t1 = default, t2 = default, t3 = default, t4 = default, t5 = default, t6 = default, t7 = default;
        Vector256<float> t8 = default;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        Vector512<float> c8 = default, c9 = default, c10 = default, c11 = default, c12 = default, c13 = default, c14 = default, c15 = default;
        Vector512<float> bias = default, gradient = default;
        nint stride = rows.Stride, step = AheadStep(rows);
        float* x = rows.X + panel * Columns;
        float* r = rows.Residuals, d = rows.Curvatures;
        byte* ahead = rows.End + panel * rows.Count * step;
        for (int k = 0; k < rows.Count; k++)
        {
            Prefetch.Bytes(ahead, Prefetch.LineBytes);
            Prefetch.PageAfterNext(ahead);
            var plain = Vector512.Load(x);
            gradient = Vector512.FusedMultiplyAdd(Vector512.Create(r[k]), plain, gradient);
            var a = plain * Vector512.Create(d[k]);
            bias += a;
            t0 = Vector512.FusedMultiplyAdd(plain, a, t0);
            if (TColumns.Value > 1) t1 = Vector512.FusedMultiplyAdd(Turned<TColumns>(plain, by1, 1), a, t1);
            if (TColumns.Value > 3) t2 = Vector512.FusedMultiplyAdd(Turned<TColumns>(plain, by2, 2), a, t2);
            if (TColumns.Value > 5) t3 = Vector512.FusedMultiplyAdd(Turned<TColumns>(plain, by3, 3), a, t3);
            if (TColumns.Value > 7) t4 = Vector512.FusedMultiplyAdd(Turned<TColumns>(plain, by4, 4), a, t4);
            if (TColumns.Value > 9) t5 = Vector512.FusedMultiplyAdd(Turned<TColumns>(plain, by5, 5), a, t5);
            if (TColumns.Value > 11) t6 = Vector512.FusedMultiplyAdd(Turned<TColumns>(plain, by6, 6), a, t6);
            if (TColumns.Value > 13) t7 = Vector512.FusedMultiplyAdd(Turned<TColumns>(plain, by7, 7), a, t7);
            if (TColumns.Value > 15) t8 = Vector256.FusedMultiplyAdd(Vector256.Load(x + 8), a.GetLower(), t8);
            if (TNext.Value > 0) c0 = Vector512.FusedMultiplyAdd(Vector512.Create(x[16]), a, c0);
            if (TNext.Value > 1) c1 = Vector512.FusedMultiplyAdd(Vector512.Create(x[17]), a, c1);
            if (TNext.Value > 2) c2 = Vector512.FusedMultiplyAdd(Vector512.Create(x[18]), a, c2);
            if (TNext.Value > 3) c3 = Vector512.FusedMultiplyAdd(Vector512.Create(x[19]), a, c3);
            if (TNext.Value > 4) c4 = Vector512.FusedMultiplyAdd(Vector512.Create(x[20]), a, c4);
            if (TNext.Value > 5) c5 = Vector512.FusedMultiplyAdd(Vector512.Create(x[21]), a, c5);
            if (TNext.Value > 6) c6 = Vector512.FusedMultiplyAdd(Vector512.Create(x[22]), a, c6);
            if (TNext.Value > 7) c7 = Vector512.FusedMultiplyAdd(Vector512.Create(x[23]), a, c7);
            if (TNext.Value > 8) c8 = Vector512.FusedMultiplyAdd(Vector512.Create(x[24]), a, c8);
            if (TNext.Value > 9) c9 = Vector512.FusedMultiplyAdd(Vector512.Create(x[25]), a, c9);
            if (TNext.Value > 10) c10 = Vector512.FusedMultiplyAdd(Vector512.Create(x[26]), a, c10);
            if (TNext.Value > 11) c11 = Vector512.FusedMultiplyAdd(Vector512.Create(x[27]), a, c11);
            if (TNext.Value > 12) c12 = Vector512.FusedMultiplyAdd(Vector512.Create(x[28]), a, c12);
            if (TNext.Value > 13) c13 = Vector512.FusedMultiplyAdd(Vector512.Create(x[29]), a, c13);
            if (TNext.Value > 14) c14 = Vector512.FusedMultiplyAdd(Vector512.Create(x[30]), a, c14);
            if (TNext.Value > 15) c15 = Vector512.FusedMultiplyAdd(Vector512.Create(x[31]), a, c15);
            x += stride;
            ahead += step;
        }

        double* ba = rows.Place((panel + 1) * Columns, panel * Columns);
        if (TNext.Value > 0) Simd512.AddTo(ba + 0 * Columns, new(c0));
        if (TNext.Value > 1) Simd512.AddTo(ba + 1 * Columns, new(c1));
        if (TNext.Value > 2) Simd512.AddTo(ba + 2 * Columns, new(c2));
        if (TNext.Value > 3) Simd512.AddTo(ba + 3 * Columns, new(c3));
        if (TNext.Value > 4) Simd512.AddTo(ba + 4 * Columns, new(c4));
        if (TNext.Value > 5) Simd512.AddTo(ba + 5 * Columns, new(c5));
        if (TNext.Value > 6) Simd512.AddTo(ba + 6 * Columns, new(c6));
        if (TNext.Value > 7) Simd512.AddTo(ba + 7 * Columns, new(c7));
        if (TNext.Value > 8) Simd512.AddTo(ba + 8 * Columns, new(c8));
        if (TNext.Value > 9) Simd512.AddTo(ba + 9 * Columns, new(c9));
        if (TNext.Value > 10) Simd512.AddTo(ba + 10 * Columns, new(c10));
        if (TNext.Value > 11) Simd512.AddTo(ba + 11 * Columns, new(c11));
        if (TNext.Value > 12) Simd512.AddTo(ba + 12 * Columns, new(c12));
        if (TNext.Value > 13) Simd512.AddTo(ba + 13 * Columns, new(c13));
        if (TNext.Value > 14) Simd512.AddTo(ba + 14 * Columns, new(c14));
        if (TNext.Value > 15) Simd512.AddTo(ba + 15 * Columns, new(c15));
        AddTo(rows.Gradient + panel * Columns, gradient);
        double* turned = rows.Place(panel * Columns, panel * Columns);
        Simd512.AddTo(turned + 0 * Columns, new(t0));
        if (TColumns.Value > 1) Simd512.AddTo(turned + 1 * Columns, new(t1));
        if (TColumns.Value > 3) Simd512.AddTo(turned + 2 * Columns, new(t2));
        if (TColumns.Value > 5) Simd512.AddTo(turned + 3 * Columns, new(t3));
        if (TColumns.Value > 7) Simd512.AddTo(turned + 4 * Columns, new(t4));
        if (TColumns.Value > 9) Simd512.AddTo(turned + 5 * Columns, new(t5));
        if (TColumns.Value > 11) Simd512.AddTo(turned + 6 * Columns, new(t6));
        if (TColumns.Value > 13) Simd512.AddTo(turned + 7 * Columns, new(t7));
        if (TColumns.Value > 15) Simd512.AddHalfTo(turned + 8 * Columns, t8);
        AddBias(rows, bias, panel);
    }

    /// <summary>
    /// Puts the sums of panels that were turned, of which lane i of the k-th register is the entry of i and i + k, counted round, in their places:
    /// done once, after the last rows.
    /// </summary>
    /// <param name="features">M.</param>
    /// <param name="leastTurned">As the rows were added.</param>
    /// <param name="blocks">The Hessian's.</param>
    public static void Complete(int features, int leastTurned, double* blocks)
    {
        int last = (features - 1) / Columns;
        for (int panel = 0; panel <= last; panel++)
        {
            if (panel < last || IsLastTurned(features, leastTurned))
                CompleteBlock(Math.Min(Columns, features - panel * Columns), blocks + (HessianTile.BlocksBefore(panel) + panel) * HessianTile.BlockSums);
        }
    }

    /// <remarks>What is turned fills the first nine rows; after them may be the bias's, which is in its place.</remarks>
    private static void CompleteBlock(int columns, double* block)
    {
        const int Sums = (Columns / 2 + 1) * Columns;
        double* turned = stackalloc double[Sums];
        new Span<double>(block, Sums).CopyTo(new Span<double>(turned, Sums));
        for (int places = 0; places <= columns / 2; places++)
        {
            for (int one = 0; one < columns; one++)
            {
                int other = (one + places) % columns;
                if (places < columns - places || one < other) // half round there are both
                    block[(Math.Max(one, other) * Columns) + Math.Min(one, other)] = turned[places * Columns + one];
            }
        }
    }

    private static bool IsLastTurned(int features, int leastTurned) => (features - 1) % Columns + 1 >= leastTurned;

    /// <summary>In lane i the number of the column some places after column i, counted round.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Turn<TColumns>(int places)
        where TColumns : struct, ICount
    {
        var turned = Vector512<int>.Indices + Vector512.Create(places);
        return Vector512.ConditionalSelect(
            Vector512.LessThan(turned, Vector512.Create(TColumns.Value)), turned, turned - Vector512.Create(TColumns.Value));
    }

    /// <summary>In lane i the column some places after it: a whole register is turned sooner by a constant than by a <see cref="Turn{TColumns}"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Turned<TColumns>(Vector512<float> value, Vector512<int> turn, [ConstantExpected] byte places)
        where TColumns : struct, ICount => TColumns.Value == Columns
        ? Avx512F.AlignRight32(value.AsInt32(), value.AsInt32(), places).AsSingle()
        : Avx512F.PermuteVar16x32(value, turn);

    /// <summary>Bytes to ask for by a row, which are gone through once for each panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint AheadStep(in ShortRows rows) => rows.Stride * sizeof(float) / (rows.Features > Columns ? 2 : 1);

    /// <summary>
    /// Σ d x of a panel, in the bias's row. The loops' methods call nothing but this, and it last: what is wanted after a call is not kept in a
    /// register before it.
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
    }

    private readonly struct OnePanel(in ShortRows rows) : ICounted
    {
        private readonly ShortRows _rows = rows;

        public void Run<TColumns>()
            where TColumns : struct, ICount
        {
            AddLast<TColumns>(_rows, panel: 0);
        }
    }

    private readonly struct TwoPanels(in ShortRows rows) : ICounted
    {
        private readonly ShortRows _rows = rows;

        public void Run<TColumns>()
            where TColumns : struct, ICount
        {
            AddTurnedPanel<Count16, TColumns>(_rows, panel: 0);
            AddLast<TColumns>(_rows, panel: 1);
        }
    }
}
