using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace GpuPerceptron.LinearAlgebra;

/// <summary>A = LLᵀ in float64, of a symmetric matrix that should be positive definite.</summary>
/// <remarks>
/// Right-looking, in blocks of <see cref="Block"/> columns (Golub and Van Loan, Matrix Computations, 4.2.9): the block on
/// the diagonal is factored, the rows below it are solved for, L₂₁ = A₂₁L₁₁⁻ᵀ, and their product L₂₁L₂₁ᵀ is taken from what
/// remains. Nearly all of the n³/3 flops are in that product. Where much is left, threads share panels of rows and of columns. The
/// order of every sum is fixed by n alone.
/// <para>
/// A training factors but once or twice. So what is hot is compiled for speed at its first call: code that the compiler would
/// have to be shown to be hot first takes some ten times as long.
/// </para>
/// </remarks>
internal static unsafe class Cholesky
{
    private const int Block = 64;
    private const int Panel = 8; // rows of L₂₁ that lie column by column, side by side: a cache line
    private const int ManyPanels = 32; // from which on a second thread saves more than waking it costs

    /// <summary>Writes L over A's lower triangle.</summary>
    /// <param name="matrix">A: n², row-major; above the diagonal it is neither read nor written.</param>
    /// <param name="size">n.</param>
    /// <param name="smallestPivot">The least that a pivot Lⱼⱼ² may be; with 0, above 0.</param>
    /// <param name="failed">The first j whose pivot is less, or is no number; −1 where there is none.</param>
    /// <returns>Whether A is so positive definite; if not, the lower triangle is of no use.</returns>
    public static bool TryFactor(Span<double> matrix, int size, double smallestPivot, out int failed)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(matrix.Length, size * size);
        nuint panels = (nuint)(size + Panel - 1) / Panel;
        double* packed = (double*)NativeMemory.AlignedAlloc(Math.Max(1, panels) * Panel * Block * sizeof(double), 64);
        try
        {
            fixed (double* a = matrix)
            {
                for (int first = 0; first < size; first += Block)
                {
                    int count = Math.Min(Block, size - first);
                    failed = FactorDiagonal(a, size, first, count, smallestPivot);
                    if (failed >= 0) return false;
                    double* matrixStart = a;
                    int below = first + count, left = (size - below + Panel - 1) / Panel;
                    ForPanels(left, panel => SolveBelow(matrixStart, size, first, count, below + panel * Panel, packed + (nint)panel * Panel * Block));
                    ForPanels(left, panel => SubtractProduct(matrixStart, size, below, count, below + panel * Panel, packed));
                }
            }
        }
        finally
        {
            NativeMemory.AlignedFree(packed);
        }

        failed = -1;
        return true;
    }

    /// <summary>x ← A⁻¹x, by Ly = x and Lᵀx = y.</summary>
    /// <param name="factor">L, as <see cref="TryFactor"/> left it.</param>
    /// <param name="size">n.</param>
    /// <param name="x">n values.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Solve(ReadOnlySpan<double> factor, int size, Span<double> x)
    {
        for (int i = 0; i < size; i++)
        {
            var row = factor.Slice(i * size, i + 1);
            x[i] = (x[i] - Vectors.Dot(row[..i], x[..i])) / row[i];
        }

        for (int i = size - 1; i >= 0; i--)
        {
            var row = factor.Slice(i * size, i + 1);
            x[i] /= row[i];
            Vectors.AddScaled(x[..i], -x[i], row[..i]);
        }
    }

    /// <summary>L₁₁, row by row: Lᵢⱼ = (Aᵢⱼ − Σₖ LᵢₖLⱼₖ) / Lⱼⱼ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int FactorDiagonal(double* a, int size, int first, int count, double smallestPivot)
    {
        for (int i = first; i < first + count; i++)
        {
            var row = new Span<double>(a + (nint)i * size + first, i - first + 1);
            for (int j = 0; j < i - first; j++)
            {
                var other = new ReadOnlySpan<double>(a + (nint)(first + j) * size + first, j + 1);
                row[j] = (row[j] - Vectors.Dot(other[..j], row[..j])) / other[j];
            }

            var before = row[..^1];
            double pivot = row[^1] - Vectors.Dot(before, before);
            if (!(pivot >= smallestPivot && pivot > 0)) return i;
            row[^1] = Math.Sqrt(pivot);
        }

        return -1;
    }

    private static void ForPanels(int count, Action<int> body)
    {
        if (count >= ManyPanels)
        {
            Parallel.For(0, count, body);
            return;
        }

        for (int panel = 0; panel < count; panel++)
            body(panel);
    }

    /// <summary>A panel of L₂₁, its rows at once, and a copy of it: <see cref="Panel"/> rows' values of a column, then the next column's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SolveBelow(double* a, int size, int first, int count, int row, double* packed)
    {
        int rows = Math.Min(Panel, size - row);
        double* source = a + (nint)row * size + first;
        new Span<double>(packed, Panel * Block).Clear();
        for (int r = 0; r < rows; r++)
        {
            for (int j = 0; j < count; j++)
                packed[j * Panel + r] = source[(nint)r * size + j];
        }

        for (int j = 0; j < count; j++)
        {
            double* l = a + (nint)(first + j) * size + first;
            double* x = packed + j * Panel;
            Vector256<double> lower = Vector256.Load(x), upper = Vector256.Load(x + 4);
            Vector256<double> lowerOdd = default, upperOdd = default;
            int k = 0;
            for (; k < j - 1; k += 2)
            {
                double* solved = packed + k * Panel;
                var even = Vector256.Create(-l[k]);
                var odd = Vector256.Create(-l[k + 1]);
                lower = Vector256.MultiplyAddEstimate(even, Vector256.Load(solved), lower);
                upper = Vector256.MultiplyAddEstimate(even, Vector256.Load(solved + 4), upper);
                lowerOdd = Vector256.MultiplyAddEstimate(odd, Vector256.Load(solved + Panel), lowerOdd);
                upperOdd = Vector256.MultiplyAddEstimate(odd, Vector256.Load(solved + Panel + 4), upperOdd);
            }

            if (k < j)
            {
                double* solved = packed + k * Panel;
                var even = Vector256.Create(-l[k]);
                lower = Vector256.MultiplyAddEstimate(even, Vector256.Load(solved), lower);
                upper = Vector256.MultiplyAddEstimate(even, Vector256.Load(solved + 4), upper);
            }

            var pivot = Vector256.Create(l[j]);
            ((lower + lowerOdd) / pivot).Store(x);
            ((upper + upperOdd) / pivot).Store(x + 4);
        }

        for (int r = 0; r < rows; r++)
        {
            for (int j = 0; j < count; j++)
                source[(nint)r * size + j] = packed[j * Panel + r];
        }
    }

    /// <summary>A₂₂ −= L₂₁L₂₁ᵀ in a panel's columns, in the lower triangle, four rows at a time, or eight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SubtractProduct(double* a, int size, int first, int count, int column, double* packed)
    {
        const int Rows = 4;
        double* edge = stackalloc double[Rows * Panel];
        double* right = packed + (nint)(column - first) * Block;
        int row = column;
        while (row < size)
        {
            int offset = row - first;
            double* left = packed + (nint)(offset / Panel) * Panel * Block + offset % Panel;
            double* target = a + (nint)row * size + column;
            if (Vector512.IsHardwareAccelerated && row >= column + Panel && row + Panel <= size)
            {
                SubtractEight(left, right, count, target, size);
                row += Panel;
                continue;
            }

            if (row >= column + Panel && row + Rows <= size)
            {
                SubtractProduct(left, right, count, target, size);
                row += Rows;
                continue;
            }

            // On the diagonal and at the end only some of the values are the matrix's.
            new Span<double>(edge, Rows * Panel).Clear();
            SubtractProduct(left, right, count, edge, Panel);
            for (int i = 0; i < Math.Min(Rows, size - row); i++)
            {
                for (int j = 0; j < Panel && column + j <= row + i; j++)
                    target[(nint)i * size + j] += edge[i * Panel + j];
            }

            row += Rows;
        }
    }

    /// <summary>The same sums, to the bit, of eight rows, a register each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SubtractEight(double* left, double* right, int count, double* target, int stride)
    {
        Vector512<double> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        for (int k = 0; k < count; k++, left += Panel, right += Panel)
        {
            var x = Vector512.Load(right);
            s0 = Vector512.MultiplyAddEstimate(Vector512.Create(left[0]), x, s0);
            s1 = Vector512.MultiplyAddEstimate(Vector512.Create(left[1]), x, s1);
            s2 = Vector512.MultiplyAddEstimate(Vector512.Create(left[2]), x, s2);
            s3 = Vector512.MultiplyAddEstimate(Vector512.Create(left[3]), x, s3);
            s4 = Vector512.MultiplyAddEstimate(Vector512.Create(left[4]), x, s4);
            s5 = Vector512.MultiplyAddEstimate(Vector512.Create(left[5]), x, s5);
            s6 = Vector512.MultiplyAddEstimate(Vector512.Create(left[6]), x, s6);
            s7 = Vector512.MultiplyAddEstimate(Vector512.Create(left[7]), x, s7);
        }

        Subtract(target, s0);
        Subtract(target + stride, s1);
        Subtract(target + 2 * (nint)stride, s2);
        Subtract(target + 3 * (nint)stride, s3);
        Subtract(target + 4 * (nint)stride, s4);
        Subtract(target + 5 * (nint)stride, s5);
        Subtract(target + 6 * (nint)stride, s6);
        Subtract(target + 7 * (nint)stride, s7);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SubtractProduct(double* left, double* right, int count, double* target, int stride)
    {
        Vector256<double> s00 = default, s01 = default, s10 = default, s11 = default;
        Vector256<double> s20 = default, s21 = default, s30 = default, s31 = default;
        for (int k = 0; k < count; k++, left += Panel, right += Panel)
        {
            Vector256<double> x0 = Vector256.Load(right), x1 = Vector256.Load(right + 4);
            var a0 = Vector256.Create(left[0]);
            s00 = Vector256.MultiplyAddEstimate(a0, x0, s00);
            s01 = Vector256.MultiplyAddEstimate(a0, x1, s01);
            var a1 = Vector256.Create(left[1]);
            s10 = Vector256.MultiplyAddEstimate(a1, x0, s10);
            s11 = Vector256.MultiplyAddEstimate(a1, x1, s11);
            var a2 = Vector256.Create(left[2]);
            s20 = Vector256.MultiplyAddEstimate(a2, x0, s20);
            s21 = Vector256.MultiplyAddEstimate(a2, x1, s21);
            var a3 = Vector256.Create(left[3]);
            s30 = Vector256.MultiplyAddEstimate(a3, x0, s30);
            s31 = Vector256.MultiplyAddEstimate(a3, x1, s31);
        }

        Subtract(target, s00, s01);
        Subtract(target + stride, s10, s11);
        Subtract(target + 2 * (nint)stride, s20, s21);
        Subtract(target + 3 * (nint)stride, s30, s31);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Subtract(double* target, Vector512<double> sums) => (Vector512.Load(target) - sums).Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Subtract(double* target, Vector256<double> lower, Vector256<double> upper)
    {
        (Vector256.Load(target) - lower).Store(target);
        (Vector256.Load(target + 4) - upper).Store(target + 4);
    }
}
