using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Engines.Simd;
using GpuPerceptron.Objectives;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Engines;

public sealed class DirectionProductsTests
{
    /// <summary>Of what an element's terms amount to: float32 sums of some hundred samples each.</summary>
    private const double Accuracy = 1e-6;

    private static readonly int[] Features = [1, 2, 5, 6, 7, 16, 17, 100, 127, 128, 129, 513];
    private static readonly int[] Samples = [1, 5, 47, 48, 49, 200, 1000];
    private static readonly int[] Counts = [1, 3, 4, 7, 8, 15, 16, 31, 32, 56]; // with θ, through every end of a panel of each width

    public static MatrixTheoryData<bool, SimdWidth> Cases => new([false, true], Enum.GetValues<SimdWidth>());

    public static MatrixTheoryData<int, SimdWidth> CountsAndWidths => new(Counts, Enum.GetValues<SimdWidth>());

    [Theory]
    [MemberData(nameof(Cases))]
    public void They_agree_with_the_naive_reference_at_every_shape(bool weighted, SimdWidth width)
    {
        Assert.SkipUnless(width.IsSupported(), $"this processor has no {width} registers");
        int turn = 0;
        foreach (int samples in Samples)
        {
            foreach (int features in Features)
            {
                using var dataset = SyntheticData.Create(samples, features, seed: samples + features, weighted);
                AssertRight(dataset, Counts[turn++ % Counts.Length], width);
            }
        }
    }

    [Theory]
    [MemberData(nameof(CountsAndWidths))]
    public void They_agree_at_every_number_of_directions(int count, SimdWidth width)
    {
        Assert.SkipUnless(width.IsSupported(), $"this processor has no {width} registers");
        using var dataset = SyntheticData.Create(101, 23, weighted: true);
        AssertRight(dataset, count, width);
    }

    [Fact]
    public void They_agree_where_the_samples_lie_in_several_blocks()
    {
        foreach (int[] rows in (int[][])[[1, 1, 1], [100, 37, 300], [500, 3, 48, 449, 200]])
        {
            using var whole = SyntheticData.Create(rows.Sum(), features: 21, weighted: true);
            var source = Assert.Single(whole.Blocks);
            var blocks = new List<SampleBlock>();
            int first = 0;
            foreach (int count in rows)
            {
                var block = new SampleBlock(21, count + 5, hasSampleWeights: true);
                block.Append(count);
                for (int row = 0; row < count; row++, first++)
                {
                    source.Row(first).CopyTo(block.Row(row));
                    (block.Labels[row], block.SampleWeights[row]) = (source.Labels[first], source.SampleWeights[first]);
                }

                blocks.Add(block);
            }

            using var dataset = new Dataset(21, hasSampleWeights: true, blocks);
            AssertRight(dataset, count: 9, SimdWidth.Auto);
        }
    }

    [Theory]
    [InlineData(0.25, 250)]
    [InlineData(0.5, 500)]
    [InlineData(0.3337, 333)]
    [InlineData(1e-9, 1)]
    public void A_part_is_of_the_first_samples_and_scaled_as_if_of_all(double part, int rows)
    {
        const int Features = 21, Count = 9;
        using var source = SyntheticData.Create(1_000, Features, weighted: true);
        Span<float> x = new float[1_000 * Features], labels = new float[1_000];
        for (int row = 0; row < 1_000; row++)
        {
            source.Blocks[0].Row(row).CopyTo(x[(row * Features)..]);
            labels[row] = source.Blocks[0].Labels[row];
        }

        using var first = Dataset.FromRows(x[..(rows * Features)], labels[..rows], Features, source.Blocks[0].SampleWeights[..rows]);
        var (products, diagonal, worth) = Multiply(source, part);
        var (whole, wholeDiagonal, wholeWorth) = Multiply(first, 1);
        Assert.Equal(wholeWorth, worth);
        Assert.Equal(whole.Select(value => value / (rows / 1e3)), products);
        Assert.Equal(wholeDiagonal.Select(value => value / (rows / 1e3)), diagonal);

        static (double[] Products, double[] Diagonal, double Worth) Multiply(Dataset dataset, double part)
        {
            using var engine = new CpuEngine(dataset);
            double[] directions = Directions(Features, Count), products = new double[directions.Length], diagonal = new double[Features + 1];
            double worth = ((IDirectionProducts)engine).HessianTimes(
                SyntheticData.Parameters(Features), part, Count, directions, products, diagonal);
            return (products, diagonal, worth);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-0.5)]
    [InlineData(1.001)]
    [InlineData(double.NaN)]
    public void A_part_is_above_0_and_at_most_1(double part)
    {
        using var dataset = SyntheticData.Create(20, 4);
        using var engine = new CpuEngine(dataset);
        Assert.Throws<ArgumentOutOfRangeException>(nameof(part), () =>
            ((IDirectionProducts)engine).HessianTimes(new double[5], part, 2, new double[10], new double[10], new double[5]));
    }

    [Fact]
    public void No_samples_give_zeros()
    {
        using var dataset = SyntheticData.Create(0, 3);
        using var engine = new CpuEngine(dataset);
        double[] products = [.. Enumerable.Repeat(double.NaN, 8)], diagonal = [.. Enumerable.Repeat(double.NaN, 4)];
        ((IDirectionProducts)engine).HessianTimes(new double[4], 1, 2, new double[8], products, diagonal);
        Assert.Equal(new double[8], products);
        Assert.Equal(new double[4], diagonal);
    }

    [Fact]
    public void What_lies_beyond_the_last_row_is_not_looked_at()
    {
        foreach (int features in (int[])[1, 5, 17, 28, 132])
        {
            foreach (int rows in (int[])[3, 32, 61])
            {
                using var source = SyntheticData.Create(rows, features);
                var block = new SampleBlock(features, capacity: 64);
                block.Append(64);
                for (int row = 0; row < 64; row++)
                    block.Row(row).Fill(float.NaN);
                block.Clear();
                block.Append(rows);
                for (int row = 0; row < rows; row++)
                    source.Blocks[0].Row(row).CopyTo(block.Row(row));
                using var dataset = new Dataset(features, hasSampleWeights: false, [block]);
                foreach (var width in Enum.GetValues<SimdWidth>().Where(width => width.IsSupported()))
                    AssertRight(dataset, count: 5, width);
            }
        }
    }

    [Theory]
    [InlineData(1_000, 513, 56)]
    [InlineData(4_001, 129, 31)]
    public void The_number_of_threads_leaves_no_trace(int samples, int features, int count)
    {
        using var dataset = SyntheticData.Create(samples, features, weighted: true);
        double[] parameters = SyntheticData.Parameters(features, scale: 0.3), directions = Directions(features, count);
        double[] one = Multiply(1);
        Assert.All((int[])[2, 3, 5], threads => Assert.Equal(one, Multiply(threads)));

        double[] Multiply(int threads)
        {
            using var engine = new CpuEngine(dataset, threads);
            Assert.Equal(threads, engine.Threads);
            double[] products = new double[directions.Length], diagonal = new double[features + 1];
            ((IDirectionProducts)engine).HessianTimes(parameters, 1, count, directions, products, diagonal);
            return [.. products, .. diagonal];
        }
    }

    [Fact]
    public void An_objectives_are_of_the_mean_and_its_penalty_is_on_all_but_the_bias()
    {
        const int Width = 19, Count = 6;
        const double Penalty = 0.3;
        using var dataset = SyntheticData.Create(300, Width, weighted: true);
        using var engine = new CpuEngine(dataset);
        double[] parameters = SyntheticData.Parameters(Width), directions = Directions(Width, Count);
        double[] products = new double[directions.Length], diagonal = new double[Width + 1];
        IDirectionalObjective objective = new DatasetObjective(engine, dataset, Penalty);
        Assert.True(objective.HasDirectionProducts);
        double worth = objective.HessianTimes(parameters, 1, Count, directions, products, diagonal);

        double sumOfCurvatures = 0, sumOfSquares = 0;
        foreach (var block in dataset.Blocks)
        {
            for (int row = 0; row < block.Rows; row++)
            {
                double v = parameters[^1];
                for (int j = 0; j < Width; j++)
                    v += parameters[j] * block.Row(row)[j];
                double curvature = block.SampleWeights[row] * NaiveReference.Sigmoid(v) * NaiveReference.Sigmoid(-v);
                sumOfCurvatures += curvature;
                sumOfSquares += curvature * curvature;
            }
        }

        Assert.Equal(sumOfCurvatures * sumOfCurvatures / sumOfSquares, worth, 1e-3);
        double[] hessian = new double[(Width + 1) * (Width + 1)];
        NaiveReference.HessianPass(dataset, parameters, new double[Width + 1], hessian);
        for (int j = 0; j <= Width; j++)
        {
            double penalty = j < Width ? Penalty : 0;
            Assert.Equal(hessian[j * (Width + 1) + j] / dataset.TotalWeight + penalty, diagonal[j], 1e-6);
            for (int k = 0; k < Count; k++)
            {
                double sum = penalty * directions[j * Count + k];
                for (int i = 0; i <= Width; i++)
                    sum += hessian[j * (Width + 1) + i] * directions[i * Count + k] / dataset.TotalWeight;
                Assert.Equal(sum, products[j * Count + k], 1e-6);
            }
        }
    }

    [Fact]
    public void Lengths_that_do_not_fit_are_refused()
    {
        using var dataset = SyntheticData.Create(20, 4);
        using var engine = new CpuEngine(dataset);
        IDirectionProducts products = engine;
        Assert.Throws<ArgumentOutOfRangeException>(() => products.HessianTimes(new double[5], 1, 0, [], [], new double[5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => products.HessianTimes(new double[4], 1, 2, new double[10], new double[10], new double[5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => products.HessianTimes(new double[5], 1, 2, new double[8], new double[10], new double[5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => products.HessianTimes(new double[5], 1, 2, new double[10], new double[8], new double[5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => products.HessianTimes(new double[5], 1, 2, new double[10], new double[10], new double[4]));
    }

    [Fact]
    public void They_are_for_float32_in_memory()
    {
        using var dataset = SyntheticData.Create(20, 3);
        using var engine = new CpuEngine(dataset);
        IDirectionalObjective objective = new DatasetObjective(engine, dataset, l2: 0);
        Assert.True(objective.HasDirectionProducts);
        dataset.Narrow();
        Assert.False(objective.HasDirectionProducts);
        engine.Dispose();
        Assert.Throws<ObjectDisposedException>(() =>
            ((IDirectionProducts)engine).HessianTimes(new double[4], 1, 1, new double[4], new double[4], new double[4]));
    }

    private static double[] Directions(int features, int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, (features + 1) * count).Select(_ => 2 * random.NextDouble() - 1)];
    }

    /// <summary>Holds products and diagonal against float64, one sample after the other.</summary>
    private static void AssertRight(Dataset dataset, int count, SimdWidth width)
    {
        int order = dataset.Features + 1;
        double[] parameters = SyntheticData.Parameters(dataset.Features, scale: 2 / Math.Sqrt(order)), directions = Directions(dataset.Features, count);
        parameters[^1] = 0.7;
        double[] products = [.. Enumerable.Repeat(double.NaN, order * count)], diagonal = [.. Enumerable.Repeat(double.NaN, order)];
        using (var engine = new CpuEngine(dataset, threads: 2, width))
            ((IDirectionProducts)engine).HessianTimes(parameters, 1, count, directions, products, diagonal);

        double[] right = new double[order * count], sizes = new double[order * count], rightDiagonal = new double[order];
        double[] v = new double[count], absolute = new double[count];
        foreach (var block in dataset.Blocks)
        {
            for (int row = 0; row < block.Rows; row++)
            {
                double[] x = [.. NaiveReference.Features(block, row), 1];
                double logit = 0;
                Array.Clear(v);
                Array.Clear(absolute);
                for (int j = 0; j < order; j++)
                {
                    logit += x[j] * (float)parameters[j];
                    for (int k = 0; k < count; k++)
                    {
                        double term = x[j] * (float)directions[j * count + k];
                        v[k] += term;
                        absolute[k] += Math.Abs(term);
                    }
                }

                double c = (block.HasSampleWeights ? block.SampleWeights[row] : 1) * NaiveReference.Sigmoid(logit) * NaiveReference.Sigmoid(-logit);
                for (int j = 0; j < order; j++)
                {
                    rightDiagonal[j] += c * x[j] * x[j];
                    for (int k = 0; k < count; k++)
                    {
                        right[j * count + k] += c * x[j] * v[k];
                        sizes[j * count + k] += Math.Abs(c * x[j]) * absolute[k];
                    }
                }
            }
        }

        for (int i = 0; i < right.Length; i++)
        {
            Assert.True(Math.Abs(right[i] - products[i]) <= Accuracy * sizes[i],
                $"{dataset.Samples} × {dataset.Features}, {count} directions: {products[i]} for {right[i]} at {i / count}, {i % count}");
        }

        Assert.All(rightDiagonal.Zip(diagonal), pair => Assert.Equal(pair.First, pair.Second, 2 * Accuracy * pair.First));
    }
}
