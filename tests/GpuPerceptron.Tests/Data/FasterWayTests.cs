using GpuPerceptron.Data;
using Xunit;

namespace GpuPerceptron.Tests.Data;

public sealed class FasterWayTests
{
    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    [InlineData(20, 1)]
    public void The_faster_is_taken_and_trials_of_the_other_take_little_of_the_time(double first, double second)
    {
        var way = default(FasterWay);
        double time = 0, least = 10_000 * Math.Min(first, second);
        for (int i = 0; i < 10_000; i++)
            time += Take(ref way, first, second);
        Assert.InRange(time, least, 1.05 * least);
    }

    [Fact]
    public void What_has_become_the_faster_is_found_out()
    {
        var way = default(FasterWay);
        for (int i = 0; i < 500; i++)
            Take(ref way, 1, 3);
        double time = 0;
        for (int i = 0; i < 10_000; i++)
            time += Take(ref way, 1, 0.5);
        Assert.InRange(time, 5_000, 5_600);
    }

    private static double Take(ref FasterWay way, double first, double second)
    {
        bool isSecond = way.IsSecondNext();
        double time = isSecond ? second : first;
        way.Took(isSecond, time);
        return time;
    }
}
