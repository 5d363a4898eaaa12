using GpuPerceptron.LinearAlgebra;
using Xunit;

namespace GpuPerceptron.Tests.LinearAlgebra;

public sealed class TallMatricesTests
{
    public static MatrixTheoryData<int, int> Shapes => new([1, 3, 4, 5, 8, 9, 50], [8, 16, 24, 56]);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Products_agree_with_loops(int rows, int columns)
    {
        double[] a = Values(rows * columns, seed: 1), b = Values(rows * columns, seed: 2), matrix = Values(columns * columns, seed: 3);
        double[] gram = [.. Enumerable.Repeat(double.NaN, columns * columns)], product = [.. Enumerable.Repeat(double.NaN, rows * columns)];
        TallMatrices.Gram(a, b, columns, gram);
        TallMatrices.Times(a, matrix, columns, product);
        for (int i = 0; i < columns; i++)
        {
            for (int k = 0; k < columns; k++)
                Assert.Equal(Enumerable.Range(0, rows).Sum(row => a[row * columns + i] * b[row * columns + k]), gram[i * columns + k], 1e-13 * rows);
        }

        for (int row = 0; row < rows; row++)
        {
            for (int k = 0; k < columns; k++)
                Assert.Equal(Enumerable.Range(0, columns).Sum(i => a[row * columns + i] * matrix[i * columns + k]), product[row * columns + k], 1e-13 * columns);
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        double[] rows = new double[24], square = new double[64];
        Assert.Throws<ArgumentException>(() => TallMatrices.Gram(rows, new double[16], 8, square));
        Assert.Throws<ArgumentException>(() => TallMatrices.Gram(rows, rows, 8, new double[63]));
        Assert.Throws<ArgumentException>(() => TallMatrices.Gram(rows, rows, 6, new double[36]));
        Assert.Throws<ArgumentException>(() => TallMatrices.Gram(rows, rows, 16, new double[256]));
        Assert.Throws<ArgumentException>(() => TallMatrices.Gram(rows, rows, 0, []));
        Assert.Throws<ArgumentException>(() => TallMatrices.Gram(rows, rows, -8, square));
        Assert.Throws<ArgumentException>(() => TallMatrices.Times(rows, square, 8, new double[16]));
        Assert.Throws<ArgumentException>(() => TallMatrices.Times(rows, new double[65], 8, new double[24]));
        Assert.Throws<ArgumentException>(() => TallMatrices.Times(rows, new double[9], 3, new double[24]));
        Assert.Throws<ArgumentException>(() => TallMatrices.Times(rows, new double[256], 16, new double[24]));
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(5), InlineData(8), InlineData(56), InlineData(70)]
    public void An_inverse_root_times_itself_is_the_inverse(int size)
    {
        double[] matrix = Positive(size, rank: size), upper = TallMatrices.InverseRoot([.. matrix], size, 1e-10)!;
        Assert.NotNull(upper);
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < i; j++)
                Assert.Equal(0, upper[i * size + j]);
            Assert.True(upper[i * size + i] > 0);
        }

        // RᵀGR = 1
        double[] product = Naive(matrix, upper, size, transposed: false);
        product = Naive(upper, product, size, transposed: true);
        for (int i = 0; i < size * size; i++)
            Assert.Equal(i % (size + 1) == 0 ? 1 : 0, product[i], 1e-8);
    }

    [Fact]
    public void There_is_none_of_what_is_not_so_positive_definite()
    {
        Assert.Null(TallMatrices.InverseRoot(new double[64], 8, 1e-10));
        Assert.Null(TallMatrices.InverseRoot(Positive(8, rank: 7), 8, 1e-10));
        Assert.Null(TallMatrices.InverseRoot([1, 2, 2, 1], 2, 0));
        Assert.Null(TallMatrices.InverseRoot([1, 0, 0, double.NaN], 2, 1e-10));

        // The pivots are measured by the largest element, whatever its size.
        Assert.Null(TallMatrices.InverseRoot([1e6, 0, 0, 1], 2, 1e-5));
        Assert.Equal([1e-3, 0, 0, 1], TallMatrices.InverseRoot([1e6, 0, 0, 1], 2, 1e-7)!);
        Assert.NotNull(TallMatrices.InverseRoot([1e-20, 0, 0, 1e-20], 2, 1e-7));
    }

    private static double[] Values(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => 2 * random.NextDouble() - 1)];
    }

    private static double[] Positive(int size, int rank)
    {
        double[] factor = Values(rank * size, seed: size), matrix = new double[size * size];
        for (int k = 0; k < rank; k++)
        {
            for (int i = 0; i < size * size; i++)
                matrix[i] += factor[k * size + i / size] * factor[k * size + i % size];
        }

        return matrix;
    }

    private static double[] Naive(double[] a, double[] b, int size, bool transposed) => [.. Enumerable.Range(0, size * size).Select(place =>
        Enumerable.Range(0, size).Sum(k => a[transposed ? k * size + place / size : place / size * size + k] * b[k * size + place % size]))];
}
