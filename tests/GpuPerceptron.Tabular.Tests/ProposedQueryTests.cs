using System.Text;
using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Tests;

/// <summary>Queries that messages propose run as they stand, and read what the file itself would have given.</summary>
public sealed class ProposedQueryTests : TemporaryTables
{
    private static readonly string[] Prices =
        ["price,n,label", .. Enumerable.Range(0, 40).Select(i => $"{(i == 3 ? "NA" : $"${i}")},{(i == 5 ? "?" : i)},{i % 2}")];

    [Theory]
    [InlineData("prices.csv"), InlineData("prices.txt")]
    public void Cells_that_are_empty_to_us_stay_so(string name)
    {
        string message = Fails(Table(name, Prices));
        Assert.Contains("nullstr = ['', 'NA', '?']", message);
        AssertReads(QueryIn(message));
    }

    [Fact]
    public void Compressed_text_is_found_out_too()
    {
        string message = Fails(Compressed("prices.txt.gz", string.Join('\n', Prices)));
        AssertReads(QueryIn(message));
    }

    [Fact]
    public void An_extension_that_DuckDB_does_not_know_is_read_as_text()
    {
        string[] plain = [.. Prices.Where(line => !line.Contains("NA") && !line.Contains('?'))];
        string message = Fails(Table("prices.txt", plain));
        Assert.Contains("FROM read_csv('", message);
        Assert.DoesNotContain("nullstr", message);
        using var table = TableReader.ReadTraining(TableSource.Query(QueryIn(message)), Raw());
        Assert.Equal(plain.Length - 1, table.Training.Samples);
        Assert.Contains($"FROM '{PathOf("prices.csv")}'", Fails(Table("prices.csv", plain)));
    }

    [Fact]
    public void A_stream_is_to_be_saved_first()
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', Prices)));
        string message = Fails(TableSource.Csv(content, "stdin"));
        Assert.Contains("with stdin saved to table.csv, --sql \"", message);
        Table("table.csv", Prices);
        AssertReads(QueryIn(message).Replace("'table.csv'", $"'{PathOf("table.csv")}'"));
    }

    [Fact]
    public void Labels_are_left_out_with_all_else_as_it_was()
    {
        string[] rows = [.. Enumerable.Range(0, 40).Select(i => $"{(i == 5 ? "NA" : i)},{(i == 7 ? "NULL" : i % 2)}")];
        string message = Fails(Csv(["n,label", .. rows]));
        using var table = TableReader.ReadTraining(TableSource.Query(QueryIn(message)), Raw());
        Assert.Equal(39, table.Training.Samples);
        Assert.Equal((ColumnKind.Number, 1), (table.Schema.Columns[0].Kind, table.Schema.Columns[0].Missing));
    }

    [Fact]
    public void A_pattern_is_looked_through_to_its_last_file()
    {
        string[] first = [.. Prices.Where(line => !line.Contains("NA") && !line.Contains('?'))];
        Table("p1.csv", first);
        Table("p2.csv", Prices);
        string message = Fails(TableSource.File(PathOf("p*.csv")));
        using var table = TableReader.ReadTraining(TableSource.Query(QueryIn(message)), Raw());
        Assert.Equal(first.Length - 1 + 40, table.Training.Samples);
        Assert.Equal([1, 1], table.Schema.Columns.Select(column => column.Missing));
    }

    [Fact]
    public void The_delimiter_is_told_where_it_might_be_guessed_wrongly()
    {
        string[] rows = [.. Enumerable.Range(0, 40).Select(i => $"${i};a,b,{i % 3},d;{i % 2}")];
        string message = Fails(Table("mixed.txt", ["p;t;label", .. rows]));
        using var table = TableReader.ReadTraining(TableSource.Query(QueryIn(message)), Raw());
        Assert.Equal(["p", "t"], table.Schema.Columns.Select(column => column.Name));

        message = Fails(Table("tabs.txt", ["p\tt\tlabel", .. rows.Select(row => row.Replace(';', '\t'))]));
        using var tabs = TableReader.ReadTraining(TableSource.Query(QueryIn(message)), Raw());
        Assert.Equal(["p", "t"], tabs.Schema.Columns.Select(column => column.Name));
    }

    [Fact]
    public void A_pattern_without_an_extension_is_read_as_its_files_are()
    {
        Table("prices.json", [.. Enumerable.Range(0, 40).Select(i => $"{{\"p\":\"${i}\",\"label\":{i % 2}}}")]);
        string message = Fails(TableSource.File(PathOf("prices*")));
        using var table = TableReader.ReadTraining(TableSource.Query(QueryIn(message)), Raw());
        Assert.Equal(40, table.Training.Samples);
    }

    [Fact]
    public void A_missing_label_is_none_of_two_classes()
    {
        string[] rows = [.. Enumerable.Range(0, 60).Select(i => $"{i},{(i == 8 ? "NA" : "abc"[i % 3].ToString())}")];
        string message = Fails(Csv(["n,label", .. rows]));
        var query = TableSource.Query(System.Text.RegularExpressions.Regex.Match(message, "--sql \"(.*?)\" --label").Groups[1].Value);
        Assert.Contains("is empty in 1 row", Fails(query));
    }

    [Fact]
    public void Pairs_of_numbers_that_nearly_all_differ_name_no_samples()
    {
        string[] rows = [.. Enumerable.Range(0, 200).Select(i => $"{90 + i % 83}/{50 + i % 61},{i % 2}")];
        string message = Fails(Csv(["blood pressure,label", .. rows]));
        Assert.Contains("column blood pressure holds pairs of numbers, such as ", message);
        Assert.Contains("or leave it out (--exclude \"blood pressure\")", message);
        using var table = TableReader.ReadTraining(TableSource.Query(QueryIn(message)), Raw());
        Assert.Equal([ColumnKind.Number, ColumnKind.Number], table.Schema.Columns.Select(column => column.Kind));
    }

    [Fact]
    public void Dates_of_two_writings_are_read_by_one_query()
    {
        string[] rows = [.. Enumerable.Range(0, 25_000).Select(i => $"{new DateTime(1970, 1, 2).AddDays(i % 9):yyyy-MM-dd},{i % 2}"), "12.01.1970,1"];
        string message = Fails(Csv(["d,label", .. rows]));
        using var table = TableReader.ReadTraining(TableSource.Query(QueryIn(message)), Raw());
        Assert.Equal(11, Column(table.Training, 0)[^1]);
    }

    private static void AssertReads(string query)
    {
        using var table = TableReader.ReadTraining(TableSource.Query(query), Raw());
        Assert.Equal(40, table.Training.Samples);
        Assert.Equal([ColumnKind.Number, ColumnKind.Number], table.Schema.Columns.Select(column => column.Kind));
        Assert.Equal([1, 1], table.Schema.Columns.Select(column => column.Missing));
    }
}
