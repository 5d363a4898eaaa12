using GpuPerceptron.Diagnostics.Certificates;
using GpuPerceptron.LinearAlgebra;

namespace GpuPerceptron.Diagnostics;

/// <summary>The extreme eigenvalues of symmetric matrices, positive semidefinite.</summary>
internal static class Spectrum
{
    /// <summary>λmax, from below.</summary>
    /// <param name="size">The matrix's rows.</param>
    /// <param name="times">Multiplies a vector by it.</param>
    /// <param name="relativeChange">Ends when an iteration raises the estimate by less than this part of it.</param>
    public static double Largest(int size, Func<double[], double[]> times, double relativeChange = 1e-7)
    {
        var random = new Random(1);
        double[] v = [.. Enumerable.Range(0, size).Select(_ => random.NextDouble() + 0.5)];
        return LargestEigenvalue.Estimate(v, (vector, product) => times(vector).CopyTo(product, 0), relativeChange);
    }

    /// <summary>λmax(A).</summary>
    public static double Largest(double[] matrix, int size) => Largest(size, v => Times(matrix, v));

    /// <summary>λmax/λmin of a matrix; infinite where float64 cannot tell λmin from 0.</summary>
    public static double ConditionNumber(double[] matrix, int size)
    {
        double largest = Largest(matrix, size), smallest = SmallestEigenvalue.Estimate(matrix, size).Value;
        return smallest > 1e-15 * largest ? Math.Max(1, largest / smallest) : double.PositiveInfinity;
    }

    /// <summary>A v.</summary>
    public static double[] Times(double[] matrix, double[] v)
    {
        double[] product = new double[v.Length];
        for (int i = 0; i < v.Length; i++)
            product[i] = Vectors.Dot(matrix.AsSpan(i * v.Length, v.Length), v);
        return product;
    }
}
