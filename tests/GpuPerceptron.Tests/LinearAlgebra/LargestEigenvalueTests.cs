using GpuPerceptron.Diagnostics;
using GpuPerceptron.LinearAlgebra;
using Xunit;

namespace GpuPerceptron.Tests.LinearAlgebra;

public sealed class LargestEigenvalueTests
{
    [Theory]
    [InlineData(1, 1), InlineData(2, 1), InlineData(3, 2), InlineData(10, 4), InlineData(60, 9), InlineData(200, 400)]
    public void It_is_that_of_long_power_iteration(int size, int rank)
    {
        var random = new Random(size);
        double[] matrix = new double[size * size];
        for (int k = 0; k < rank; k++)
        {
            double[] v = Vector(random, size);
            for (int i = 0; i < size * size; i++)
                matrix[i] += v[i / size] * v[i % size];
        }

        double[] u = Vector(random, size);
        double expected = 0;
        for (int i = 0; i < 20_000; i++)
        {
            u = Spectrum.Times(matrix, u);
            expected = Math.Sqrt(Vectors.Dot(u, u));
            u = [.. u.Select(value => value / expected)];
        }

        int products = 0;
        double estimate = LargestEigenvalue.Estimate(Vector(random, size), Times, relativeChange: 1e-9);
        Assert.Equal(expected, estimate, 1e-6 * expected);
        Assert.True(estimate <= expected * (1 + 1e-12));
        Assert.InRange(products, 1, 2 + 2 * Math.Sqrt(20 * size)); // power iteration takes some hundreds at the greatest size

        void Times(double[] vector, double[] product)
        {
            products++;
            Spectrum.Times(matrix, vector).CopyTo(product, 0);
        }
    }

    [Fact]
    public void Nothing_has_the_eigenvalue_0_and_an_eigenvector_is_found_at_once()
    {
        Assert.Equal(0, LargestEigenvalue.Estimate([1, 2], (_, product) => Array.Clear(product), 1e-9));
        Assert.Equal(0, LargestEigenvalue.Estimate([0, 0], (vector, product) => vector.CopyTo(product, 0), 1e-9));
        Assert.Equal(3, LargestEigenvalue.Estimate([1, 2], (vector, product) => (product[0], product[1]) = (3 * vector[0], 3 * vector[1]), 1e-9), 1e-15);
    }

    [Fact]
    public void It_ends_when_it_is_told_to()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        double[] diagonal = [1, 2, 3];
        double estimate = LargestEigenvalue.Estimate(
            [1, 1, 1], (vector, product) => vector.Zip(diagonal, (v, d) => v * d).ToArray().CopyTo(product, 0), 1e-9, cancelled.Token);
        Assert.InRange(estimate, 2, 3);
    }

    private static double[] Vector(Random random, int size) => [.. Enumerable.Range(0, size).Select(_ => random.NextDouble() - 0.5)];
}
