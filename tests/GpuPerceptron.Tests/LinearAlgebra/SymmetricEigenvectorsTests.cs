using GpuPerceptron.LinearAlgebra;
using Xunit;

namespace GpuPerceptron.Tests.LinearAlgebra;

public sealed class SymmetricEigenvectorsTests
{
    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(5), InlineData(8), InlineData(56)]
    public void Random_matrices_are_taken_apart(int size)
    {
        var random = new Random(size);
        double[] matrix = new double[size * size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
                matrix[i * size + j] = matrix[j * size + i] = 2 * random.NextDouble() - 1;
        }

        double[] eigenvalues = AssertTakenApart(matrix, size);
        if (size > 2) Assert.True(eigenvalues[0] < 0 && eigenvalues[^1] > 0);
    }

    [Fact]
    public void A_diagonal_one_is_left_as_it_is()
    {
        double[] matrix = [3, 0, 0, 0, 0, 0, 0, 0, -2], same = [.. matrix];
        Assert.Equal([1, 0, 0, 0, 1, 0, 0, 0, 1], SymmetricEigenvectors.Find(matrix, 3));
        Assert.Equal(same, matrix);
    }

    [Theory]
    [InlineData(2), InlineData(5), InlineData(56)]
    public void Of_rank_1_all_but_one_are_0(int size)
    {
        var random = new Random(size);
        double[] v = [.. Enumerable.Range(0, size).Select(_ => random.NextDouble() - 0.5)];
        double[] eigenvalues = AssertTakenApart([.. Enumerable.Range(0, size * size).Select(i => v[i / size] * v[i % size])], size);
        double square = v.Sum(value => value * value);
        Assert.Equal(square, eigenvalues[^1], 1e-13 * size);
        Assert.All(eigenvalues[..^1], value => Assert.Equal(0, value, 1e-13 * size));
    }

    [Fact]
    public void Eigenvalues_may_repeat()
    {
        // 2 + a matrix of ones has n − 1 times 2, and 2 + n.
        const int Size = 13;
        double[] ones = AssertTakenApart([.. Enumerable.Range(0, Size * Size).Select(i => i % (Size + 1) == 0 ? 3.0 : 1)], Size);
        Assert.All(ones[..^1], value => Assert.Equal(2, value, 1e-12));
        Assert.Equal(2 + Size, ones[^1], 1e-12);

        // Reflected at a random vector, diag(1, 1, 4, 4, 4, …) keeps its eigenvalues.
        var random = new Random(7);
        double[] v = [.. Enumerable.Range(0, Size).Select(_ => random.NextDouble() - 0.5)], reflection = new double[Size * Size];
        double square = v.Sum(value => value * value);
        for (int i = 0; i < Size * Size; i++)
            reflection[i] = (i % (Size + 1) == 0 ? 1 : 0) - 2 * v[i / Size] * v[i % Size] / square;
        double[] turned = [.. Enumerable.Range(0, Size * Size).Select(i =>
            Enumerable.Range(0, Size).Sum(k => reflection[i / Size * Size + k] * (k < 2 ? 1 : 4) * reflection[i % Size * Size + k]))];
        double[] two = AssertTakenApart(turned, Size);
        Assert.All(two, (value, place) => Assert.Equal(place < 2 ? 1 : 4, value, 1e-12));
    }

    [Fact]
    public void Small_eigenvalues_beside_large_ones_keep_their_digits()
    {
        // A scaled by diag(1, 10⁻⁵) on both sides: det A / λ₁ is the lesser one.
        double[] matrix = [2, 1e-5, 1e-5, 2e-10];
        SymmetricEigenvectors.Find(matrix, 2);
        Assert.Equal(1.5e-10, Math.Min(matrix[0], matrix[3]), 1e-19);
    }

    /// <summary>A v = λ v, v of length 1 and at right angles to the others.</summary>
    /// <returns>The eigenvalues, the least first.</returns>
    private static double[] AssertTakenApart(double[] matrix, int size)
    {
        double[] values = [.. matrix], vectors = SymmetricEigenvectors.Find(values, size);
        double largest = Enumerable.Range(0, size).Max(i => Math.Abs(values[i * size + i]));
        for (int i = 0; i < size; i++)
        {
            double[] v = vectors[(i * size)..((i + 1) * size)];
            for (int row = 0; row < size; row++)
            {
                double product = Enumerable.Range(0, size).Sum(k => matrix[row * size + k] * v[k]);
                Assert.Equal(values[i * size + i] * v[row], product, 1e-12 * size * largest);
            }

            for (int other = 0; other <= i; other++)
                Assert.Equal(other == i ? 1 : 0, Enumerable.Range(0, size).Sum(k => v[k] * vectors[other * size + k]), 1e-13 * size);
        }

        return [.. Enumerable.Range(0, size).Select(i => values[i * size + i]).Order()];
    }
}
