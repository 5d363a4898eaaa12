using System.Globalization;
using System.Text;
using GpuPerceptron.Models;
using GpuPerceptron.Tabular.Internals;
using GpuPerceptron.Tabular.Internals.PlainText;

namespace GpuPerceptron.Tabular.Tests;

/// <summary>Delimited text that is read without DuckDB, as long as it is plain: the samples are those that DuckDB reads.</summary>
public sealed class PlainTextTests : TemporaryTables
{
    private const int ManyRows = 40_000; // with what follows each, several chunks of text
    private const string Filler = ",a text that nobody reads and that is fifty bytes long";

    [Theory]
    [InlineData("1,2,3", true)]
    [InlineData("-1.5,+2,.5", true)]
    [InlineData(" 1 ,2e-3,4.", true)]
    [InlineData(",NA,?", true)]
    [InlineData("nan,NaN,-0", true)]
    [InlineData("1,2,3\r\n4,5,6\r\n", true)]
    [InlineData("1,2,3\n4,5,6", true)]
    [InlineData("1,2", false)]
    [InlineData("1,2,3,4", false)]
    [InlineData("1,2,3,", false)]
    [InlineData("1,\"2\",\"\"", true)]
    [InlineData("\" 1.5 \",\"NA\",\"?\"\r\n1,2,\"3\"", true)]
    [InlineData("1,\"2\"\"\",3", false)]
    [InlineData("1,\"2\"0,3", false)]
    [InlineData("1,\"2\" ,3", false)]
    [InlineData("1, \"2\",3", false)]
    [InlineData("1,2,\"3", false)]
    [InlineData("1,\"2\n\",3", false)]
    [InlineData("1,\"2,3", false)]
    [InlineData("1,2\",3", false)]
    [InlineData("1,2,3\n\n4,5,6\n\r\n\n", true)]
    [InlineData("1,2,3\n\r4,5,6", false)]
    [InlineData("1,2,x", false)]
    [InlineData("1,0x10,3", false)]
    [InlineData("1,1e,3", false)]
    [InlineData("1,2 3,3", false)]
    [InlineData("1,inf,3", false)]
    [InlineData("1,2\r,3", false)]
    [InlineData("1,2,3\r4,5,6", false)]
    public void Only_plain_text_is_taken(string lines, bool isPlain)
    {
        byte[] text = Encoding.UTF8.GetBytes(lines);
        var layout = new PlainLayout(',', 3, [(0, ColumnKind.Number), (1, ColumnKind.Number), (2, ColumnKind.Number)]);
        using var cells = new PlainCells(3);
        var chunk = new TextChunk(text, text.Length, "t.csv", FirstLine: 2, Index: 0);
        byte[][] empty = [[], "NA"u8.ToArray(), "?"u8.ToArray()];
        Assert.Equal(isPlain, PlainLines.TryParse(chunk, 0, layout, empty, cells));
        if (isPlain) Assert.Equal(lines.Split('\n').Count(line => line.Trim() != ""), cells.Rows);
    }

    [Fact]
    public void Numbers_are_those_that_DuckDB_reads()
    {
        var random = new Random(5);
        string[] odd = ["0", "-0", "007", ".5", "5.", "-.25", "+3", "1e5", "-2.5E-3", " 7", "7 ", "9007199254740993", "123456789012345678",
            "0.1234567890123456789012345", "4.9e-30", "1.e2", "99999999999999999999", "nan", "", "NA", "3.4028234e38", "16777217"];
        string Number() => random.Next(5) switch
        {
            0 => odd[random.Next(odd.Length)],
            1 => random.Next(-1000, 1000).ToString(CultureInfo.InvariantCulture),
            2 => (random.NextDouble() - 0.5).ToString("R", CultureInfo.InvariantCulture),
            3 => (1e6 * (random.NextDouble() - 0.5)).ToString($"F{random.Next(12)}", CultureInfo.InvariantCulture),
            _ => ((float)Math.Exp(40 * (random.NextDouble() - 0.5))).ToString("R", CultureInfo.InvariantCulture),
        };
        AssertSameAsDuckDB([.. Enumerable.Range(0, 2000).Select(i => $"{Number()},{Number()},{Number()},{i % 2}")], "a,b,c,label",
            ", types = {'a': 'DOUBLE', 'b': 'DOUBLE', 'c': 'DOUBLE'}");
    }

    [Fact]
    public void Texts_are_those_that_DuckDB_reads()
    {
        string[] texts = ["red", "", "a much longer text than fits", "grün", "NULL", "twelve bytes", "thirteen byte", "x y"];
        AssertSameAsDuckDB(
            [.. Enumerable.Range(0, ManyRows).Select(i => $"{texts[i * 7 % 8]},{i % 97 - 40}.{i % 10},{(i % 3 == 0 ? "yes" : "no")}")], "a,b,label");
    }

    [Fact]
    public void Texts_in_quotes_truth_values_and_dates_are_those_that_DuckDB_reads()
    {
        string[] texts = ["\"red, or so\"", "\"\"", "red", "\"NULL\"", "\"a text of fifty bytes, in quotes and with commas, too\"", "\" x\""];
        string[] days = ["2021-03-04", "1969-12-31", "\"2000-02-29\"", "", "1600-01-01", "2024-12-31"];
        string[] times = ["2021-03-04 05:06:07", "2021-03-04T23:59:59.5", "1969-12-31 00:00:00.000001", "2021-03-04 05:06:07.123456", "2021-03-04 00:00:01"];
        string[] truths = ["true", "false", "TRUE", "\"False\"", ""];
        AssertSameAsDuckDB(
            [.. Enumerable.Range(0, ManyRows).Select(i => $"{texts[i * 7 % 6]},\"{i % 97 - 40}.{i % 10}\",{days[i % 6]},{times[i * 3 % 5]},{truths[i % 5]},\"{i % 2}\"")],
            "a,b,day,time,truth,label");
    }

    [Theory]
    [InlineData("2021-03-04", true), InlineData("2021-03-04 05:06:07", true), InlineData("2021-03-04T05:06:07.1", true)]
    [InlineData("2021-02-29", false), InlineData("2021-13-01", false), InlineData("2021-00-01", false), InlineData("2021-01-00", false)]
    [InlineData("0000-01-01", false), InlineData("2021-3-04", false), InlineData("21-03-04", false), InlineData("2021/03/04", false)]
    [InlineData("2021-03-04 24:00:00", false), InlineData("2021-03-04 05:60:07", false), InlineData("2021-03-04 05:06:60", false)]
    [InlineData("2021-03-04 05:06", false), InlineData("2021-03-04T05:06:07Z", false), InlineData("2021-03-04 05:06:07.", false)]
    [InlineData("2021-03-04 05:06:07.1234567", false), InlineData("2021-03-04 05:06:07.12x", false), InlineData(" 2021-03-04", false)]
    [InlineData("2021-03-0x", false), InlineData("-021-03-04", false), InlineData("", false)]
    public void Only_plain_dates_are_taken(string text, bool isPlain)
    {
        Assert.Equal(isPlain, PlainDate.TryParse(Encoding.UTF8.GetBytes(text), out double days));
        if (isPlain)
            Assert.Equal((DateTime.Parse(text, CultureInfo.InvariantCulture) - DateTime.UnixEpoch).TotalDays, days, 1e-9);
    }

    [Theory]
    [InlineData("maybe,2021-01-01"), InlineData("true,2021-01-01 10:00:00+02"), InlineData("1,2021-01-02"), InlineData("t, 2021-01-03")]
    public void Truth_values_and_dates_that_are_not_plain_are_for_DuckDB_to_judge(string odd)
    {
        var source = Csv(["a,d,label,filler", .. Enumerable.Range(0, ManyRows).Select(i =>
            $"{(i == 30_000 ? odd : $"{(i % 3 == 0 ? "true" : "false")},2020-01-{1 + i % 28:00}")},{i % 2}{Filler}")]);
        if (odd.StartsWith("maybe", StringComparison.Ordinal))
        {
            Assert.Contains("holds \"maybe\"", Fails(source, Raw() with { Exclude = ["filler"] }));
            return;
        }

        using var table = TableReader.ReadTraining(source, Raw() with { Exclude = ["filler"] });
        Assert.Equal(ManyRows, table.Training.Samples);
        Assert.Equal(1f, Column(table.Training, 0)[30_000]);
        Assert.InRange(Column(table.Training, 1)[30_000], 18_628, 18_630);
    }

    [Theory]
    [InlineData("\"3\",4,1")]
    [InlineData("3,\"red, or so\",1")]
    [InlineData("\"3\",\"4\"\"\",\"1\"")]
    [InlineData("")]
    public void What_follows_a_line_that_is_not_plain_is_read_too(string odd)
    {
        foreach (int place in new[] { 0, 2049, ManyRows - 1 })
        {
            AssertSameAsDuckDB(
                [.. Enumerable.Range(0, ManyRows).Select(i => i == place ? odd : $"{i % 89}.25,{(i % 5 == 0 ? "red" : "blue")},{i % 2}")], "a,b,label");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_number_of_threads_gives_the_same_samples(int threads)
    {
        var source = Csv(["a,b,label,filler", .. Enumerable.Range(0, ManyRows).Select(i => $"{i}.5,{(i % 13 == 0 ? "" : i % 7)},{i % 2}{Filler}")]);
        using var table = TableReader.ReadTraining(source, Raw() with { Exclude = ["filler"], Reading = new ReadOptions { Threads = threads } });
        Assert.Equal(ManyRows, table.Training.Samples);
        Assert.Equal((ManyRows + 12) / 13, table.Schema.Columns[1].Missing);
        Assert.Equal([.. Enumerable.Range(0, ManyRows).Select(i => i + 0.5f)], Column(table.Training, 0));
    }

    [Fact]
    public void Lines_may_end_as_on_Windows_and_the_last_one_not_at_all()
    {
        string[] rows = [.. Enumerable.Range(0, 100).Select(i => $"{i},{i % 7},{i % 2}")];
        File.WriteAllText(PathOf("w.csv"), "a,b,label\r\n" + string.Join("\r\n", rows));
        using var table = TableReader.ReadTraining(TableSource.File(PathOf("w.csv")), Raw());
        Assert.Equal(100, table.Training.Samples);
        Assert.Equal(99f, Column(table.Training, 0)[99]);
    }

    [Fact]
    public void Lines_may_end_as_on_old_Macs()
    {
        File.WriteAllText(PathOf("m.csv"), "a,b,label\r" + string.Concat(Enumerable.Range(0, 100).Select(i => $"{i},{i % 7},{i % 2}\r")));
        using var table = TableReader.ReadTraining(TableSource.File(PathOf("m.csv")), Raw());
        Assert.Equal(100, table.Training.Samples);
    }

    [Fact]
    public void A_byte_order_mark_is_no_part_of_the_table()
    {
        foreach (string names in new[] { "a,b,c\n", "" })
        {
            File.WriteAllText(PathOf("b.csv"), "\uFEFF" + names + string.Concat(Enumerable.Range(0, 100).Select(i => $"{i},{i % 7},{i % 2}\n")));
            string label = names == "" ? "column2" : "c";
            using var table = TableReader.ReadTraining(TableSource.File(PathOf("b.csv")), Raw(label));
            Assert.Equal((100, 2), (table.Training.Samples, table.Training.Features));
        }
    }

    [Fact]
    public void A_column_may_be_a_feature_and_the_weights()
    {
        var source = Csv(["a,b,label", .. Enumerable.Range(0, 100).Select(i => $"{i + 1},{i % 7},{i % 2}")]);
        using var table = TableReader.ReadTraining(source, Raw());
        using var weighted = TableReader.ReadLabelled(source, table.Schema, new ReadOptions { WeightColumn = "a" });
        Assert.Equal(Column(table.Training, 0), Column(weighted, 0));
        Assert.Equal(Column(table.Training, 0), weighted.Blocks.SelectMany(block => block.SampleWeights.ToArray()).ToArray());
    }

    [Fact]
    public void Lines_that_end_in_two_ways_are_read_where_all_are_numbers_or_else_an_error_that_says_so()
    {
        foreach (string text in new[] { "", "x" })
        {
            var rows = Enumerable.Range(0, 100).Select(i => $"{i},{text}{i % 7},{i % 2}{(i == 50 ? "" : "\r")}\n");
            File.WriteAllText(PathOf("two.csv"), "a,b,label\r\n" + string.Concat(rows));
            if (text == "x")
            {
                Assert.Contains("do not all end in the same way", Fails(TableSource.File(PathOf("two.csv"))));
                continue;
            }

            using var table = TableReader.ReadTraining(TableSource.File(PathOf("two.csv")), Raw());
            Assert.Equal(100, table.Training.Samples);
        }
    }

    [Theory]
    [InlineData("\"a\",\"b c\",\"label\"", "a,b c")]
    [InlineData("a,b\"c,label", null)]
    [InlineData("\"a \",b,label", null)]
    [InlineData(" a,b,label", null)]
    [InlineData("a,,label", null)]
    [InlineData("1,2,3", null)]
    public void Names_are_taken_from_the_first_line_where_they_can_be_read_in_one_way_only(string line, string? names)
    {
        var dialect = CsvDialect.Of(Table("names.csv", line, "1,2,3", "2,3,1", "3,1,3").Text, "names.csv");
        Assert.Equal(names is null ? null : $"{names},label", dialect.Names is null ? null : string.Join(',', dialect.Names));
        string label = line == "1,2,3" ? "column2" : "label";
        using var table = TableReader.ReadTraining(TableSource.File(PathOf("names.csv")), Raw(label));
        Assert.Equal(2, table.Training.Features);
        if (names is not null) Assert.Equal(names, string.Join(',', table.Schema.Features.Select(feature => feature.Name)));
    }

    [Fact]
    public void Columns_are_called_the_same_in_one_file_and_in_several_and_names_in_another_encoding_are_an_error()
    {
        string[] lines = ["NA,z,label", "1,2,1", "2,1,0", "3,3,1", "5,2,0"];
        Table("s1.csv", lines);
        Table("s2.csv", lines);
        using var one = TableReader.ReadTraining(TableSource.File(PathOf("s1.csv")), Raw());
        using var both = TableReader.ReadTraining(TableSource.File(PathOf("s*.csv")), Raw());
        Assert.Equal(both.Schema.Features.Select(feature => feature.Name), one.Schema.Features.Select(feature => feature.Name));

        File.WriteAllBytes(PathOf("l.csv"), Encoding.Latin1.GetBytes("caf\u00e9,z,label\n1,2,1\n2,1,0\n3,3,1\n"));
        Assert.Contains("line 1", Fails(TableSource.File(PathOf("l.csv"))));
    }

    [Theory]
    [InlineData("1,2", true), InlineData("1,\n,2", true), InlineData("1,\n2,NA", false), InlineData("1,2\n3,x", false), InlineData("1,2\n3", false)]
    [InlineData("true,1", false), InlineData("", false)]
    public void A_table_of_numbers_alone_is_told_from_its_first_rows(string lines, bool expected)
    {
        string path = Table("t.csv", "a,b", lines).Text;
        Assert.Equal(expected, PlainTable.IsOfNumbers(path, CsvDialect.Of(path, "t.csv"), ["", "NA"], 100, default));
    }

    [Fact]
    public void Several_files_are_read_in_order_also_where_their_names_are_in_another_order()
    {
        Table("p1.csv", ["a,b,label", .. Enumerable.Range(0, 3000).Select(i => $"{i},{i % 7},{i % 2}")]);
        Table("p2.csv", ["a,b,label", .. Enumerable.Range(3000, 3000).Select(i => $"{i},{i % 7},{i % 2}")]);
        Table("p3.csv", ["b,a,label", .. Enumerable.Range(6000, 3000).Select(i => $"{i % 7},{i},{i % 2}")]);
        foreach (int files in new[] { 2, 3 })
        {
            string pattern = PathOf($"p[1-{files}].csv");
            using var plain = TableReader.ReadTraining(TableSource.File(pattern), Raw());
            using var other = TableReader.ReadTraining(TableSource.Query($"SELECT * FROM read_csv('{pattern}')"), Raw());
            Assert.Equal(3000 * files, plain.Training.Samples);
            Assert.Equal(Column(other.Training, 0), Column(plain.Training, 0));
            Assert.Equal(Column(other.Training, 1), Column(plain.Training, 1));
        }
    }

    [Fact]
    public void Compressed_files_are_read_and_damaged_ones_are_an_error()
    {
        string content = "a,label\n" + string.Concat(Enumerable.Range(0, ManyRows).Select(i => $"{i}.5,{i % 2}\n"));
        var source = Compressed("t.csv.gz", content);
        using (var table = TableReader.ReadTraining(source, Raw()))
            Assert.Equal(ManyRows - 0.5f, Column(table.Training, 0)[^1]);
        byte[] bytes = File.ReadAllBytes(PathOf("t.csv.gz"));
        foreach (int length in new[] { bytes.Length / 2, 20 })
        {
            File.WriteAllBytes(PathOf("t.csv.gz"), bytes[..length]);
            Assert.Contains("ends early or is damaged", Fails(source));
        }
    }

    [Fact]
    public void A_late_mistake_is_named_with_its_line()
    {
        string[] rows = [.. Enumerable.Range(0, ManyRows).Select(i => $"{i},{i % 7},{i % 2}")];
        rows[30_000] = "12,oops,0";
        Assert.Contains("line 30002: column \"b\" holds \"oops\"", Fails(Csv(["a,b,label", .. rows])));
        rows[30_000] = "12,0";
        Assert.Contains("line 30002", Fails(Csv(["a,b,label", .. rows])));
    }

    /// <summary>A query's rows are read by DuckDB alone.</summary>
    private void AssertSameAsDuckDB(string[] rows, string names, string types = "")
    {
        string path = Csv([$"{names},filler", .. rows.Select(row => row == "" ? row : row + Filler)]).Text;
        var options = Raw() with { Exclude = ["filler"], Reading = new ReadOptions { MissingNaN = true } };
        using var plain = TableReader.ReadTraining(TableSource.File(path), options);
        using var other = TableReader.ReadTraining(
            TableSource.Query($"SELECT * FROM read_csv('{path}', nullstr = ['', 'NA', 'NULL'], sample_size = -1{types})"), options);
        Assert.Equal(other.Training.Samples, plain.Training.Samples);
        Assert.Equal(other.Schema.Features.Select(feature => feature.Name), plain.Schema.Features.Select(feature => feature.Name));
        for (int j = 0; j < other.Training.Features; j++)
            Assert.Equal(Column(other.Training, j), Column(plain.Training, j));
    }
}
