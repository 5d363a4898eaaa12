using GpuPerceptron.LinearAlgebra;
using Xunit;

namespace GpuPerceptron.Tests.LinearAlgebra;

public sealed class CholeskyTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(29)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(72)]
    [InlineData(127)]
    [InlineData(133)]
    [InlineData(301)]
    [InlineData(420)] // by several threads
    public void The_factor_times_its_transpose_is_the_matrix_and_nothing_above_the_diagonal_is_touched(int size)
    {
        double[] matrix = PositiveDefinite(size), factor = WithoutUpperTriangle(matrix, size);
        Assert.True(Cholesky.TryFactor(factor, size, 0, out int failed));
        Assert.Equal(-1, failed);
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                if (j > i)
                {
                    Assert.True(double.IsNaN(factor[i * size + j]));
                    continue;
                }

                double sum = 0;
                for (int k = 0; k <= j; k++)
                    sum += factor[i * size + k] * factor[j * size + k];
                Assert.Equal(matrix[i * size + j], sum, 1e-14 * size);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(130)]
    [InlineData(1001)]
    public void A_solution_satisfies_its_equations(int size)
    {
        double[] matrix = PositiveDefinite(size);
        double[] factor = [.. matrix];
        double[] right = [.. Enumerable.Range(0, size).Select(j => Math.Sin(j + 1))];
        double[] x = [.. right];
        Assert.True(Cholesky.TryFactor(factor, size, 0, out _));
        Cholesky.Solve(factor, size, x);
        for (int i = 0; i < size; i++)
        {
            double sum = 0;
            for (int j = 0; j < size; j++)
                sum += matrix[i * size + j] * x[j];
            Assert.Equal(right[i], sum, 1e-11);
        }
    }

    [Theory]
    [InlineData(5, 0)]
    [InlineData(100, 3)]
    [InlineData(100, 63)]
    [InlineData(100, 64)]
    [InlineData(200, 199)]
    public void The_first_pivot_that_is_not_positive_is_named(int size, int pivot)
    {
        // LDLᵀ with one negative pivot: the leading minors before it are positive, it is not.
        double[] matrix = new double[size * size], factor = PositiveDefinite(size);
        Assert.True(Cholesky.TryFactor(factor, size, 0, out _));
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                for (int k = 0; k <= j; k++)
                    matrix[i * size + j] += (k == pivot ? -1 : 1) * factor[i * size + k] * factor[j * size + k];
            }
        }

        Assert.False(Cholesky.TryFactor(matrix, size, 0, out int failed));
        Assert.Equal(pivot, failed);
    }

    [Fact]
    public void A_pivot_below_the_least_one_is_refused()
    {
        Assert.False(Cholesky.TryFactor([1, 0, 0, 1e-9], 2, 1e-6, out int failed));
        Assert.Equal(1, failed);
        Assert.True(Cholesky.TryFactor([1, 0, 0, 1e-9], 2, 0, out _));
        Assert.False(Cholesky.TryFactor([1, 0, 0, 0], 2, 0, out failed));
        Assert.Equal(1, failed);
        Assert.False(Cholesky.TryFactor([double.NaN], 1, 0, out failed));
        Assert.Equal(0, failed);
    }

    [Fact]
    public void The_same_matrix_gives_the_same_bits()
    {
        double[] first = PositiveDefinite(203), second = [.. first];
        Assert.True(Cholesky.TryFactor(first, 203, 0, out _));
        Assert.True(Cholesky.TryFactor(second, 203, 0, out _));
        Assert.Equal(first, second);
    }

    /// <summary>GGᵀ/n + I/10, G uniform in [−1, 1].</summary>
    private static double[] PositiveDefinite(int size)
    {
        var random = new Random(size);
        double[] g = [.. Enumerable.Range(0, size * size).Select(_ => 2 * random.NextDouble() - 1)];
        double[] matrix = new double[size * size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = i == j ? 0.1 : 0;
                for (int k = 0; k < size; k++)
                    sum += g[i * size + k] * g[j * size + k] / size;
                matrix[i * size + j] = matrix[j * size + i] = sum;
            }
        }

        return matrix;
    }

    private static double[] WithoutUpperTriangle(double[] matrix, int size) =>
        [.. matrix.Select((value, k) => k % size > k / size ? double.NaN : value)];
}
