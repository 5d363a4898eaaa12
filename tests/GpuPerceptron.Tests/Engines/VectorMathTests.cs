using System.Runtime.Intrinsics;
using GpuPerceptron.Engines;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Engines;

public sealed class VectorMathTests
{
    [Fact]
    public void Loss_and_residual_are_right_from_minus_to_plus_ten_thousand()
    {
        for (double v = -1e4; v <= 1e4; v += v is > -40 and < 40 ? 0.01 : 10)
        {
            foreach (float y in (float[])[0, 1])
            {
                float logit = (float)v;
                var (loss, residual) = VectorMath.Logistic(Vector256.Create(logit), Vector256.Create(y));
                double margin = y > 0 ? logit : -logit;
                AssertClose(NaiveReference.Softplus(-margin), loss[5], logit);
                AssertClose((y > 0 ? -1 : 1) * NaiveReference.Sigmoid(-margin), residual[2], logit);
            }
        }
    }

    private static void AssertClose(double expected, double actual, float logit)
    {
        double tolerance = 1e-6 * Math.Abs(expected) + 2e-38; // float32 has no normal numbers below 1.2e-38
        Assert.True(Math.Abs(expected - actual) <= tolerance, $"v = {logit}: expected {expected:r}, got {actual:r}");
    }

    [Fact]
    public void Log_one_plus_keeps_the_digits_of_small_arguments()
    {
        for (float e = 1e-30f; e <= 1; e *= 1.37f)
        {
            // log(1+e) by its series where float64 would cancel.
            double expected = e < 1e-5 ? e - (double)e * e / 2 : Math.Log(1 + (double)e);
            Assert.Equal(expected, VectorMath.LogOnePlus(Vector256.Create(e))[0], 3e-7 * expected);
        }
    }
}
