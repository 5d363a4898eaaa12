namespace GpuPerceptron.Tabular.Tests;

public sealed class SplitTests : TemporaryTables
{
    private const int Count = 20_000;

    [Fact]
    public void A_fraction_of_the_rows_is_set_aside_in_order()
    {
        using var table = Read(0.2, 1);
        float[] training = Column(table.Training, 0), validation = Column(table.Validation!, 0);
        Assert.InRange(validation.Length, 0.19 * Count, 0.21 * Count);
        Assert.Equal(training.Order(), training);
        Assert.Equal(validation.Order(), validation);
        Assert.Equal(Enumerable.Range(0, Count).Select(i => (float)i), training.Concat(validation).Order());
        Assert.Equal(validation.Select(i => i % 2), Labels(table.Validation!));
        Assert.Equal(validation.Select(i => i + 1), table.Validation!.Blocks[0].SampleWeights.ToArray());
    }

    [Fact]
    public void The_seed_decides_which()
    {
        using var first = Read(0.2, 1);
        using var same = Read(0.2, 1);
        using var other = Read(0.2, 2);
        Assert.Equal(Column(first.Validation!, 0), Column(same.Validation!, 0));
        Assert.NotEqual(Column(first.Validation!, 0), Column(other.Validation!, 0));
    }

    [Fact]
    public void Statistics_are_those_of_the_training_samples()
    {
        using var table = Read(0.5, 3);
        Assert.Equal(Column(table.Training, 0).Average(value => (double)value), table.Schema.Features.First().Mean, 1e-6 * Count);
    }

    [Fact]
    public void No_fraction_sets_none_aside()
    {
        using var table = Read(0, 1);
        Assert.Null(table.Validation);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    public void A_fraction_is_at_least_0_and_less_than_1(double fraction) =>
        Assert.Contains("fraction", Fails(Fault.Options, () => Read(fraction, 1).Dispose()));

    [Fact]
    public void Too_few_rows_cannot_be_split() =>
        Assert.Contains("set aside", Fails(Csv("a,label", "1,0", "2,1"), Raw() with { ValidationFraction = 1e-9 }));

    private static TrainingTable Read(double fraction, ulong seed) => TableReader.ReadTraining(
        TableSource.Query($"SELECT i AS a, i % 2 AS label, i + 1 AS w FROM range({Count}) t(i)"),
        Raw() with { ValidationFraction = fraction, Seed = seed, Reading = new() { WeightColumn = "w" } });
}
