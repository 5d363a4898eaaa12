using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Host;

namespace GpuPerceptron.Engines.Simd;

/// <summary>
/// The Hessian pass over rows of up to 32 values in float32 as <see cref="ShortHessian512"/> has it, in registers of AVX2: panels of eight
/// columns, and of each the rows of the lower triangle, as many at a time as there are registers for.
/// </summary>
/// <remarks>
/// Floor: at 28 features 79 registers are multiplied and added a row (64 for the products, 7 for d x, 8 for bias and gradient), two a
/// cycle, and 84 values loaded, likewise two: 42 cycles, and some 14 for the losses. At 3.7 GHz that is 15 ns, in which two threads read 224
/// bytes at 15 GB/s: arithmetic is the limit.
/// </remarks>
internal static unsafe class ShortHessian256
{
    private const int Lanes = 8;
    private const int PartRows = HessianTile.ResidualRows;
    private const int MostSums = 12; // of sixteen registers

    /// <summary>Whether such rows are for this class.</summary>
    /// <param name="block">The rows' block.</param>
    public static bool Takes(SampleBlock block) => ShortHessian512.Takes(block);

    /// <inheritdoc cref="ShortHessian512.Pass"/>
    public static void Pass(
        SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums, HessianTile tile, double* blocks)
    {
        float* labels = block.LabelPointer, sampleWeights = block.SampleWeightPointer;
        for (int end = first + count, rows; first < end; first += rows)
        {
            rows = Math.Min(PartRows, end - first);
            float* x = block.FeaturePointer + (nint)first * block.Stride;
            FusedRows<Simd256>.Logits(x, rows, block.Stride, weights, tile.Residuals, (byte*)(x + rows * block.Stride));
            var losses = default(LossSums<Twice<Simd256>>);
            var residualSum = default(Twice<Simd256>);
            FusedRows<Simd256>.AddLosses<LogisticRowLoss, Twice<Simd256>>(
                labels + first, sampleWeights == null ? null : sampleWeights + first, rows, bias, 1f, tile.Residuals, tile.Curvatures,
                ref losses, ref residualSum);
            var part = new Part(x, rows, block.Stride, tile, scratch.Gradient, blocks);
            AddProducts(part);
            Counts.Run((tile.Features + Lanes - 1) / Lanes, new BiasAndGradient(part));
            sums.Take<Simd256, Twice<Simd256>>(ref losses, ref residualSum, scratch.Gradient);
        }
    }

    private static void AddProducts(in Part part)
    {
        byte* ahead = (byte*)(part.X + part.Count * part.Stride), end = ahead + part.Count * part.Stride * sizeof(float);
        for (int column = 0; column < part.Features; column += Lanes)
        {
            // In about equal shares.
            int rows = part.Features - column, shares = (rows + MostSums - 1) / MostSums;
            for (int share = 0; share < shares; share++)
            {
                int first = column + rows * share / shares, last = column + rows * (share + 1) / shares;
                Counts.Run(last - first, new Products(part, column, first, ahead < end ? ahead : (byte*)part.X));
                ahead += part.Count * part.Stride * (sizeof(float) / 2);
            }
        }
    }

    /// <summary>Of a panel's columns some rows of products.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void Add<TRows>(in Part part, int column, int row, byte* ahead)
        where TRows : struct, ICount
    {
        Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default;
        Vector256<float> s6 = default, s7 = default, s8 = default, s9 = default, s10 = default, s11 = default;
        nint stride = part.Stride, step = stride * (sizeof(float) / 2);
        float* x = part.X + column, y = part.X + row;
        float* d = part.Curvatures;
        for (int k = 0; k < part.Count; k++)
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

        if (TRows.Value > 0) AddTo(part.Place(row + 0, column), s0);
        if (TRows.Value > 1) AddTo(part.Place(row + 1, column), s1);
        if (TRows.Value > 2) AddTo(part.Place(row + 2, column), s2);
        if (TRows.Value > 3) AddTo(part.Place(row + 3, column), s3);
        if (TRows.Value > 4) AddTo(part.Place(row + 4, column), s4);
        if (TRows.Value > 5) AddTo(part.Place(row + 5, column), s5);
        if (TRows.Value > 6) AddTo(part.Place(row + 6, column), s6);
        if (TRows.Value > 7) AddTo(part.Place(row + 7, column), s7);
        if (TRows.Value > 8) AddTo(part.Place(row + 8, column), s8);
        if (TRows.Value > 9) AddTo(part.Place(row + 9, column), s9);
        if (TRows.Value > 10) AddTo(part.Place(row + 10, column), s10);
        if (TRows.Value > 11) AddTo(part.Place(row + 11, column), s11);
    }

    /// <summary>The bias's row and the gradient, of one to four panels.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddBiasAndGradient<TPanels>(in Part part)
        where TPanels : struct, ICount
    {
        Vector256<float> b0 = default, b1 = default, b2 = default, b3 = default, g0 = default, g1 = default, g2 = default, g3 = default;
        var curvatures = Vector256<float>.Zero;
        float* x = part.X;
        float* r = part.Residuals, d = part.Curvatures;
        for (int k = 0; k < part.Count; k++, x += part.Stride)
        {
            Vector256<float> residual = Vector256.Create(r[k]), curvature = Vector256.Create(d[k]);
            curvatures += curvature;
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
            AddTo(part.Place(part.Features, 0 * Lanes), part.FeaturesOf(b0, 0 * Lanes));
            (Vector256.Load(part.Gradient + 0 * Lanes) + g0).Store(part.Gradient + 0 * Lanes);
        }

        if (TPanels.Value > 1)
        {
            AddTo(part.Place(part.Features, 1 * Lanes), part.FeaturesOf(b1, 1 * Lanes));
            (Vector256.Load(part.Gradient + 1 * Lanes) + g1).Store(part.Gradient + 1 * Lanes);
        }

        if (TPanels.Value > 2)
        {
            AddTo(part.Place(part.Features, 2 * Lanes), part.FeaturesOf(b2, 2 * Lanes));
            (Vector256.Load(part.Gradient + 2 * Lanes) + g2).Store(part.Gradient + 2 * Lanes);
        }

        if (TPanels.Value > 3)
        {
            AddTo(part.Place(part.Features, 3 * Lanes), part.FeaturesOf(b3, 3 * Lanes));
            (Vector256.Load(part.Gradient + 3 * Lanes) + g3).Store(part.Gradient + 3 * Lanes);
        }

        *part.Place(part.Features, part.Features) += curvatures[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo(double* sums, Vector256<float> lanes)
    {
        var (low, high) = Vector256.Widen(lanes);
        (Vector256.Load(sums) + low).Store(sums);
        (Vector256.Load(sums + Lanes / 2) + high).Store(sums + Lanes / 2);
    }

    /// <summary>Rows whose sums are taken in float32, and where these go.</summary>
    private readonly struct Part(float* x, int count, nint stride, HessianTile tile, float* gradient, double* blocks)
    {
        public readonly float* X = x;
        public readonly int Count = count;
        public readonly nint Stride = stride;
        public readonly int Features = tile.Features;
        public readonly float* Residuals = tile.Residuals;   // s ∘ ∂ℓ/∂v
        public readonly float* Curvatures = tile.Curvatures; // s ∘ ∂²ℓ/∂v²
        public readonly float* Gradient = gradient;

        private readonly double* _blocks = blocks;

        /// <summary>Where an entry of the lower triangle is; see <see cref="HessianTile"/>.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public double* Place(int row, int column)
        {
            const int Columns = HessianTile.PanelColumns;
            int block = HessianTile.BlocksBefore(row / Columns) + column / Columns;
            return _blocks + block * HessianTile.BlockSums + row % Columns * Columns + column % Columns;
        }

        /// <summary>The lanes that are features, and zeros: after the last feature there is what is not read, or another sum.</summary>
        public Vector256<float> FeaturesOf(Vector256<float> lanes, int column) => Vector256.ConditionalSelect(
            Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(Features - column)).AsSingle(), lanes, default);
    }

    private readonly struct Products(in Part part, int column, int row, byte* ahead) : ICounted
    {
        private readonly Part _part = part;
        private readonly int _column = column;
        private readonly int _row = row;
        private readonly byte* _ahead = ahead;

        public void Run<TRows>()
            where TRows : struct, ICount => Add<TRows>(_part, _column, _row, _ahead);
    }

    private readonly struct BiasAndGradient(in Part part) : ICounted
    {
        private readonly Part _part = part;

        public void Run<TPanels>()
            where TPanels : struct, ICount => AddBiasAndGradient<TPanels>(_part);
    }
}
