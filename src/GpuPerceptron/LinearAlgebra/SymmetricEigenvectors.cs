using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace GpuPerceptron.LinearAlgebra;

/// <summary>
/// All eigenvalues and eigenvectors of a small symmetric matrix, by Jacobi's rotations (Golub and Van Loan, Matrix Computations, 8.5.3): each
/// makes one element off the diagonal 0, cycle after cycle, until all are.
/// </summary>
internal static class SymmetricEigenvectors
{
    private const int Lanes = 4;
    private const int MaximumCycles = 30;
    private const double Negligible = 1e-12; // of the diagonal

    /// <param name="matrix">A: n² values, row-major. Its eigenvalues are left on the diagonal, in no order.</param>
    /// <param name="size">n.</param>
    /// <returns>n² values: row i is the eigenvector, of length 1, of the i-th eigenvalue.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double[] Find(double[] matrix, int size)
    {
        double[] vectors = new double[size * size];
        for (int i = 0; i < size; i++)
            vectors[i * size + i] = 1;
        for (int cycle = 0, rotations = 1; cycle < MaximumCycles && rotations > 0; cycle++)
        {
            rotations = 0;
            for (int p = 0; p < size - 1; p++)
            {
                for (int q = p + 1; q < size; q++)
                {
                    double app = matrix[p * size + p], aqq = matrix[q * size + q], apq = matrix[p * size + q];
                    if (Math.Abs(apq) <= Negligible * Math.Sqrt(Math.Abs(app * aqq))) continue;
                    rotations++;

                    // tan of the smaller of the two angles that make a_pq 0.
                    double tau = (aqq - app) / (2 * apq);
                    double tangent = (tau >= 0 ? 1 : -1) / (Math.Abs(tau) + Math.Sqrt(1 + tau * tau));
                    double cosine = 1 / Math.Sqrt(1 + tangent * tangent), sine = tangent * cosine;
                    Span<double> rowP = matrix.AsSpan(p * size, size), rowQ = matrix.AsSpan(q * size, size);
                    Rotate(rowP, rowQ, cosine, sine);
                    for (int i = 0; i < size; i++)
                    {
                        matrix[i * size + p] = rowP[i];
                        matrix[i * size + q] = rowQ[i];
                    }

                    matrix[p * size + p] = app - tangent * apq;
                    matrix[q * size + q] = aqq + tangent * apq;
                    matrix[p * size + q] = matrix[q * size + p] = 0;
                    Rotate(vectors.AsSpan(p * size, size), vectors.AsSpan(q * size, size), cosine, sine);
                }
            }
        }

        return vectors;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rotate(Span<double> x, Span<double> y, double cosine, double sine)
    {
        ref double first = ref MemoryMarshal.GetReference(x), second = ref MemoryMarshal.GetReference(y[..x.Length]);
        int i = 0;
        for (; i <= x.Length - Lanes; i += Lanes)
        {
            var a = Vector256.LoadUnsafe(ref first, (nuint)i);
            var b = Vector256.LoadUnsafe(ref second, (nuint)i);
            (a * cosine - b * sine).StoreUnsafe(ref first, (nuint)i);
            (a * sine + b * cosine).StoreUnsafe(ref second, (nuint)i);
        }

        for (; i < x.Length; i++)
            (x[i], y[i]) = (cosine * x[i] - sine * y[i], sine * x[i] + cosine * y[i]);
    }
}
