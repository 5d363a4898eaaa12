using GpuPerceptron.Metrics;
using Xunit;

namespace GpuPerceptron.Tests.Metrics;

public sealed class NormalDistributionTests
{
    // erfc(z/√2) of the C library.
    [Theory]
    [InlineData(0.0, 1.0)]
    [InlineData(0.1, 0.920344325445942)]
    [InlineData(1.0, 0.31731050786291415)]
    [InlineData(1.959963984540054, 0.05000000000000004)]
    [InlineData(2.4999, 0.012422836749889189)]
    [InlineData(2.5001, 0.012415825429630397)]
    [InlineData(5.0, 5.733031437583892e-07)]
    [InlineData(10.0, 1.5239706048321186e-23)]
    [InlineData(37.0, 1.1451142445050278e-299)]
    public void P_values_are_right_on_both_sides(double z, double p)
    {
        Assert.Equal(1, NormalDistribution.TwoSidedP(z) / p, 1e-12);
        Assert.Equal(NormalDistribution.TwoSidedP(z), NormalDistribution.TwoSidedP(-z));
    }
}
