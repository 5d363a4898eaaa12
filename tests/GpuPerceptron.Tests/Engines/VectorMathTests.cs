using System.Runtime.Intrinsics;
using GpuPerceptron.Engines.Simd;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Engines;

/// <summary>Every width of registers has its own instructions, so each is held against float64.</summary>
public sealed unsafe class VectorMathTests
{
    [Theory]
    [InlineData(SimdWidth.Bits128)]
    [InlineData(SimdWidth.Bits256)]
    [InlineData(SimdWidth.Bits512)]
    public void Losses_and_their_derivatives_are_right_from_minus_to_plus_ten_thousand(SimdWidth width)
    {
        if (Is(width, SimdWidth.Bits512)) LossesAreRight<Simd512>();
        else if (Is(width, SimdWidth.Bits256)) LossesAreRight<Twice<Simd256>>();
        else LossesAreRight<Simd128>();
    }

    [Theory]
    [InlineData(SimdWidth.Bits128)]
    [InlineData(SimdWidth.Bits256)]
    [InlineData(SimdWidth.Bits512)]
    public void Exponentials_and_logarithms_are_right_to_two_units_in_the_last_place(SimdWidth width)
    {
        if (Is(width, SimdWidth.Bits512)) FunctionsAreRight<Simd512>();
        else if (Is(width, SimdWidth.Bits256)) FunctionsAreRight<Simd256>();
        else FunctionsAreRight<Simd128>();
    }

    [Theory]
    [InlineData(SimdWidth.Bits128)]
    [InlineData(SimdWidth.Bits256)]
    [InlineData(SimdWidth.Bits512)]
    public void Halves_are_loaded_exactly(SimdWidth width)
    {
        if (Is(width, SimdWidth.Bits512)) HalvesAreExact<Simd512>();
        else if (Is(width, SimdWidth.Bits256)) HalvesAreExact<Simd256>();
        else HalvesAreExact<Simd128>();
    }

    private static bool Is(SimdWidth width, SimdWidth asked)
    {
        Assert.SkipUnless(width.IsSupported(), $"this processor has no {width} registers");
        return width == asked;
    }

    private static void LossesAreRight<T>()
        where T : struct, ILanes<T>
    {
        for (double v = -1e4; v <= 1e4; v += v is > -40 and < 40 ? 0.01 : 10)
        {
            foreach (float y in (float[])[0, 1])
            {
                float logit = (float)v;
                var (linear, odds, residual, curvature) = RowLosses.Evaluate<LogisticRowLoss, T>(T.Create(logit), T.Create(y), withCurvatures: true, scale: 1f);
                double margin = y > 0 ? logit : -logit;
                AssertClose(NaiveReference.Softplus(-margin), LastLane(linear + VectorMath.LogOnePlus(odds)), logit);
                AssertTheSameScaled<LogisticRowLoss, T>(logit, y);
                AssertTheSameScaled<HalfSquareRowLoss, T>(logit, y);
                AssertClose((y > 0 ? -1 : 1) * NaiveReference.Sigmoid(-margin), LastLane(residual), logit);
                if (Math.Abs(margin) < 87) // beyond, e is no less than 2⁻¹²⁶
                    AssertClose(NaiveReference.Sigmoid(margin) * NaiveReference.Sigmoid(-margin), LastLane(curvature), logit);
            }
        }
    }

    /// <summary>To the bit, where the scale brings no number out of float32's range.</summary>
    private static void AssertTheSameScaled<TLoss, T>(float logit, float y)
        where TLoss : struct, IRowLoss
        where T : struct, ILanes<T>
    {
        const float Scale = ScaledHalves.Factor;
        if (Math.Abs(logit) is > 80 or < 1e-6f) return;
        var (linear, odds, residual, _) = RowLosses.Evaluate<TLoss, T>(T.Create(logit), T.Create(y));
        var (scaledLinear, scaledOdds, scaledResidual, _) = RowLosses.Evaluate<TLoss, T>(T.Create(logit / Scale), T.Create(y), scale: Scale);
        Assert.Equal(LastLane(linear), LastLane(scaledLinear));
        Assert.Equal(LastLane(odds), LastLane(scaledOdds));
        Assert.Equal(LastLane(residual) * Scale, LastLane(scaledResidual));
    }

    private static void FunctionsAreRight<T>()
        where T : struct, ISimd<T>
    {
        for (float x = 0; x <= 87; x += 0.0007f)
        {
            float e = LastLane(T.ExpOfMinusAbsolute(T.Create(x)));
            AssertUlps(Math.Exp(-x), e, x, ulps: 2);
            Assert.Equal(e, LastLane(T.ExpOfMinusAbsolute(T.Create(-x))));
        }

        const float LeastNormal = 1.1754944e-38f;
        foreach (float x in (float[])[88, float.MaxValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN])
            Assert.Equal(LeastNormal, LastLane(T.ExpOfMinusAbsolute(T.Create(x))), tolerance: 1e-5f * LeastNormal);
        Assert.Equal(1f, LastLane(T.ExpOfMinusAbsolute(T.Create(0f))));

        for (float e = 1e-30f; e <= 1; e *= 1.0013f)
        {
            // log(1+e) by its series where float64 would cancel.
            double expected = e < 1e-5 ? e - (double)e * e / 2 : Math.Log(1 + (double)e);
            AssertUlps(expected, LastLane(VectorMath.LogOnePlus(T.Create(e))), e, ulps: 2);
        }
    }

    [Fact]
    public void Pairs_of_halves_are_parted_exactly()
    {
        Assert.SkipUnless(SimdWidth.Bits512.IsSupported(), "this processor has no Bits512 registers");
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            ushort other = (ushort)(bits * 40_503); // any other in the same lane
            Half lower = BitConverter.UInt16BitsToHalf((ushort)bits), upper = BitConverter.UInt16BitsToHalf(other);
            var pairs = Vector512.Create(bits | other << 16).AsSingle();
            if (Half.IsFinite(lower))
                AssertSameBits((float)lower, Simd512.LowerHalf(pairs)[15] * ScaledHalves.Whole);
            if (Half.IsFinite(upper))
                AssertSameBits((float)upper, Simd512.UpperHalf(pairs)[15] * ScaledHalves.Whole);
        }

        static void AssertSameBits(float expected, float actual) =>
            Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(actual));
    }

    private static void HalvesAreExact<T>()
        where T : struct, ISimd<T>
    {
        Half* halves = stackalloc Half[MaximumLanes];
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            var half = BitConverter.UInt16BitsToHalf((ushort)bits);
            if (!Half.IsFinite(half)) continue;
            new Span<Half>(halves, MaximumLanes).Fill(half);
            Assert.Equal(BitConverter.SingleToInt32Bits((float)half), BitConverter.SingleToInt32Bits(LastLane(StoredValues<T>.Load(halves))));
        }
    }

    private const int MaximumLanes = 16;

    private static float LastLane<T>(T value)
        where T : struct, ILanes<T>
    {
        float* lanes = stackalloc float[MaximumLanes];
        value.Store(lanes);
        return lanes[T.Count - 1];
    }

    private static void AssertClose(double expected, double actual, float logit)
    {
        double tolerance = 1e-6 * Math.Abs(expected) + 2e-38; // float32 has no normal numbers below 1.2e-38
        Assert.True(Math.Abs(expected - actual) <= tolerance, $"v = {logit}: expected {expected:r}, got {actual:r}");
    }

    private static void AssertUlps(double expected, float actual, float argument, int ulps)
    {
        double ulp = MathF.BitIncrement((float)Math.Abs(expected)) - (float)Math.Abs(expected);
        Assert.True(Math.Abs(expected - actual) <= ulps * ulp, $"at {argument:g9}: expected {expected:r}, got {actual:g9}");
    }
}
