using GpuPerceptron.Diagnostics.Certificates;
using Xunit;

namespace GpuPerceptron.Tests.Diagnostics;

/// <summary>Units' sums are added in the units' order, whichever ends first, and few of them are in memory.</summary>
public sealed class SumsInOrderTests
{
    private static readonly double[] Losses = [1e16, 1, -1e16, 3, 1e-3, -7]; // another order, another sum

    private int _created;

    [Theory]
    [InlineData(0, 1, 2, 3, 4, 5), InlineData(5, 4, 3, 2, 1, 0), InlineData(2, 0, 1, 5, 3, 4)]
    public void The_order_in_which_units_end_does_not_matter(params int[] ends)
    {
        using var sums = new SumsInOrder(Create);
        PreciseSums[] units = [.. Losses.Select(loss => Filled(sums.Begin(), loss))];
        foreach (int unit in ends)
            sums.End(unit, units[unit]);
        using var total = sums.Take();
        double expected = Losses.Aggregate((sum, loss) => sum + loss);
        Assert.Equal((expected, expected, expected), (total.Loss, total.Gradient[1], total.Hessian.Span[3]));
    }

    [Fact]
    public void A_unit_after_another_takes_its_memory_and_nothing_of_its_sums()
    {
        using var sums = new SumsInOrder(Create);
        for (int unit = 0; unit < 100; unit++)
            sums.End(unit, Filled(sums.Begin(), 1));
        using var total = sums.Take();
        Assert.Equal((100.0, 100.0, 100.0, 2), (total.Loss, total.Gradient[1], total.Hessian.Span[3], _created));
        Assert.Equal((1.0, 1.0), (total.LeastMargin, total.SquaredRadius));
    }

    private PreciseSums Create()
    {
        _created++;
        return new PreciseSums(dimension: 2, stride: 2, hasHessian: true);
    }

    private static PreciseSums Filled(PreciseSums sums, double value)
    {
        sums.Loss += value;
        sums.Gradient[1] += value;
        sums.Hessian.Span[3] += value;
        sums.LeastMargin = Math.Min(sums.LeastMargin, value);
        sums.SquaredRadius = Math.Max(sums.SquaredRadius, value);
        return sums;
    }
}
