using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Engines.Host;
using GpuPerceptron.Engines.Simd;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Engines;

public sealed class SparseCpuEngineTests
{
    private const string Gathering = nameof(ProcessorKind.Intel), Other = nameof(ProcessorKind.SmallCache); // the kinds with loops of their own

    [Theory]
    [InlineData(PassLoss.Logistic, false, SimdWidth.Auto, Gathering), InlineData(PassLoss.Logistic, true, SimdWidth.Bits128, Gathering)]
    [InlineData(PassLoss.Logistic, true, SimdWidth.Bits256, Other), InlineData(PassLoss.Logistic, true, SimdWidth.Bits512, Other)]
    [InlineData(PassLoss.Logistic, true, SimdWidth.Bits512, Gathering), InlineData(PassLoss.HalfSquare, true, SimdWidth.Auto, Gathering)]
    [InlineData(PassLoss.HalfSquare, false, SimdWidth.Auto, Other)]
    public void A_pass_agrees_with_the_naive_reference_at_every_shape(PassLoss loss, bool weighted, SimdWidth width, string kind)
    {
        Assert.SkipUnless(width.IsSupported(), $"this processor has no {width} registers");
        foreach (int rows in (int[])[0, 1, 2, 15, 16, 17, 33, 64, 65, 700])
        {
            foreach (int features in (int[])[1, 3, 64, 500])
            {
                var (dense, sparse) = SparseData.Create(rows, features, density: 0.2, seed: rows + features, weighted);
                using var engine = new SparseCpuEngine(sparse, threads: 2, width, Enum.Parse<ProcessorKind>(kind));
                double difference = PassComparison.RelativeDifference(engine, loss, dense, SyntheticData.Parameters(features));
                Assert.True(difference <= 1e-5, $"{rows} × {features}: {difference:g3}");
                dense.Dispose();
                sparse.Dispose();
            }
        }
    }

    /// <summary>Loops read registers past a row's end, and ask for what is beyond the last row.</summary>
    [Theory]
    [InlineData(Gathering), InlineData(Other)]
    public unsafe void Rows_of_every_length_agree_on_every_kind_of_processor_whatever_lies_after_them(string kind)
    {
        foreach (int first in (int[])[0, 1, 7, 40]) // values before the last row
        {
            for (int length = 0; length <= 40; length++)
            {
                var (dense, sparse) = RowsOf(first, length, features: 50);
                using var _ = dense;
                using var __ = sparse;
                using var engine = new SparseCpuEngine(sparse, 1, SimdWidth.Auto, Enum.Parse<ProcessorKind>(kind));
                double[] parameters = SyntheticData.Parameters(50);
                double difference = PassComparison.RelativeDifference(engine, PassLoss.Logistic, dense, parameters);
                Assert.True(difference <= 1e-5, $"{first} and {length} values: {difference:g3}");

                double[] hessian = new double[51 * 51], product = new double[51], unused = new double[51];
                NaiveReference.HessianPass(dense, parameters, unused, hessian);
                engine.HoldCurvatures(unused);
                engine.HessianTimes(parameters, product);
                for (int i = 0; i < 51; i++)
                    Assert.Equal(Enumerable.Range(0, 51).Sum(j => hessian[i * 51 + j] * parameters[j]), product[i], 1e-4);
            }
        }

        static (Dataset Dense, Dataset Sparse) RowsOf(int first, int length, int features)
        {
            float[] x = new float[2 * features];
            int[] lengths = [first, length];
            for (int row = 0; row < 2; row++)
            {
                for (int k = 0; k < lengths[row]; k++)
                    x[row * features + (7 * k + row) % features] = 0.5f + k % 5;
            }

            var dense = Dataset.FromRows(x, [1, 0], features, []);
            var sparse = SparseData.Of(dense);
            var rows = sparse.Blocks[0].Sparse!;
            for (int k = 0; k < 16; k++)
                (rows.Columns[rows.NonZeros + k], rows.Values[rows.NonZeros + k]) = (-1, float.NaN);
            return (dense, sparse);
        }
    }

    /// <summary>Equal numbers are rounded the same way each time: 120,000 in one float32 would be wrong in the fourth digit.</summary>
    [Theory]
    [InlineData(0, Gathering), InlineData(300, Gathering), InlineData(UnitSums.Frequent + 900, Gathering), InlineData(UnitSums.Frequent + 900, Other)]
    public void Sums_of_columns_that_every_row_has_keep_their_digits(int column, string kind)
    {
        const int Rows = 120_000, Features = UnitSums.Frequent + 1000;
        long[] starts = [.. Enumerable.Range(0, Rows + 1).Select(row => 2L * row)];
        int[] columns = [.. Enumerable.Range(0, Rows).SelectMany(row => (int[])[column, (column + 1 + row % 9) % Features])];
        float[] values = [.. Enumerable.Range(0, 2 * Rows).Select(k => k % 2 == 0 ? 0.7f : 0)];
        using var sparse = Dataset.FromSparseRows(starts, columns, values, new float[Rows], Features);
        using var engine = new SparseCpuEngine(sparse, 2, SimdWidth.Auto, Enum.Parse<ProcessorKind>(kind));
        double[] parameters = new double[Features + 1], gradient = new double[Features + 1], diagonal = new double[Features + 1];
        parameters[column] = 0.3f;
        engine.Pass(PassLoss.Logistic, parameters, gradient);
        double z = NaiveReference.Sigmoid(0.7f * (double)0.3f), x = 0.7f;
        Assert.Equal(1, gradient[column] / (Rows * z * x), 1.5e-5);

        engine.HoldCurvatures(diagonal);
        Assert.Equal(1, diagonal[column] / (Rows * z * (1 - z) * x * x), 1.5e-5);
        engine.HessianTimes(parameters, gradient);
        Assert.Equal(1, gradient[column] / (Rows * z * (1 - z) * x * (x * 0.3f)), 1.5e-5);
    }

    /// <summary>A unit of 400,000 values, in which sums of all frequent columns are moved more than once, whether these are the first columns or not.</summary>
    [Theory]
    [InlineData(1, 0, Gathering), InlineData(5, 3, Gathering), InlineData(5, 3, Other)]
    public void Sums_of_long_units_agree_with_float64(int factor, int shift, string kind)
    {
        const int Rows = 2000, Length = 200, Features = 20_000;
        int[] columns = [.. Enumerable.Range(0, Rows * Length).Select(i => (factor * ColumnOf(i / Length, i % Length) + shift) % Features)];
        float[] values = [.. Enumerable.Range(0, Rows * Length).Select(i => 0.1f + i * 7 % 11 / 20f)];
        float[] labels = [.. Enumerable.Range(0, Rows).Select(row => (float)(row / 800 % 2))];
        long[] starts = [.. Enumerable.Range(0, Rows + 1).Select(row => (long)Length * row)];
        using var sparse = Dataset.FromSparseRows(starts, columns, values, labels, Features);
        Assert.Equal(170, (SparseColumns.MostFrequent(sparse, UnitSums.Frequent, UnitSums.Few) ?? [.. Enumerable.Range(0, 170)]).Length);
        Assert.Single(SparseUnits.Cut(sparse));
        using var engine = new SparseCpuEngine(sparse, 1, SimdWidth.Auto, Enum.Parse<ProcessorKind>(kind));
        double[] parameters = [.. SyntheticData.Parameters(Features).Select(weight => (double)(float)(weight / 20))];
        double[] gradient = new double[Features + 1], expected = new double[Features + 1];
        engine.Pass(PassLoss.Logistic, parameters, gradient);
        for (int row = 0; row < Rows; row++)
        {
            double logit = parameters[^1];
            for (int k = row * Length; k < (row + 1) * Length; k++)
                logit += parameters[columns[k]] * values[k];
            double residual = NaiveReference.Sigmoid(logit) - labels[row];
            for (int k = row * Length; k < (row + 1) * Length; k++)
                expected[columns[k]] += residual * values[k];
            expected[^1] += residual;
        }

        double scale = expected[..^1].Max(Math.Abs);
        Assert.All(Enumerable.Range(0, Features + 1), j => Assert.Equal(expected[j], gradient[j], 2e-6 * scale));

        // Twenty columns that all rows have, 150 that two fifths of them have, the rest in twelve or so.
        static int ColumnOf(int row, int k) => k < 20 ? k
            : k < 80 ? 20 + ((k - 20) * 37 + row * 7) % 150
            : 170 + ((k - 80) * 41 + row * 13) % (Features - 170);
    }

    [Fact]
    public void The_bits_are_the_same_at_every_number_of_threads_and_from_run_to_run()
    {
        var (dense, sparse) = SparseData.Create(rows: 40_000, features: 60, density: 0.3);
        using var _ = dense;
        using var __ = sparse;
        Assert.True(SparseUnits.Cut(sparse).Length >= 8);
        double[][] gradients = [.. new[] { 1, 2, 3, 5, 2 }.Select(threads =>
        {
            using var engine = new SparseCpuEngine(sparse, threads);
            double[] gradient = new double[61], again = new double[61];
            double loss = engine.Pass(PassLoss.Logistic, SyntheticData.Parameters(60), gradient);
            Assert.Equal(loss, engine.Pass(PassLoss.Logistic, SyntheticData.Parameters(60), again));
            Assert.Equal(gradient, again);
            return gradient.Append(loss).ToArray();
        })];
        Assert.All(gradients, gradient => Assert.Equal(gradients[0], gradient));
    }

    [Theory]
    [InlineData(1, 1, false, Gathering), InlineData(40, 7, true, Other), InlineData(300, 20, true, Gathering), InlineData(300, 40, false, Other)]
    [InlineData(3000, 90, true, Gathering), InlineData(3000, 90, true, Other)]
    public void Hessians_and_their_products_agree_with_the_naive_reference(int rows, int features, bool weighted, string kind)
    {
        var (dense, sparse) = SparseData.Create(rows, features, density: 0.3, seed: 5, weighted);
        using var _ = dense;
        using var engine = new SparseCpuEngine(sparse, threads: 2, SimdWidth.Auto, Enum.Parse<ProcessorKind>(kind));
        double[] parameters = SyntheticData.Parameters(features);
        Assert.True(PassComparison.HessianRelativeDifference(engine, dense, parameters) <= 1e-5);

        int size = features + 1;
        double[] gradient = new double[size], hessian = new double[size * size];
        double[] diagonal = new double[size], product = new double[size], direction = SyntheticData.Parameters(features, seed: 9);
        NaiveReference.HessianPass(dense, parameters, gradient, hessian);
        double[] expected = [.. Enumerable.Range(0, size).Select(i => Enumerable.Range(0, size).Sum(j => hessian[i * size
            + j] * direction[j]))];
        engine.Pass(PassLoss.Logistic, parameters, gradient);
        engine.HoldCurvatures(diagonal);
        engine.HessianTimes(direction, product);
        double scale = Math.Max(1e-3, expected.Max(Math.Abs));
        Assert.All(Enumerable.Range(0, size), j => Assert.Equal(expected[j], product[j], 1e-5 * scale));
        Assert.All(Enumerable.Range(0, size), j => Assert.Equal(hessian[j * size + j], diagonal[j], 1e-5 * (1e-3
            + hessian[j * size + j])));
        sparse.Dispose();
    }

    [Fact]
    public void Curvatures_are_those_of_a_logistic_pass()
    {
        var (dense, sparse) = SparseData.Create(rows: 30, features: 4);
        dense.Dispose();
        using var engine = new SparseCpuEngine(sparse);
        double[] vector = new double[5];
        Assert.Throws<InvalidOperationException>(() => engine.HoldCurvatures(vector));
        Assert.Throws<InvalidOperationException>(() => engine.HessianTimes(vector, new double[5]));
        engine.Pass(PassLoss.HalfSquare, vector, new double[5]);
        Assert.Throws<InvalidOperationException>(() => engine.HoldCurvatures(vector));
        sparse.Dispose();
    }

    [Theory]
    [InlineData(1, 1), InlineData(200, 3), InlineData(50_000, 10), InlineData(20_000, 2000)]
    public void Units_hold_every_row_once_and_in_order(int rows, int features)
    {
        var (dense, sparse) = SparseData.Create(rows, features, density: Math.Min(0.3, 20.0 / features));
        dense.Dispose();
        var runs = SparseUnits.Cut(sparse).SelectMany(unit => unit).ToList();
        long place = 0;
        foreach (var run in runs)
        {
            Assert.Equal(place, run.Place);
            Assert.True(run.Count > 0);
            place += run.Count;
        }

        Assert.Equal(rows, place);
        sparse.Dispose();
    }
}
