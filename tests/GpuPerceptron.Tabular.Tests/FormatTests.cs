namespace GpuPerceptron.Tabular.Tests;

public sealed class FormatTests : TemporaryTables
{
    private const string Query = "SELECT i AS a, i * i / 4.0 AS b, i % 2 AS label FROM range(1, 9) t(i)";

    [Theory]
    [InlineData("t.csv")]
    [InlineData("t.csv.gz")]
    [InlineData("t.parquet")]
    [InlineData("t.json")]
    [InlineData("t.json.gz")]
    [InlineData("it's [odd] ä.csv")]
    public void Files_of_every_format_hold_the_same_table(string name) => AssertTable(Made(name, Query));

    [Theory]
    [InlineData("t.tsv", '\t')]
    [InlineData("t.txt", ';')]
    [InlineData("t.txt", '|')]
    [InlineData("t.ndjson", '\0')]
    [InlineData("t.jsonl", '\0')]
    public void Text_comes_under_several_names(string name, char delimiter)
    {
        var lines = Enumerable.Range(1, 8).Select(i => delimiter == '\0'
            ? $"{{\"a\":{i},\"b\":{i * i / 4.0},\"label\":{i % 2}}}"
            : string.Join(delimiter, i, i * i / 4.0, i % 2));
        AssertTable(Table(name, delimiter == '\0' ? [.. lines] : [string.Join(delimiter, "a", "b", "label"), .. lines]));
    }

    [Theory]
    [InlineData("SELECT * FROM (" + Query + ")")]
    [InlineData(Query + ";")]
    [InlineData(Query + " -- that is all")]
    public void A_query_is_a_table(string sql) => AssertTable(TableSource.Query(sql));

    [Fact]
    public void A_query_may_name_files()
    {
        Made("t.parquet", Query);
        AssertTable(TableSource.Query($"FROM '{PathOf("t.parquet")}' ORDER BY a"));
    }

    [Fact]
    public void A_query_keeps_its_order()
    {
        using var table = TableReader.ReadTraining(TableSource.Query($"SELECT * FROM ({Query}) ORDER BY a DESC"), Raw());
        Assert.Equal([8, 7, 6, 5, 4, 3, 2, 1], Column(table.Training, 0));
    }

    [Fact]
    public void A_pattern_reads_files_in_the_order_of_their_names()
    {
        Table("part-2.csv", "a,label", "3,0", "4,1");
        Table("part-1.csv", "a,label", "1,0", "2,1");
        using var table = TableReader.ReadTraining(TableSource.File(PathOf("part-*.csv")), Raw());
        Assert.Equal([1, 2, 3, 4], Column(table.Training, 0));
    }

    [Fact]
    public void Numbers_alone_in_the_first_line_are_a_sample()
    {
        using var table = TableReader.ReadTraining(Csv("1,2.5,0", "3,4,1"), Raw("column2"));
        Assert.Equal([1, 3], Column(table.Training, 0));
    }

    [Fact]
    public void Names_may_be_anything()
    {
        using var table = TableReader.ReadTraining(
            Csv("select,\"a \"\"b\"\"\",naïve 'q',\"x,y\",group", "1,2,3,4,0", "2,3,5,7,1"), Raw("group"));
        Assert.Equal(["select", "a \"b\"", "naïve 'q'", "x,y"], table.Schema.Features.Select(feature => feature.Name));
    }

    [Fact]
    public void Names_may_be_absent()
    {
        using var table = TableReader.ReadTraining(Csv("\"\",a,,label", "1,2,3,0", "2,3,5,1"), Raw());
        Assert.Equal([1, 2, 3], Rows(table.Training)[0]);
        Assert.Equal(3, table.Schema.Features.Select(feature => feature.Name).Distinct().Count());
    }

    [Fact]
    public void Lines_may_end_as_on_Windows_after_a_byte_order_mark()
    {
        using var table = TableReader.ReadTraining(Csv("\uFEFFa,c,label\r", "1,\"x\ny\",0\r", "2,z,1\r"), Raw());
        Assert.Equal(["a", "c=z"], table.Schema.Features.Select(feature => feature.Name));
        Assert.Equal([1, 2], Column(table.Training, 0));
        Assert.Equal(["x\ny", "z"], [table.Schema.Columns[1].Reference, table.Schema.Columns[1].Features[0].Level]);
    }

    [Fact]
    public void A_decimal_point_may_come_late_in_a_column_of_integers()
    {
        string[] lines = [.. Enumerable.Range(0, 30_000).Select(i => $"{i}{(i == 29_000 ? ".5" : "")},{i % 2}")];
        using var csv = TableReader.ReadTraining(Csv(["a,label", .. lines]), Raw());
        Assert.Equal(29_000.5f, Column(csv.Training, 0)[29_000]);

        string[] objects = [.. Enumerable.Range(0, 30_000).Select(i => $"{{\"a\":{i}{(i == 29_000 ? ".5" : "")},\"label\":{i % 2}}}")];
        using var json = TableReader.ReadTraining(Table("t.json", objects), Raw());
        Assert.Equal(29_000.5f, Column(json.Training, 0)[29_000]);
    }

    [Theory]
    [InlineData("wdbc.csv", "diagnosis", 30, "M")]
    [InlineData("pima.csv", "label", 8, "1")]
    [InlineData("sonar.csv", "label", 60, "1")]
    [InlineData("mtcars-transmission.csv", "am", 1, "1")]
    public void The_samples_of_the_repository_are_read(string name, string label, int features, string positive)
    {
        string path = Repository("samples", "data", name);
        using var table = TableReader.ReadTraining(TableSource.File(path), new TableOptions { Label = label });
        Assert.Equal(features, table.Training.Features);
        Assert.Equal(File.ReadLines(path).Count(line => line.Length > 0) - 1, table.Training.Samples);
        Assert.Equal(positive, table.Schema.Label.Positive);
    }

    private static void AssertTable(TableSource source)
    {
        using var table = TableReader.ReadTraining(source, Raw());
        Assert.Equal(["a", "b"], table.Schema.Features.Select(feature => feature.Name));
        Assert.Equal(Enumerable.Range(1, 8).Select(i => (float)i), Column(table.Training, 0));
        Assert.Equal(Enumerable.Range(1, 8).Select(i => i * i / 4f), Column(table.Training, 1));
        Assert.Equal([1, 0, 1, 0, 1, 0, 1, 0], Labels(table.Training));
        Assert.Equal(4, table.Training.Positives);
    }
}
