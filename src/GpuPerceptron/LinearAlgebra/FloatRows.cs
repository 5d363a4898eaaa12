using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GpuPerceptron.LinearAlgebra;

/// <summary>A, a matrix of few long rows in float32, and its products.</summary>
/// <remarks>
/// Threads share panels of rows, or stripes of columns; the order of every sum is fixed by the shape alone. What is hot is compiled for
/// speed at its first call, as in <see cref="Cholesky"/>.
/// </remarks>
internal sealed class FloatRows
{
    /// <summary>Rows come in multiples of so many.</summary>
    public const int Panel = 48;

    private const int Lanes = 8;
    private const int Stripe = 512; // columns: a panel's part of them stays in the second-level cache

    private readonly float[] _values;

    /// <param name="count">Rows, a multiple of <see cref="Panel"/>.</param>
    /// <param name="width">Columns.</param>
    public FloatRows(int count, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(count % Panel, 0);
        (Count, Width) = (count, width);
        Stride = (width + Lanes - 1) / Lanes * Lanes;
        _values = new float[(long)count * Stride];
    }

    /// <summary>Rows.</summary>
    public int Count { get; }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Values from one row to the next, the padding 0.</summary>
    public int Stride { get; }

    /// <summary>All values, row by row.</summary>
    public Span<float> Values => _values;

    /// <summary>Σᵢ Aᵢⱼ² of every column j.</summary>
    public double[] SquaredColumns()
    {
        double[] sums = new double[Width];
        ForStripes((first, end) =>
        {
            for (int i = 0; i < Count; i++)
            {
                var row = Row(i);
                for (int j = first; j < Math.Min(end, Width); j++)
                    sums[j] += (double)row[j] * row[j];
            }
        });
        return sums;
    }

    /// <summary>Aᵢⱼ ← Aᵢⱼ sⱼ.</summary>
    /// <param name="scale">s.</param>
    public void ScaleColumns(double[] scale) => ForPanels(panel =>
    {
        for (int i = panel * Panel; i < (panel + 1) * Panel; i++)
        {
            var row = Row(i);
            for (int j = 0; j < scale.Length; j++)
                row[j] *= (float)scale[j];
        }
    });

    /// <summary>The lower triangle of AAᵀ.</summary>
    /// <param name="product">Count², row-major; overwritten in the lower triangle, and maybe above it.</param>
    public void Gram(double[] product)
    {
        Array.Clear(product);
        int panels = Count / Panel;
        ForPanels(item => AddGram(panels - 1 - item, product)); // the longest first
    }

    /// <summary>Ax.</summary>
    /// <param name="x">Stride values, the padding 0.</param>
    /// <param name="product">Overwritten.</param>
    public void Times(float[] x, double[] product) => ForPanels(panel => Dots(panel, x, product));

    /// <summary>Aᵀy.</summary>
    /// <param name="y">y.</param>
    /// <param name="product">Stride values; overwritten.</param>
    public void TransposedTimes(double[] y, float[] product) => ForStripes((first, end) => AddRows(first, end, y, product));

    private Span<float> Row(int i) => _values.AsSpan(i * Stride, Stride);

    private void ForPanels(Action<int> body) => Parallel.For(0, Count / Panel, body);

    private void ForStripes(Action<int, int> body) => Parallel.For(
        0, (Stride + Stripe - 1) / Stripe, stripe => body(stripe * Stripe, Math.Min(Stride, (stripe + 1) * Stripe)));

    /// <summary>Three rows of a panel times four up to the panel's last, a stripe after another.</summary>
    private void AddGram(int panel, double[] product)
    {
        for (int column = 0; column < Stride; column += Stripe)
        {
            int count = Math.Min(Stripe, Stride - column);
            for (int j = 0; j < (panel + 1) * Panel; j += 4)
            {
                for (int i = panel * Panel; i < (panel + 1) * Panel; i += 3)
                    AddThreeByFour(i, j, column, count, product);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddThreeByFour(int i, int j, int column, int count, double[] product)
    {
        ref float a = ref _values[i * Stride + column], b = ref _values[j * Stride + column];
        Vector256<float> s00 = default, s01 = default, s02 = default, s03 = default;
        Vector256<float> s10 = default, s11 = default, s12 = default, s13 = default;
        Vector256<float> s20 = default, s21 = default, s22 = default, s23 = default;
        nuint stride = (nuint)Stride;
        for (nuint k = 0; k < (nuint)count; k += Lanes)
        {
            Vector256<float> a0 = Vector256.LoadUnsafe(ref a, k), a1 = Vector256.LoadUnsafe(ref a, stride + k), a2 = Vector256.LoadUnsafe(ref a, 2 * stride + k);
            var x = Vector256.LoadUnsafe(ref b, k);
            s00 = Vector256.MultiplyAddEstimate(a0, x, s00);
            s10 = Vector256.MultiplyAddEstimate(a1, x, s10);
            s20 = Vector256.MultiplyAddEstimate(a2, x, s20);
            x = Vector256.LoadUnsafe(ref b, stride + k);
            s01 = Vector256.MultiplyAddEstimate(a0, x, s01);
            s11 = Vector256.MultiplyAddEstimate(a1, x, s11);
            s21 = Vector256.MultiplyAddEstimate(a2, x, s21);
            x = Vector256.LoadUnsafe(ref b, 2 * stride + k);
            s02 = Vector256.MultiplyAddEstimate(a0, x, s02);
            s12 = Vector256.MultiplyAddEstimate(a1, x, s12);
            s22 = Vector256.MultiplyAddEstimate(a2, x, s22);
            x = Vector256.LoadUnsafe(ref b, 3 * stride + k);
            s03 = Vector256.MultiplyAddEstimate(a0, x, s03);
            s13 = Vector256.MultiplyAddEstimate(a1, x, s13);
            s23 = Vector256.MultiplyAddEstimate(a2, x, s23);
        }

        Add(product.AsSpan(i * Count + j, 4), s00, s01, s02, s03);
        Add(product.AsSpan((i + 1) * Count + j, 4), s10, s11, s12, s13);
        Add(product.AsSpan((i + 2) * Count + j, 4), s20, s21, s22, s23);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Span<double> sums, Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
    {
        sums[0] += Vector256.Sum(a);
        sums[1] += Vector256.Sum(b);
        sums[2] += Vector256.Sum(c);
        sums[3] += Vector256.Sum(d);
    }

    /// <summary>A panel's rows times x, four at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Dots(int panel, float[] x, double[] product)
    {
        ref float v = ref x[0];
        nuint stride = (nuint)Stride;
        for (int i = panel * Panel; i < (panel + 1) * Panel; i += 4)
        {
            ref float row = ref _values[i * Stride];
            Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
            for (nuint k = 0; k < stride; k += Lanes)
            {
                var w = Vector256.LoadUnsafe(ref v, k);
                s0 = Vector256.MultiplyAddEstimate(Vector256.LoadUnsafe(ref row, k), w, s0);
                s1 = Vector256.MultiplyAddEstimate(Vector256.LoadUnsafe(ref row, stride + k), w, s1);
                s2 = Vector256.MultiplyAddEstimate(Vector256.LoadUnsafe(ref row, 2 * stride + k), w, s2);
                s3 = Vector256.MultiplyAddEstimate(Vector256.LoadUnsafe(ref row, 3 * stride + k), w, s3);
            }

            product[i] = Vector256.Sum(s0);
            product[i + 1] = Vector256.Sum(s1);
            product[i + 2] = Vector256.Sum(s2);
            product[i + 3] = Vector256.Sum(s3);
        }
    }

    /// <summary>Σᵢ yᵢAᵢ in a stripe, four rows at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddRows(int first, int end, double[] y, float[] product)
    {
        product.AsSpan(first, end - first).Clear();
        ref float sum = ref product[0];
        nuint stride = (nuint)Stride;
        for (int i = 0; i < Count; i += 4)
        {
            ref float row = ref _values[i * Stride];
            var y0 = Vector256.Create((float)y[i]);
            var y1 = Vector256.Create((float)y[i + 1]);
            var y2 = Vector256.Create((float)y[i + 2]);
            var y3 = Vector256.Create((float)y[i + 3]);
            for (nuint k = (nuint)first; k < (nuint)end; k += Lanes)
            {
                var even = Vector256.MultiplyAddEstimate(y0, Vector256.LoadUnsafe(ref row, k), Vector256.LoadUnsafe(ref sum, k));
                var odd = y1 * Vector256.LoadUnsafe(ref row, stride + k);
                even = Vector256.MultiplyAddEstimate(y2, Vector256.LoadUnsafe(ref row, 2 * stride + k), even);
                odd = Vector256.MultiplyAddEstimate(y3, Vector256.LoadUnsafe(ref row, 3 * stride + k), odd);
                (even + odd).StoreUnsafe(ref sum, k);
            }
        }
    }
}
