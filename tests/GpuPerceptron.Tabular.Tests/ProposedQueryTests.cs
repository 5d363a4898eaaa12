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

    private static void AssertReads(string query)
    {
        using var table = TableReader.ReadTraining(TableSource.Query(query), Raw());
        Assert.Equal(40, table.Training.Samples);
        Assert.Equal([ColumnKind.Number, ColumnKind.Number], table.Schema.Columns.Select(column => column.Kind));
        Assert.Equal([1, 1], table.Schema.Columns.Select(column => column.Missing));
    }
}
