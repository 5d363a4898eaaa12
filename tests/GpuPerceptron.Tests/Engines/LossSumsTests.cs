using GpuPerceptron.Engines.Host;
using GpuPerceptron.Engines.Simd;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Engines;

public sealed unsafe class LossSumsTests
{
    private const int RowsALane = 40; // the most of a tile and the rows before it

    [Theory]
    [InlineData(SimdWidth.Bits128)]
    [InlineData(SimdWidth.Bits256)]
    [InlineData(SimdWidth.Bits512)]
    public void Of_many_rows_one_logarithm_is_right_however_small_their_losses(SimdWidth width)
    {
        Assert.SkipUnless(width.IsSupported(), $"this processor has no {width} registers");
        foreach (double greatest in (double[])[1, 1e-3, 1e-9, 1e-30])
        {
            switch (width)
            {
                case SimdWidth.Bits512: IsRight<Simd512>(greatest); break;
                case SimdWidth.Bits256: IsRight<Twice<Simd256>>(greatest); break;
                default: IsRight<Twice<Simd128>>(greatest); break;
            }
        }
    }

    [Fact]
    public void Sums_of_a_million_rows_stay_within_float64()
    {
        const int Takes = 25_000;
        var sums = new PassSums(stride: 1);
        for (int take = 0; take < Takes; take++)
        {
            var losses = default(LossSums<Simd128>);
            var residuals = Simd128.Create(0.5f);
            for (int row = 0; row < RowsALane; row++)
                losses.Add(Simd128.Create(0f), Simd128.Create(1f));
            sums.Take(ref losses, ref residuals);
            Assert.Equal(0, losses.OddsInDouble);
        }

        Assert.Equal(Takes * RowsALane * Simd128.Count * Math.Log(2), sums.Loss, 1e-3);
        Assert.Equal(Takes * Simd128.Count * 0.5, sums.BiasGradient);
    }

    private static void IsRight<T>(double greatest)
        where T : struct, ILanes<T>
    {
        var random = new Random(1);
        float* odds = stackalloc float[FusedRows.MaximumLanes];
        var losses = default(LossSums<T>);
        double expected = 0;
        for (int row = 0; row < RowsALane; row++)
        {
            for (int lane = 0; lane < T.Count; lane++)
            {
                odds[lane] = (float)(greatest * random.NextDouble());
                expected += NaiveReference.Softplus(Math.Log(odds[lane]));
            }

            losses.Add(T.Create(0.25f), T.Load(odds));
        }

        double product = losses.OddsInDouble, loss = product < 1e-9 ? product : Math.Log(1 + product);
        Assert.Equal(expected, loss, 1e-6 * expected);
        Assert.Equal(0.25 * RowsALane * T.Count, T.SumInDouble(losses.Linear));
    }
}
