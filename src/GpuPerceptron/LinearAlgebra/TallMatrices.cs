using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace GpuPerceptron.LinearAlgebra;

/// <summary>Matrices of many short rows in float64, row-major, a multiple of eight values each, and the small ones that belong to them.</summary>
/// <remarks>A lane is a column: a sum's order does not depend on the registers' width.</remarks>
internal static class TallMatrices
{
    private const int Lanes = 8;

    /// <summary>AᵀB.</summary>
    /// <param name="a">A: rows of <paramref name="columns"/> values.</param>
    /// <param name="b">B: as many.</param>
    /// <param name="columns">Values a row.</param>
    /// <param name="product">columns² values; overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gram(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int columns, Span<double> product)
    {
        Check(a.Length, columns, b.Length == a.Length && product.Length == columns * columns);
        product.Clear();
        ref double x = ref MemoryMarshal.GetReference(a), y = ref MemoryMarshal.GetReference(b), sum = ref MemoryMarshal.GetReference(product);
        int done = 0;
        for (; done <= a.Length - 4 * columns; done += 4 * columns) // four rows for each load and store of a sum
        {
            for (int k = 0; k < columns; k++)
            {
                var x0 = Vector512.Create(Unsafe.Add(ref x, done + k));
                var x1 = Vector512.Create(Unsafe.Add(ref x, done + columns + k));
                var x2 = Vector512.Create(Unsafe.Add(ref x, done + 2 * columns + k));
                var x3 = Vector512.Create(Unsafe.Add(ref x, done + 3 * columns + k));
                for (int c = 0; c < columns; c += Lanes)
                {
                    nuint value = (nuint)(done + c), place = (nuint)(k * columns + c), next = (nuint)columns;
                    var even = Vector512.MultiplyAddEstimate(x0, Vector512.LoadUnsafe(ref y, value), Vector512.LoadUnsafe(ref sum, place));
                    var odd = x1 * Vector512.LoadUnsafe(ref y, value + next);
                    even = Vector512.MultiplyAddEstimate(x2, Vector512.LoadUnsafe(ref y, value + 2 * next), even);
                    odd = Vector512.MultiplyAddEstimate(x3, Vector512.LoadUnsafe(ref y, value + 3 * next), odd);
                    (even + odd).StoreUnsafe(ref sum, place);
                }
            }
        }

        for (; done < a.Length; done += columns)
        {
            for (int k = 0; k < columns; k++)
                Vectors.AddScaled(product.Slice(k * columns, columns), a[done + k], b.Slice(done, columns));
        }
    }

    /// <summary>AM.</summary>
    /// <param name="a">A: rows of <paramref name="columns"/> values.</param>
    /// <param name="matrix">M: columns² values.</param>
    /// <param name="columns">Values a row.</param>
    /// <param name="product">As many values as A; overwritten, and not A itself.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Times(ReadOnlySpan<double> a, ReadOnlySpan<double> matrix, int columns, Span<double> product)
    {
        Check(a.Length, columns, product.Length == a.Length && matrix.Length == columns * columns);
        ref double x = ref MemoryMarshal.GetReference(a), m = ref MemoryMarshal.GetReference(matrix), target = ref MemoryMarshal.GetReference(product);
        for (int row = 0; row < a.Length; row += columns)
        {
            for (int c = 0; c < columns; c += Lanes)
            {
                Vector512<double> even = default, odd = default, third = default, fourth = default;
                for (int k = 0; k < columns; k += 4) // four chains hide the latency
                {
                    nuint place = (nuint)(k * columns + c);
                    even = Vector512.MultiplyAddEstimate(Vector512.Create(Unsafe.Add(ref x, row + k)), Vector512.LoadUnsafe(ref m, place), even);
                    odd = Vector512.MultiplyAddEstimate(
                        Vector512.Create(Unsafe.Add(ref x, row + k + 1)), Vector512.LoadUnsafe(ref m, place + (nuint)columns), odd);
                    third = Vector512.MultiplyAddEstimate(
                        Vector512.Create(Unsafe.Add(ref x, row + k + 2)), Vector512.LoadUnsafe(ref m, place + 2 * (nuint)columns), third);
                    fourth = Vector512.MultiplyAddEstimate(
                        Vector512.Create(Unsafe.Add(ref x, row + k + 3)), Vector512.LoadUnsafe(ref m, place + 3 * (nuint)columns), fourth);
                }

                ((even + odd) + (third + fourth)).StoreUnsafe(ref target, (nuint)(row + c));
            }
        }
    }

    /// <summary>L⁻ᵀ of a symmetric positive definite G = LLᵀ, so that G⁻¹ = L⁻ᵀL⁻¹.</summary>
    /// <param name="matrix">G: n² values; overwritten.</param>
    /// <param name="size">n.</param>
    /// <param name="smallestPivot">The least that a pivot may be, as a part of the largest diagonal element.</param>
    /// <returns>n² values, row-major, 0 below the diagonal; null where G is not so positive definite.</returns>
    public static double[]? InverseRoot(double[] matrix, int size, double smallestPivot)
    {
        double largest = 0;
        for (int i = 0; i < size; i++)
            largest = Math.Max(largest, matrix[i * size + i]);
        if (!Cholesky.TryFactor(matrix, size, smallestPivot * largest, out _)) return null;
        double[] inverse = new double[size * size]; // row by row: L⁻ᵀ's row k is L⁻¹'s column k
        for (int k = 0; k < size; k++)
        {
            // L⁻¹'s column k, by Lx = e_k.
            for (int i = k; i < size; i++)
            {
                double sum = i == k ? 1 : 0;
                for (int c = k; c < i; c++)
                    sum -= matrix[i * size + c] * inverse[k * size + c];
                inverse[k * size + i] = sum / matrix[i * size + i];
            }
        }

        return inverse;
    }

    private static void Check(int length, int columns, bool fits)
    {
        if (!fits || columns <= 0 || columns % Lanes != 0 || length % columns != 0)
            throw new ArgumentException($"rows of {columns} values: {length} values, or the other matrix's, do not fit");
    }
}
