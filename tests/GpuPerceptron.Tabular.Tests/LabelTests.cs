namespace GpuPerceptron.Tabular.Tests;

public sealed class LabelTests : TemporaryTables
{
    [Theory]
    [InlineData("0", "1", "0", "1")]
    [InlineData("1", "0", "0", "1")]
    [InlineData("-1", "1", "-1", "1")]
    [InlineData("1.0", "0.0", "0", "1")]
    [InlineData("9", "10", "9", "10")]
    [InlineData("true", "false", "false", "true")]
    [InlineData("no", "yes", "no", "yes")]
    [InlineData("yes", "no", "no", "yes")]
    [InlineData("M", "B", "B", "M")]
    [InlineData("10", "a", "10", "a")]
    public void The_label_that_sorts_last_is_positive(string first, string second, string negative, string positive)
    {
        using var table = TableReader.ReadTraining(Csv("a,label", $"1,{first}", $"2,{second}", $"3,{second}"), Raw());
        Assert.Equal((negative, positive), (table.Schema.Label.Negative, table.Schema.Label.Positive));
        float one = first == positive || first == positive + ".0" ? 1 : 0;
        Assert.Equal([one, 1 - one, 1 - one], Labels(table.Training));
        Assert.Equal(one == 1 ? 1 : 2, table.Training.Positives);
    }

    [Theory]
    [InlineData("0", "0", "1")]
    [InlineData("1.0", "1", "0")]
    public void The_positive_label_can_be_chosen(string choice, string positive, string negative)
    {
        using var table = TableReader.ReadTraining(Csv("a,label", "1,0", "2,1", "3,1"), Raw() with { Positive = choice });
        Assert.Equal((negative, positive), (table.Schema.Label.Negative, table.Schema.Label.Positive));
        Assert.Equal(positive == "0" ? [1, 0, 0] : [0, 1, 1], Labels(table.Training));
    }

    [Fact]
    public void A_label_written_in_two_ways_is_one_label()
    {
        using var table = TableReader.ReadTraining(
            TableSource.Query("SELECT * FROM (VALUES (1, '1'), (2, 'no'), (3, '1.0'), (4, '1')) t(a, label)"), Raw());
        Assert.Equal("1", table.Schema.Label.Negative);
        Assert.Equal([0, 1, 0, 0], Labels(table.Training));
    }

    [Fact]
    public void Truth_values_are_the_same_labels_in_every_format()
    {
        using var table = TableReader.ReadTraining(Csv("a,label", "1,True", "2,False"), Raw());
        Assert.Equal(("false", "true"), (table.Schema.Label.Negative, table.Schema.Label.Positive));
        using var query = TableReader.ReadLabelled(TableSource.Query("SELECT i AS a, i > 2 AS label FROM range(4) t(i)"), table.Schema);
        Assert.Equal([0, 0, 0, 1], Labels(query));
    }

    [Fact]
    public void Labels_are_those_of_the_model_when_evaluating()
    {
        using var table = TableReader.ReadTraining(Csv("a,label", "1,yes", "2,no"), Raw());
        using var all = TableReader.ReadLabelled(Csv("label,a", "yes,5", "yes,6"), table.Schema);
        Assert.Equal([1, 1], Labels(all));
        string message = Fails(Fault.Data, () => TableReader.ReadLabelled(Csv("label,a", "yes,5", "maybe,6"), table.Schema));
        Assert.Contains("data row 2 holds \"maybe\"", message);
        Assert.Contains("\"no\" and \"yes\"", message);
    }

    [Fact]
    public void A_positive_label_that_does_not_exist_is_an_error_of_the_options()
    {
        string message = Fails(Csv("a,label", "1,0", "2,1"), Raw() with { Positive = "yes" }, Fault.Options);
        Assert.Contains("\"yes\"", message);
        Assert.Contains("\"0\" and \"1\"", message);
    }

    [Fact]
    public void One_label_is_too_few() =>
        Assert.Contains("one label only, \"1\"", Fails(Csv("a,label", "1,1", "2,1")));

    [Fact]
    public void Three_labels_are_too_many()
    {
        string message = Fails(Csv("a,label", "1,3", "2,5", "3,7"));
        Assert.Contains("\"3\", \"5\" and \"7\"", message);
        Assert.Contains("--sql \"SELECT * EXCLUDE (label), CASE WHEN label = 7 THEN 1 WHEN label IS NOT NULL THEN 0 END AS label FROM '", message);
        Assert.Contains("label = 'c'", Fails(Csv("a,label", "1,a", "2,b", "3,c")));
    }

    [Fact]
    public void The_remedy_for_three_labels_works()
    {
        var source = Csv("a,the label", "1,a", "2,b", "3,c");
        string message = Fails(source, Raw("the label"));
        using var table = TableReader.ReadTraining(TableSource.Query(QueryIn(message)), Raw());
        Assert.Equal([0, 0, 1], Labels(table.Training));
    }

    [Theory]
    [InlineData("blanks around them only", "a", "a ", "b")]
    [InlineData("blanks around them only", "no ", "no", "yes")]
    [InlineData("blanks or by upper and lower case only", "a ", "A", "b")]
    [InlineData("blanks or by upper and lower case only", "No", "no", "yes")]
    public void Labels_that_are_spelt_in_two_ways_are_an_error_whose_remedy_works(string difference, string first, string second, string third)
    {
        string message = Fails(Csv("a,the label", $"1,\"{first}\"", $"2,\"{second}\"", $"3,{third}"), Raw("the label"));
        Assert.Contains($"column \"the label\" holds \"{first}\" and \"{second}\", labels that differ by {difference}", message);
        using var table = TableReader.ReadTraining(TableSource.Query(QueryIn(message)), Raw("the label"));
        Assert.Equal([0, 0, 1], Labels(table.Training));
    }

    [Fact]
    public void Two_labels_that_differ_by_blanks_are_one()
    {
        string message = Fails(Csv("a,label", "1,\"yes\"", "2,\" yes\"", "3,yes"));
        Assert.Contains("holds \"yes\" and \" yes\", labels that differ by blanks around them only; that is one label", message);
        Assert.DoesNotContain("--sql", message);
    }

    [Fact]
    public void Two_labels_may_differ_by_case()
    {
        using var table = TableReader.ReadTraining(Csv("a,label", "1,a", "2,A"), Raw());
        Assert.Equal(("A", "a"), (table.Schema.Label.Negative, table.Schema.Label.Positive));
    }

    [Fact]
    public void A_label_that_is_an_amount_is_cut_in_two()
    {
        string message = Fails(Csv("a,label", "1,0.5", "2,4", "3,1.25", "4,-2"));
        Assert.Contains("CASE WHEN label > 1.25 THEN 1 WHEN label IS NOT NULL THEN 0 END", message);
        using var table = TableReader.ReadTraining(TableSource.Query(QueryIn(message)), Raw());
        Assert.Equal([0, 1, 0, 0], Labels(table.Training));
    }

    [Fact]
    public void Missing_labels_are_counted()
    {
        string message = Fails(Csv("a,label", "1,1", "2,", "3,0", "4,NA"));
        Assert.Contains("\"label\" is empty in 2 rows, first in data row 2", message);
        Assert.Contains("is empty in 1 row, first in data row 3", Fails(Csv("a,label", "1,x", "2,y", "3,")));
    }

    [Theory]
    [InlineData("0", "1", "")]
    [InlineData("0", "1", "NA")]
    [InlineData("x", "y", "")]
    [InlineData("x", "y", "?")]
    public void Rows_without_a_label_are_left_out_by_the_query_that_is_proposed(string first, string second, string nothing)
    {
        string message = Fails(Csv("a,label", $"1,{first}", $"2,{nothing}", $"3,{second}"));
        using var table = TableReader.ReadTraining(TableSource.Query(QueryIn(message)), Raw());
        Assert.Equal([0, 1], Labels(table.Training));
    }
}
