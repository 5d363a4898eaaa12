using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Engines.Host;

namespace GpuPerceptron.Engines.Simd;

/// <summary>
/// <see cref="ShortHessian"/> in registers of AVX2: panels of eight columns, and of each the rows of the lower triangle, as many at a time as
/// there are registers for.
/// </summary>
/// <remarks>
/// Floor: at 28 features 79 registers are multiplied and added a row (64 for the products, 7 for d x, 8 for bias and gradient), two a
/// cycle, and 84 values loaded, likewise two: 42 cycles, and some 14 for the losses. At 3.7 GHz that is 15 ns, in which two threads read 224
/// bytes at 15 GB/s: arithmetic is the limit.
/// </remarks>
internal readonly unsafe struct ShortHessian256 : IShortHessianSums
{
    private const int Lanes = 8;
    private const int MostSums = 12; // of sixteen registers

    /// <inheritdoc/>
    public static void Add(in ShortRows rows, PassSums sums)
    {
        var losses = default(LossSums<Twice<Simd256>>);
        var residuals = default(Twice<Simd256>);
        RowTiles<Simd256>.Logits(rows.X, rows.Count, (int)rows.Stride, rows.Weights, rows.Residuals, rows.End);
        TileLosses.Add<LogisticRowLoss, Twice<Simd256>>(
            rows.Labels, rows.SampleWeights, rows.Count, rows.Bias, 1f, rows.Residuals, rows.Curvatures, ref losses, ref residuals);
        AddProducts(rows);
        Counts.Run((rows.Features + Lanes - 1) / Lanes, new BiasAndGradient(rows));
        sums.Take<Simd256, Twice<Simd256>>(ref losses, ref residuals, rows.Gradient);
    }

    private static void AddProducts(in ShortRows rows)
    {
        // The first two shares ask for the next rows, half each.
        nint half = rows.Count * rows.Stride * (sizeof(float) / 2);
        byte* ahead = rows.End;
        for (int column = 0; column < rows.Features; column += Lanes)
        {
            // In about equal shares.
            int left = rows.Features - column, shares = (left + MostSums - 1) / MostSums;
            for (int share = 0; share < shares; share++, ahead += half)
            {
                int first = column + left * share / shares, last = column + left * (share + 1) / shares;
                Counts.Run(last - first, new Products(rows, column, first, ahead < rows.End + 2 * half ? ahead : (byte*)rows.X));
            }
        }
    }

    /// <summary>Of a panel's columns some rows of products.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddRows<TRows>(in ShortRows rows, int column, int row, byte* ahead)
        where TRows : struct, ICount
    {
        Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default;
        Vector256<float> s6 = default, s7 = default, s8 = default, s9 = default, s10 = default, s11 = default;
        nint stride = rows.Stride, step = stride * (sizeof(float) / 2);
        float* x = rows.X + column, y = rows.X + row;
        float* d = rows.Curvatures;
        for (int k = 0; k < rows.Count; k++)
        {
            Prefetch.Bytes(ahead, 64);
            var v = Vector256.Load(x) * Vector256.Create(d[k]);
            if (TRows.Value > 0) s0 = Vector256.FusedMultiplyAdd(Vector256.Create(y[0]), v, s0);
            if (TRows.Value > 1) s1 = Vector256.FusedMultiplyAdd(Vector256.Create(y[1]), v, s1);
            if (TRows.Value > 2) s2 = Vector256.FusedMultiplyAdd(Vector256.Create(y[2]), v, s2);
            if (TRows.Value > 3) s3 = Vector256.FusedMultiplyAdd(Vector256.Create(y[3]), v, s3);
            if (TRows.Value > 4) s4 = Vector256.FusedMultiplyAdd(Vector256.Create(y[4]), v, s4);
            if (TRows.Value > 5) s5 = Vector256.FusedMultiplyAdd(Vector256.Create(y[5]), v, s5);
            if (TRows.Value > 6) s6 = Vector256.FusedMultiplyAdd(Vector256.Create(y[6]), v, s6);
            if (TRows.Value > 7) s7 = Vector256.FusedMultiplyAdd(Vector256.Create(y[7]), v, s7);
            if (TRows.Value > 8) s8 = Vector256.FusedMultiplyAdd(Vector256.Create(y[8]), v, s8);
            if (TRows.Value > 9) s9 = Vector256.FusedMultiplyAdd(Vector256.Create(y[9]), v, s9);
            if (TRows.Value > 10) s10 = Vector256.FusedMultiplyAdd(Vector256.Create(y[10]), v, s10);
            if (TRows.Value > 11) s11 = Vector256.FusedMultiplyAdd(Vector256.Create(y[11]), v, s11);
            x += stride;
            y += stride;
            ahead += step;
        }

        if (TRows.Value > 0) AddTo(rows.Place(row + 0, column), s0);
        if (TRows.Value > 1) AddTo(rows.Place(row + 1, column), s1);
        if (TRows.Value > 2) AddTo(rows.Place(row + 2, column), s2);
        if (TRows.Value > 3) AddTo(rows.Place(row + 3, column), s3);
        if (TRows.Value > 4) AddTo(rows.Place(row + 4, column), s4);
        if (TRows.Value > 5) AddTo(rows.Place(row + 5, column), s5);
        if (TRows.Value > 6) AddTo(rows.Place(row + 6, column), s6);
        if (TRows.Value > 7) AddTo(rows.Place(row + 7, column), s7);
        if (TRows.Value > 8) AddTo(rows.Place(row + 8, column), s8);
        if (TRows.Value > 9) AddTo(rows.Place(row + 9, column), s9);
        if (TRows.Value > 10) AddTo(rows.Place(row + 10, column), s10);
        if (TRows.Value > 11) AddTo(rows.Place(row + 11, column), s11);
    }

    /// <summary>The bias's row and the gradient, of one to four panels.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddBiasAndGradient<TPanels>(in ShortRows rows)
        where TPanels : struct, ICount
    {
        Vector256<float> b0 = default, b1 = default, b2 = default, b3 = default, g0 = default, g1 = default, g2 = default, g3 = default;
        float* x = rows.X;
        float* r = rows.Residuals, d = rows.Curvatures;
        for (int k = 0; k < rows.Count; k++, x += rows.Stride)
        {
            Vector256<float> residual = Vector256.Create(r[k]), curvature = Vector256.Create(d[k]);
            if (TPanels.Value > 0)
            {
                var v = Vector256.Load(x + 0 * Lanes);
                g0 = Vector256.FusedMultiplyAdd(v, residual, g0);
                b0 = Vector256.FusedMultiplyAdd(v, curvature, b0);
            }

            if (TPanels.Value > 1)
            {
                var v = Vector256.Load(x + 1 * Lanes);
                g1 = Vector256.FusedMultiplyAdd(v, residual, g1);
                b1 = Vector256.FusedMultiplyAdd(v, curvature, b1);
            }

            if (TPanels.Value > 2)
            {
                var v = Vector256.Load(x + 2 * Lanes);
                g2 = Vector256.FusedMultiplyAdd(v, residual, g2);
                b2 = Vector256.FusedMultiplyAdd(v, curvature, b2);
            }

            if (TPanels.Value > 3)
            {
                var v = Vector256.Load(x + 3 * Lanes);
                g3 = Vector256.FusedMultiplyAdd(v, residual, g3);
                b3 = Vector256.FusedMultiplyAdd(v, curvature, b3);
            }
        }

        if (TPanels.Value > 0)
        {
            AddTo(rows.Place(rows.Features, 0 * Lanes), FeaturesOf(rows, b0, 0 * Lanes));
            (Vector256.Load(rows.Gradient + 0 * Lanes) + g0).Store(rows.Gradient + 0 * Lanes);
        }

        if (TPanels.Value > 1)
        {
            AddTo(rows.Place(rows.Features, 1 * Lanes), FeaturesOf(rows, b1, 1 * Lanes));
            (Vector256.Load(rows.Gradient + 1 * Lanes) + g1).Store(rows.Gradient + 1 * Lanes);
        }

        if (TPanels.Value > 2)
        {
            AddTo(rows.Place(rows.Features, 2 * Lanes), FeaturesOf(rows, b2, 2 * Lanes));
            (Vector256.Load(rows.Gradient + 2 * Lanes) + g2).Store(rows.Gradient + 2 * Lanes);
        }

        if (TPanels.Value > 3)
        {
            AddTo(rows.Place(rows.Features, 3 * Lanes), FeaturesOf(rows, b3, 3 * Lanes));
            (Vector256.Load(rows.Gradient + 3 * Lanes) + g3).Store(rows.Gradient + 3 * Lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo(double* sums, Vector256<float> lanes)
    {
        var (low, high) = Vector256.Widen(lanes);
        (Vector256.Load(sums) + low).Store(sums);
        (Vector256.Load(sums + Lanes / 2) + high).Store(sums + Lanes / 2);
    }

    /// <summary>The lanes that are features, and zeros: after the last feature there is what is not read, or the bias's own entry.</summary>
    private static Vector256<float> FeaturesOf(in ShortRows rows, Vector256<float> lanes, int column) => Vector256.ConditionalSelect(
        Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(rows.Features - column)).AsSingle(), lanes, default);

    private readonly struct Products(in ShortRows rows, int column, int row, byte* ahead) : ICounted
    {
        private readonly ShortRows _rows = rows;
        private readonly int _column = column;
        private readonly int _row = row;
        private readonly byte* _ahead = ahead;

        public void Run<TRows>()
            where TRows : struct, ICount => AddRows<TRows>(_rows, _column, _row, _ahead);
    }

    private readonly struct BiasAndGradient(in ShortRows rows) : ICounted
    {
        private readonly ShortRows _rows = rows;

        public void Run<TPanels>()
            where TPanels : struct, ICount => AddBiasAndGradient<TPanels>(_rows);
    }
}
