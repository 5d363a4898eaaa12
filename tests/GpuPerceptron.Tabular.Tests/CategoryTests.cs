using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Tests;

public sealed class CategoryTests : TemporaryTables
{
    [Fact]
    public void The_most_frequent_level_is_the_reference()
    {
        using var table = TableReader.ReadTraining(Csv("c,label", "x,0", "y,1", "y,0", "z,1", "x,1", "y,1"), Raw());
        var column = Assert.Single(table.Schema.Columns);
        Assert.Equal((ColumnKind.Category, "y"), (column.Kind, column.Reference));
        Assert.Equal(["c=x", "c=z"], column.Features.Select(feature => feature.Name));
        Assert.Equal(["x", "z"], column.Features.Select(feature => feature.Level));
        Assert.Equal([1, 0, 0, 0, 1, 0], Column(table.Training, 0));
        Assert.Equal([0, 0, 0, 1, 0, 0], Column(table.Training, 1));
        Assert.Equal("texts become one feature a level but the most frequent: c (3 levels)", Assert.Single(table.Notes));
    }

    [Fact]
    public void Equally_frequent_levels_go_in_order()
    {
        using var table = TableReader.ReadTraining(Csv("c,label", "b,0", "Z,1", "ä,0", "a,1"), Raw());
        Assert.Equal("Z", table.Schema.Columns[0].Reference);
        Assert.Equal(["a", "b", "ä"], table.Schema.Features.Select(feature => feature.Level));
    }

    [Fact]
    public void Rare_and_unseen_levels_share_a_feature()
    {
        using var table = TableReader.ReadTraining(
            Csv("c,label", "a,0", "a,1", "a,0", "b,1", "b,0", "c,1", "d,0"), Raw() with { MaxLevels = 2 });
        Assert.Equal(["c=b", "c=(other)"], table.Schema.Features.Select(feature => feature.Name));
        Assert.Equal([false, true], table.Schema.Features.Select(feature => feature.IsOther));
        Assert.Equal([0, 0, 0, 0, 0, 1, 1], Column(table.Training, 1));
        Assert.Contains("rare levels share one feature: c (2)", table.Notes);

        using var unseen = TableReader.ReadLabelled(Csv("c,label", "never seen before,1", "b,0"), table.Schema);
        Assert.Equal([0, 1], Rows(unseen)[0]);
        Assert.Equal([1, 0], Rows(unseen)[1]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Missing_and_unknown_levels_are_the_mean_of_every_feature(bool standardize)
    {
        using var table = TableReader.ReadTraining(
            Csv("c,label", "a,0", "a,1", "b,1", ",0", "c,1"), Raw() with { Standardize = standardize });
        float[] mean = standardize ? [0, 0] : [0.25f, 0.25f];
        Assert.Equal(mean, Rows(table.Training)[3]);
        Assert.Equal(1, table.Schema.Columns[0].Missing);
        using var unseen = TableReader.ReadLabelled(Csv("c,label", "d,1", ",0"), table.Schema);
        Assert.All(Rows(unseen), row => Assert.Equal(mean, row));
    }

    [Fact]
    public void Numbers_are_levels_where_training_saw_texts()
    {
        using var table = TableReader.ReadTraining(Csv("zip,label", "01234,0", "A1,1", "01234,1"), Raw());
        using var read = TableReader.ReadLabelled(Csv("zip,label", "01234,0", "01234,1"), table.Schema);
        Assert.Equal([0, 0], Column(read, 0));
    }

    [Fact]
    public void Long_levels_are_told_apart()
    {
        string stem = new('x', 40);
        using var table = TableReader.ReadTraining(Csv("c,label", $"{stem}1,0", $"{stem}2,1", $"{stem}1,1"), Raw());
        Assert.Equal([0, 1, 0], Column(table.Training, 0));
    }

    [Fact]
    public void A_text_of_its_own_in_each_row_is_an_error()
    {
        string message = Fails(Csv(["id,label", .. Enumerable.Range(0, 20).Select(i => $"s{i},{i % 2}")]));
        Assert.Contains("\"id\" holds 20 different texts in 20 rows", message);
        Assert.Contains("--exclude id)", message);
    }

    [Fact]
    public void A_level_only_among_validation_samples_counts_as_unknown()
    {
        string[] lines = [.. Enumerable.Range(0, 200).Select(i => $"{i},{(char)('a' + i % 2)},{i / 2 % 2}")];
        lines[17] = "17,rare,1";
        for (ulong seed = 0; ; seed++)
        {
            using var table = TableReader.ReadTraining(
                Csv(["n,c,label", .. lines]), new TableOptions { Label = "label", ValidationFraction = 0.3, Seed = seed });
            if (table.Schema.FeatureCount == 3) continue; // the rare level is in training
            using var all = TableReader.ReadLabelled(TableSource.File(PathOf("table.csv")), table.Schema);
            float[] expected = Rows(all)[17];
            Assert.Equal(0, expected[1]);
            Assert.Equal(0, Rows(table.Validation!).Single(row => Math.Abs(row[0] - expected[0]) < 1e-6)[1]);
            break;
        }
    }
}
