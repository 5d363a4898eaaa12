using GpuPerceptron.LinearAlgebra;
using Xunit;

namespace GpuPerceptron.Tests.LinearAlgebra;

public sealed class FloatRowsTests
{
    public static MatrixTheoryData<int, int> Shapes => new([FloatRows.Panel, 3 * FloatRows.Panel], [1, 7, 8, 511, 512, 1030]);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Products_agree_with_loops(int count, int width)
    {
        var random = new Random(count + width);
        var rows = new FloatRows(count, width);
        double[] scale = [.. Enumerable.Range(0, width).Select(_ => 0.5 + random.NextDouble())];
        double[][] a = new double[count][];
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < width; j++)
                rows.Values[i * rows.Stride + j] = (float)(random.NextDouble() - 0.5);
            a[i] = [.. Enumerable.Range(0, width).Select(j => (double)rows.Values[i * rows.Stride + j])];
        }

        double[] squares = rows.SquaredColumns();
        for (int j = 0; j < width; j++)
            Assert.Equal(a.Sum(row => row[j] * row[j]), squares[j], 1e-6);

        rows.ScaleColumns(scale);
        foreach (double[] row in a)
        {
            for (int j = 0; j < width; j++)
                row[j] *= scale[j];
        }

        double[] gram = new double[count * count];
        rows.Gram(gram);
        for (int i = 0; i < count; i++)
        {
            for (int k = 0; k <= i; k++)
                Assert.Equal(a[i].Zip(a[k], (x, y) => x * y).Sum(), gram[i * count + k], 1e-5 * width);
        }

        float[] vector = new float[rows.Stride], sums = new float[rows.Stride];
        for (int j = 0; j < width; j++)
            vector[j] = (float)(random.NextDouble() - 0.5);
        double[] products = new double[count];
        rows.Times(vector, products);
        for (int i = 0; i < count; i++)
            Assert.Equal(a[i].Zip(vector, (x, y) => x * y).Sum(), products[i], 1e-6 * width);

        rows.TransposedTimes(products, sums);
        for (int j = 0; j < width; j++)
            Assert.Equal(a.Zip(products, (row, y) => row[j] * y).Sum(), sums[j], 1e-6 * width * count);
    }
}
