using System.Globalization;
using System.Runtime.InteropServices;

namespace GpuPerceptron.Tabular.Tests;

public sealed class ExactnessTests : TemporaryTables
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(2049)]
    public void The_standardised_matrix_is_what_float64_gives(int count)
    {
        var random = new Random(5);
        int rows = count + 3;
        double[][] x = [.. Enumerable.Range(0, rows).Select(i => new[]
        {
            random.NextDouble(), 1e6 * random.NextDouble() - 3e5, 1.7e9 + 86400.0 * random.NextDouble(), 1e-9 * random.NextDouble(),
            random.NextDouble() < 0.3 ? double.NaN : random.NextDouble() + 1000, i == 1 ? 1e9 : random.NextDouble(),
        })];
        var lines = x.Select((row, i) =>
            string.Join(',', row.Select(value => double.IsNaN(value) ? "" : value.ToString("R", CultureInfo.InvariantCulture)).Append($"{i % 2}")));
        using var table = TableReader.ReadTraining(Csv(["a,b,seconds,tiny,gaps,outlier,label", .. lines]), new TableOptions { Label = "label" });
        using var again = TableReader.ReadLabelled(TableSource.File(PathOf("table.csv")), table.Schema);
        float[][] trained = Rows(table.Training), read = Rows(again);
        for (int j = 0, feature = 0; j < x[0].Length; j++)
        {
            double[] values = [.. x.Select(row => row[j]).Where(value => !double.IsNaN(value))];
            double mean = values.Average();
            double deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
            if (!(deviation > 0)) continue;
            var fitted = table.Schema.Features.ElementAt(feature);
            Assert.InRange(Math.Abs(fitted.Mean - mean) / deviation, 0, 1e-7);
            Assert.InRange(Math.Abs(fitted.StandardDeviation / deviation - 1), 0, 1e-6);
            for (int i = 0; i < rows; i++)
            {
                double expected = double.IsNaN(x[i][j]) ? 0 : (x[i][j] - mean) / deviation;
                Assert.InRange(Math.Abs(trained[i][feature] - expected), 0, 1e-6 * Math.Max(1, Math.Abs(expected)));
                Assert.InRange(Math.Abs(read[i][feature] - expected), 0, 1e-6 * Math.Max(1, Math.Abs(expected)));
            }

            feature++;
        }
    }

    [Theory]
    [InlineData(1, 0.0)]
    [InlineData(2, 0.0)]
    [InlineData(3, 0.25)]
    public void The_same_table_gives_the_same_bytes(int threads, double fraction)
    {
        var source = Made("t.csv", "SELECT sin(i) AS a, cos(i * i) * 1e5 AS b, i * 1e3 AS c, i % 11 AS d, (i * 7919) % 2 AS label FROM range(200000) t(i)");
        var options = new TableOptions { Label = "label", ValidationFraction = fraction, Reading = new() { Threads = threads } };
        using var first = TableReader.ReadTraining(source, options);
        using var second = TableReader.ReadTraining(source, options);
        using var alone = TableReader.ReadTraining(source, options with { Reading = new() { Threads = 1 } });
        foreach (var other in new[] { second, alone })
        {
            Assert.Equal(first.Schema.Features, other.Schema.Features);
            foreach (var (x, y) in first.Training.Blocks.Zip(other.Training.Blocks))
            {
                Assert.Equal(x.Rows, y.Rows);
                Assert.True(Bytes(x).SequenceEqual(Bytes(y)));
                Assert.True(x.Labels.SequenceEqual(y.Labels));
            }
        }
    }

    [Fact]
    public void Padding_is_zero()
    {
        using var table = TableReader.ReadTraining(Csv("a,b,c,d,e,label", "1,2,3,4,5,0", "2,3,,5,7,1", "4,4,4,4,4,1"), Raw());
        var block = table.Training.Blocks[0];
        Assert.Equal(8, block.Stride);
        var all = MemoryMarshal.Cast<byte, float>(Bytes(block));
        for (int i = 0; i < all.Length; i++)
        {
            if (i % 8 >= 5) Assert.Equal(0f, all[i]);
        }
    }

    private static unsafe Span<byte> Bytes(Data.SampleBlock block) => new(block.FeaturePointer, block.Rows * block.Stride * sizeof(float));
}
