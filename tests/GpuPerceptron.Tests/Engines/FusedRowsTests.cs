using System.Runtime.InteropServices;
using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Engines.Host;
using GpuPerceptron.Engines.Simd;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Engines;

public sealed unsafe class FusedRowsTests
{
    private const float Bias = 0.1f;

    /// <summary>Of rows through every kind of loop, in float32 and float16.</summary>
    private static readonly int[] Features = [1, 3, 4, 8, 12, 16, 20, 24, 28, 32, 33, 48, 52, 64, 80, 96, 100, 112, 120, 200, 256, 257, 320, 400, 480, 960, 1_000, 1_200, 1_700, 2_100, 8_300];

    /// <summary>On any processor, rows go every way that they go on some.</summary>
    public static MatrixTheoryData<SimdWidth, string> WidthsAndKinds =>
        new([SimdWidth.Bits128, SimdWidth.Bits256, SimdWidth.Bits512], Enum.GetNames<ProcessorKind>());

    [Theory]
    [MemberData(nameof(WidthsAndKinds))]
    public void Sums_are_right_and_have_the_same_bits_in_parts_as_at_once(SimdWidth width, string kind)
    {
        Assert.SkipUnless(width.IsSupported(), $"this processor has no {width} registers");
        var rows = FusedRows.Create(width, Enum.Parse<ProcessorKind>(kind));
        foreach (int features in Features)
        {
            foreach (var storage in (FeatureStorage[])[FeatureStorage.Float32, FeatureStorage.Float16])
            {
                int part = FusedRows.FlushMultiple(SampleBlock.StrideFor(features, storage) * SampleBlock.BytesPerValue(storage));
                foreach (var (weighted, loss) in ((bool, PassLoss)[])[(false, PassLoss.Logistic), (true, PassLoss.Logistic), (true, PassLoss.HalfSquare)])
                {
                    using var dataset = SyntheticData.Create(2 * part + 61, features, weighted: weighted);
                    if (storage == FeatureStorage.Float16) dataset.Narrow();
                    double[] sums = SumsOf(rows, dataset, loss, (int)dataset.Samples), right = Reference(dataset, loss);
                    Assert.Equal(sums, SumsOf(rows, dataset, loss, part));
                    Assert.All(right.Zip(sums), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * right.Max(Math.Abs)));
                    double[] few = SumsOf(rows, dataset, loss, 9); // mostly less than a tile
                    Assert.All(right.Zip(few), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * right.Max(Math.Abs)));
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(WidthsAndKinds))]
    public void Sums_of_the_longest_rows_are_right(SimdWidth width, string kind)
    {
        Assert.SkipUnless(width.IsSupported(), $"this processor has no {width} registers");
        var rows = FusedRows.Create(width, Enum.Parse<ProcessorKind>(kind));
        using var dataset = SyntheticData.Create(61, 33_001, weighted: true);
        double[] sums = SumsOf(rows, dataset, PassLoss.Logistic, (int)dataset.Samples), right = Reference(dataset, PassLoss.Logistic);
        Assert.All(right.Zip(sums), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * right.Max(Math.Abs)));
    }

    [Theory]
    [InlineData(SimdWidth.Bits128, nameof(ProcessorKind.SmallCache))]
    [InlineData(SimdWidth.Bits256, nameof(ProcessorKind.SmallCache))]
    [InlineData(SimdWidth.Bits512, nameof(ProcessorKind.SmallCache))]
    [InlineData(SimdWidth.Bits512, nameof(ProcessorKind.LargeCache))]
    [InlineData(SimdWidth.Bits512, nameof(ProcessorKind.Intel))]
    public void So_are_a_hessians(SimdWidth width, string kind)
    {
        Assert.SkipUnless(width.IsSupported(), $"this processor has no {width} registers");
        FusedRows rows = FusedRows.Create(width, Enum.Parse<ProcessorKind>(kind)), narrow = FusedRows.Create(SimdWidth.Bits128, ProcessorKind.SmallCache);
        foreach (int features in (int[])[1, 2, 3, 5, 6, 8, 9, 10, 13, 14, 15, 16, 17, 20, 25, 26, 28, 31, 32, 33, 100])
        {
            foreach (var storage in (FeatureStorage[])[FeatureStorage.Float32, FeatureStorage.Float16])
            {
                int part = FusedRows.FlushMultiple(SampleBlock.StrideFor(features, storage) * SampleBlock.BytesPerValue(storage));
                using var dataset = SyntheticData.Create(3 * part + 61, features, weighted: features % 2 == 0);
                if (storage == FeatureStorage.Float16) dataset.Narrow();
                double[] whole = HessianOf(rows, dataset, (int)dataset.Samples);
                Assert.Equal(whole, HessianOf(rows, dataset, part));
                double[] right = HessianOf(narrow, dataset, part);
                Assert.All(right.Zip(whole), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * right.Max(Math.Abs)));
            }
        }
    }

    /// <summary>The sums and the Hessian, of so many rows at a time.</summary>
    private static double[] HessianOf(FusedRows rows, Dataset dataset, int part)
    {
        var block = Assert.Single(dataset.Blocks);
        using var scratch = new PassScratch(block.Stride);
        var sums = new PassSums(block.Stride);
        void* memory = NativeMemory.AlignedAlloc(HessianTile.BytesFor(dataset.Features), 64);
        try
        {
            var tile = rows.CreateHessianTile(dataset.Features, memory);
            double[] blocks = new double[HessianTile.BlocksBefore(tile.PanelCount) * HessianTile.BlockSums];
            fixed (float* weights = WeightsOf(dataset))
            fixed (double* target = blocks)
            {
                for (int first = 0; first < block.Rows; first += part)
                    rows.AddHessian(block, first, Math.Min(part, block.Rows - first), weights, Bias, scratch, sums, tile, target);
            }

            fixed (double* target = blocks)
                rows.CompleteHessian(block, dataset.Features, target);
            return [sums.Loss, sums.BiasGradient, .. sums.Gradient.AsSpan(0, dataset.Features), .. LowerTriangle(blocks, dataset.Features + 1)];
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    private static IEnumerable<double> LowerTriangle(double[] blocks, int order)
    {
        const int Columns = HessianTile.PanelColumns;
        for (int i = 0; i < order; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                int block = HessianTile.BlocksBefore(i / Columns) + j / Columns;
                yield return blocks[block * HessianTile.BlockSums + i % Columns * Columns + j % Columns];
            }
        }
    }

    private static float[] WeightsOf(Dataset dataset) =>
        [.. Enumerable.Range(0, FusedRows.PaddedStride(dataset.Stride)).Select(j => j < dataset.Features ? MathF.Sin(j) / MathF.Sqrt(dataset.Features) : 0f)];

    /// <summary>The loss, the bias's gradient and the weights', of passes over so many rows at a time.</summary>
    private static double[] SumsOf(FusedRows rows, Dataset dataset, PassLoss loss, int part)
    {
        var block = Assert.Single(dataset.Blocks);
        using var scratch = new PassScratch(block.Stride);
        var sums = new PassSums(block.Stride);
        fixed (float* weights = WeightsOf(dataset))
        {
            for (int first = 0; first < block.Rows; first += part)
                rows.Pass(loss, block, first, Math.Min(part, block.Rows - first), weights, Bias, scratch, sums);
        }

        return [sums.Loss, sums.BiasGradient, .. sums.Gradient.AsSpan(0, dataset.Features)];
    }

    /// <summary>The same in float64, row by row.</summary>
    private static double[] Reference(Dataset dataset, PassLoss loss)
    {
        var block = Assert.Single(dataset.Blocks);
        float[] weights = WeightsOf(dataset);
        double[] sums = new double[2 + dataset.Features];
        for (int i = 0; i < block.Rows; i++)
        {
            double[] x = [.. Enumerable.Range(0, dataset.Features).Select(j => block.Storage == FeatureStorage.Float16
                ? (double)block.HalfPointer[(nint)i * block.Stride + j] : block.Row(i)[j])];
            double s = block.HasSampleWeights ? block.SampleWeights[i] : 1, v = Bias;
            for (int j = 0; j < x.Length; j++)
                v += x[j] * weights[j];
            bool isLogistic = loss == PassLoss.Logistic;
            double residual = s * (isLogistic ? 1 / (1 + Math.Exp(-v)) - block.Labels[i] : v);
            sums[0] += s * (isLogistic ? Math.Log(1 + Math.Exp(v)) - block.Labels[i] * v : v * v / 2);
            sums[1] += residual;
            for (int j = 0; j < x.Length; j++)
                sums[2 + j] += residual * x[j];
        }

        return sums;
    }
}
