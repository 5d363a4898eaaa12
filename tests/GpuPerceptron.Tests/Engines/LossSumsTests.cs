using GpuPerceptron.Engines.Host;
using GpuPerceptron.Engines.Simd;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Engines;

public sealed unsafe class LossSumsTests
{
    private const int RowsALane = 40; // the most of a tile and the rows before it, in eight lanes

    [Theory]
    [InlineData(SimdWidth.Bits128)]
    [InlineData(SimdWidth.Bits256)]
    [InlineData(SimdWidth.Bits512)]
    public void Losses_of_many_rows_are_right_however_small(SimdWidth width)
    {
        Assert.SkipUnless(width.IsSupported(), $"this processor has no {width} registers");
        foreach (double greatest in (double[])[1, 1e-3, 1e-9, 1e-30])
        {
            foreach (bool areEqual in (bool[])[false, true])
            {
                switch (width)
                {
                    case SimdWidth.Bits512: AreRight<Simd512>(greatest, areEqual); break;
                    case SimdWidth.Bits256: AreRight<Twice<Simd256>>(greatest, areEqual); break;
                    default: AreRight<Twice<Simd128>>(greatest, areEqual); break;
                }
            }
        }
    }

    [Fact]
    public void Sums_of_millions_of_rows_stay_within_float64()
    {
        const int Takes = 10_000;
        var sums = new PassSums(stride: 1);
        for (int take = 0; take < Takes; take++)
        {
            var losses = default(LossSums<Twice<Simd128>>);
            var residuals = Twice<Simd128>.Create(0.5f);
            for (int row = 0; row < RowsALane; row++)
                losses.Add(Twice<Simd128>.Create(0f), Twice<Simd128>.Create(1f));
            Assert.Equal(Math.Pow(2, RowsALane * Twice<Simd128>.Count), 1 + losses.OddsInDouble, 1e-5 * losses.OddsInDouble);
            sums.Take(ref losses, ref residuals);
            Assert.Equal(0, losses.OddsInDouble);
        }

        double logarithms = Takes * RowsALane * Twice<Simd128>.Count * Math.Log(2);
        Assert.Equal(logarithms, sums.Loss, 1e-7 * logarithms);
        Assert.Equal(Takes * Twice<Simd128>.Count * 0.5, sums.BiasGradient);
    }

    /// <summary>Of rows without weights, of half of the lanes, and of rows with a weight, each added to the others.</summary>
    private static void AreRight<T>(double greatest, bool areEqual)
        where T : struct, ILanes<T>
    {
        const float Weight = 0.75f;
        var random = new Random(1);
        float* odds = stackalloc float[FusedRows.MaximumLanes], mask = stackalloc float[FusedRows.MaximumLanes];
        var (losses, residuals) = (default(LossSums<T>), default(T));
        var sums = new PassSums(stride: 1);
        double expected = 0;
        for (int row = 0; row < 3 * RowsALane; row++)
        {
            for (int lane = 0; lane < T.Count; lane++)
            {
                odds[lane] = (float)(areEqual ? 0.9 * greatest : greatest * random.NextDouble());
                mask[lane] = lane % 2;
                double loss = NaiveReference.Softplus(Math.Log(odds[lane]));
                expected += row % 3 == 0 ? loss : row % 3 == 1 ? loss * mask[lane] : Weight * loss;
            }

            if (row % 3 == 0) losses.Add(T.Create(0f), T.Load(odds));
            else if (row % 3 == 1) losses.AddSome(T.Create(0f), T.Load(odds), T.Load(mask));
            else losses.AddWeighted(T.Create(0f), T.Load(odds), T.Create(Weight));
            if (row % RowsALane == RowsALane - 1) sums.Take(ref losses, ref residuals);
        }

        Assert.Equal(expected, sums.Loss, 1e-6 * expected);
    }
}
