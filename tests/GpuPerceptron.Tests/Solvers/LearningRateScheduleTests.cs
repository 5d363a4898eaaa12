using GpuPerceptron.Solvers;
using Xunit;

namespace GpuPerceptron.Tests.Solvers;

public sealed class LearningRateScheduleTests
{
    private const long StepsPerEpoch = 1000;

    [Fact]
    public void A_constant_rate_stays() => Assert.All(Rates(ScheduleKind.Constant), rate => Assert.Equal(2, rate));

    [Fact]
    public void A_step_schedule_divides_by_ten_after_each_third()
    {
        double[] rates = Rates(ScheduleKind.Step);
        Assert.Equal([2, 2, 0.2, 0.2, 0.02, 0.02], [rates[0], rates[1999], rates[2000], rates[3999], rates[4000], rates[5999]]);
    }

    [Fact]
    public void A_cosine_falls_from_the_rate_through_its_half_to_zero()
    {
        double[] rates = Rates(ScheduleKind.Cosine);
        Assert.Equal(2, rates[0], 1e-6);
        Assert.Equal(1, rates[3000], 1e-3);
        Assert.InRange(rates[^1], 1e-12, 1e-6);
        Assert.Equal(rates.OrderDescending(), rates);
    }

    [Fact]
    public void An_inverse_schedule_is_one_over_a_line_and_ends_at_a_thirty_second()
    {
        double[] rates = Rates(ScheduleKind.Inverse);
        Assert.Equal(2, rates[0], 1e-2);
        Assert.Equal(2.0 / 32, rates[^1], 1e-4);
        Assert.Equal((1 / rates[0] + 1 / rates[^1]) / 2, (1 / rates[2999] + 1 / rates[3000]) / 2, 1e-9);
    }

    [Theory]
    [InlineData(ScheduleKind.Constant)]
    [InlineData(ScheduleKind.Cosine)]
    [InlineData(ScheduleKind.Step)]
    [InlineData(ScheduleKind.Inverse)]
    public void A_warm_up_rises_in_a_straight_line_and_the_rest_is_what_it_would_be_of_the_epochs_left(ScheduleKind kind)
    {
        double[] rates = Rates(kind, warmUp: 1.5);
        Assert.Equal(2 * 0.5 / 1500, rates[0], 1e-12);
        Assert.Equal(1, rates[749], 1e-3);
        Assert.Equal(2, rates[1499], 1e-2);
        var rest = new LearningRateSchedule(kind, 2, 9, WarmUpEpochs: 0, StepsPerEpoch);
        Assert.Equal(rest.At(9000 - 1), new LearningRateSchedule(kind, 2, 10, WarmUpEpochs: 1, StepsPerEpoch).At(10_000 - 1), 1e-12);
        Assert.Equal(rest.At(4000), new LearningRateSchedule(kind, 2, 10, WarmUpEpochs: 1, StepsPerEpoch).At(5000), 1e-12);
    }

    [Fact]
    public void Every_name_is_read_and_another_is_refused()
    {
        Assert.Equal(Enum.GetValues<ScheduleKind>().Order(), LearningRateSchedule.Names.Select(LearningRateSchedule.Parse).Distinct().Order());
        Assert.Equal(ScheduleKind.Inverse, LearningRateSchedule.Parse("1/t"));
        var failure = Assert.Throws<PerceptronException>(() => LearningRateSchedule.Parse("linear"));
        Assert.Equal(Fault.Options, failure.Fault);
        Assert.Contains("cosine", failure.Message, StringComparison.Ordinal);
    }

    private static double[] Rates(ScheduleKind kind, double warmUp = 0)
    {
        var schedule = new LearningRateSchedule(kind, LearningRate: 2, Epochs: 6, warmUp, StepsPerEpoch);
        return [.. Enumerable.Range(0, 6000).Select(step => schedule.At(step))];
    }
}
