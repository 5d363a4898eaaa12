using System.Text;
using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Tests;

public sealed class ErrorTests : TemporaryTables
{
    private static readonly Schema Model = new(
        new LabelSchema("label", "0", "1"), [new ColumnSchema("a", ColumnKind.Number, 0, [new FeatureSchema("a", 0, 1)])], false);

    [Fact]
    public void A_missing_file() => Assert.Equal(
        $"{PathOf("nope.csv")}: there is no such file", Fails(TableSource.File(PathOf("nope.csv"))));

    [Fact]
    public void A_pattern_without_files() => Assert.Contains("no file matches", Fails(TableSource.File(PathOf("nope-*.csv"))));

    [Fact]
    public void A_folder() => Assert.Contains("*.csv", Fails(TableSource.File(PathOf("."))));

    [Fact]
    public void An_unknown_format()
    {
        string message = Fails(Table("t.xlsx", "a"));
        Assert.Contains(".parquet", message);
        Assert.Contains(".csv", message);
    }

    [Fact]
    public void Files_of_two_formats()
    {
        Table("t1.csv", "a");
        Table("t2.json", "{}");
        Assert.Contains("different formats", Fails(TableSource.File(PathOf("t*"))));
    }

    [Theory]
    [InlineData("lable", "did you mean \"label\"?")]
    [InlineData("Label", "did you mean \"label\"?")]
    [InlineData("outcome", "it has a, b, label")]
    public void A_column_that_is_not_there(string name, string hint)
    {
        string message = Fails(Csv("a,b,label", "1,2,0"), Raw(name));
        Assert.Contains($"there is no column \"{name}\"; {hint}", message);
    }

    [Fact]
    public void Columns_that_the_model_misses()
    {
        using var table = TableReader.ReadTraining(Csv("a,b,c,label", "1,2,3,0", "2,4,6,1"), Raw());
        string message = Fails(Fault.Data, () => TableReader.Stream(Csv("b,x", "1,2"), table.Schema, _ => { }));
        Assert.Contains("2 columns that the model needs are missing: a, c; the table has b, x", message);
    }

    [Fact]
    public void An_empty_file() => Assert.Contains("empty", Fails(Table("t.csv.tmp.csv", "")));

    [Fact]
    public void A_header_alone() => Assert.Contains("no rows", Fails(Csv("a,label")));

    [Fact]
    public void A_query_without_rows() => Assert.Contains("no rows", Fails(TableSource.Query("SELECT 1 AS a, 0 AS label WHERE false")));

    [Theory]
    [InlineData("2,3")]
    [InlineData("2,3,1,7")]
    [InlineData("malloc failed to allocate 12 bytes,3,1,7")]
    public void A_ragged_line(string line)
    {
        string message = Fails(Csv("a,b,label", "1,2,0", line, "4,5,1"));
        Assert.Contains($"table.csv, line 3: {line.Split(',').Length} columns where the first line has 3", message);
    }

    [Fact]
    public void A_ragged_line_far_down() => Assert.Contains("line 30002: 3 columns where the first line has 2", Fails(
        Csv(["a,label", .. Enumerable.Range(0, 40_000).Select(i => i == 30_000 ? "1,2,3" : $"{i},{i % 2}")])));

    [Theory]
    [InlineData("\"2,3,1")]
    [InlineData("\"2\"x,3,1")]
    public void A_quote_that_is_not_closed(string line) => Assert.Contains(
        "line 3: a text in quotes has no end, or goes on after it; close the quote", Fails(Csv("a,b,label", "1,2,0", line, "4,5,1", "7,8,0")));

    [Fact]
    public void Text_in_another_encoding()
    {
        string[] lines = ["town,label", .. Enumerable.Range(0, 40).Select(i => $"Köln {i % 3},{i % 2}")];
        foreach (var encoding in (Encoding[])[Encoding.Latin1, Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32, new UnicodeEncoding(false, false)])
        {
            File.WriteAllLines(PathOf("t.csv"), lines, encoding);
            string message = Fails(TableSource.File(PathOf("t.csv")));
            Assert.Contains($"it is no text in UTF-8; save it so, such as by iconv -f {(encoding == Encoding.Latin1 ? "windows-1252" : "utf-")}", message);
            Assert.Contains($"{PathOf("t.csv")} > utf8.csv", message);
        }

        File.WriteAllLines(PathOf("t.csv"), lines, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        TableReader.ReadTraining(TableSource.File(PathOf("t.csv")), Raw()).Dispose();
    }

    [Fact]
    public void A_null_character()
    {
        Assert.Contains("\"\02\" in data row 2", Fails(Csv(["a,label", "1,0", "\02,1", .. Enumerable.Range(3, 40).Select(i => $"{i},{i % 2}")])));
        Assert.Contains("\"\01\"", Fails(Csv("a,label", "1,0", "2,1", "3,\01", "4,1")));
        Assert.Contains("no text in UTF-8", Fails(Csv("a\0,label", "1,0", "2,1")));
    }

    [Theory]
    [InlineData("a b label", "1 5 0", "2 3 1", "3 4 0")]
    [InlineData("# made by hand", "a,b,label", "1,5,0", "2,3,1", "3,4,0")]
    [InlineData("# made by hand", "a;b;label", "1;5;0", "2;3;1", "3;4;0")]
    [InlineData("# by hand, 2026", "a;b;label", "1;5;0", "2;3;1", "3;4;0")]
    public void A_first_line_that_is_no_line_of_names_as_it_stands(params string[] lines)
    {
        string message = Fails(Csv(lines));
        using var table = TableReader.ReadTraining(TableSource.Query(QueryIn(message)), Raw());
        Assert.Equal((3, 2), (table.Training.Samples, table.Training.Features));
    }

    [Fact]
    public void Text_far_down_in_a_column_of_numbers()
    {
        string message = Fails(Csv(["a,label", .. Enumerable.Range(0, 40_000).Select(i => i == 30_000 ? "oops,1" : $"{i},{i % 2}")]));
        Assert.Contains("table.csv, line 30002: column \"a\" holds \"oops\", which is no number", message);
        Assert.Contains("--exclude a)", message);
    }

    [Fact]
    public void Text_far_down_in_JSON() => Assert.Contains("line 30001", Fails(Table("t.json",
        [.. Enumerable.Range(0, 40_000).Select(i => $"{{\"a\":{(i == 30_000 ? "\"oops\"" : i)},\"label\":{i % 2}}}")])));

    [Fact]
    public void Text_where_the_model_has_numbers()
    {
        string csv = Fails(Fault.Data, () => TableReader.Stream(Csv("a", "1", "oops"), Model, _ => { }));
        Assert.Contains("table.csv, line 3: column \"a\" holds \"oops\", which is no number", csv);
        string query = Fails(Fault.Data, () => TableReader.Stream(TableSource.Query("SELECT 'oops' AS a"), Model, _ => { }));
        Assert.Contains("the query: column \"a\" holds \"oops\", which is no number", query);
        string json = Fails(Fault.Data, () => TableReader.Stream(Table("t.json", "{\"a\":1}", "{\"a\":\"oops\"}"), Model, _ => { }));
        Assert.Contains("line 2", json);
    }

    [Fact]
    public void A_date_where_the_model_has_numbers() => Assert.Contains("is of type Date", Fails(
        Fault.Data, () => TableReader.Stream(TableSource.Query("SELECT DATE '2020-01-01' AS a"), Model, _ => { })));

    [Fact]
    public void A_number_where_the_model_has_dates()
    {
        using var table = TableReader.ReadTraining(Csv("d,label", "2020-01-01,0", "2021-01-01,1"), Raw());
        Assert.Contains("kind Date", Fails(Fault.Data, () => TableReader.Stream(Csv("d", "17"), table.Schema, _ => { })));
        Assert.Contains("column \"d\" holds \"soon\", which is no date",
            Fails(Fault.Data, () => TableReader.Stream(Csv("d", "2020-01-01", "soon"), table.Schema, _ => { })));
    }

    [Theory]
    [InlineData("nan", "holds NaN; leave the cell empty, or count NaN as missing (--nan missing)")]
    [InlineData("inf", "holds an infinity")]
    [InlineData("-inf", "holds an infinity")]
    [InlineData("1e300", "holds 1E+300, too large for single precision")]
    public void Numbers_that_are_none(string value, string expected)
    {
        foreach (string columns in new[] { "a", "a,b,c,d" })
        {
            int more = columns.Split(',').Length - 1;
            string rest = string.Concat(Enumerable.Repeat(",1", more));
            string message = Fails(Csv($"{columns},label", $"1{rest},0", $"{value}{rest},1"));
            Assert.Contains($"column \"a\", data row 2 {expected}", message);
        }
    }

    [Fact]
    public void NaN_counts_as_missing_where_asked()
    {
        using var table = TableReader.ReadTraining(
            Csv("a,b,c,d,label", "1,1,1,1,0", "nan,2,2,2,1", "3,3,3,3,1"), Raw() with { Reading = new() { MissingNaN = true } });
        Assert.Equal([1, 2, 3], Column(table.Training, 0));
        Assert.Equal(1, table.Schema.Columns[0].Missing);
    }

    [Theory]
    [InlineData("[1, 2]", "List")]
    [InlineData("{'x': 1}", "Struct")]
    [InlineData("'x'::BLOB", "Blob")]
    public void Nested_columns(string value, string type)
    {
        var source = TableSource.Query($"SELECT i AS a, {value} AS odd, i % 2 AS label FROM range(4) t(i)");
        string message = Fails(source);
        Assert.Contains($"column \"odd\" is of type {type}", message);
        Assert.Contains("--exclude odd)", message);
        using var table = TableReader.ReadTraining(source, Raw() with { Exclude = ["odd"] });
        Assert.Equal(4, table.Training.Samples);
    }

    [Fact]
    public void Nothing_to_learn_from()
    {
        Assert.Contains("no column", Fails(Csv("label", "0", "1")));
        Assert.Contains("same value", Fails(Csv("a,label", "7,0", "7,1")));
        Assert.Contains("same value", Fails(Csv("a,label", "x,0", "x,1")));
    }

    [Theory]
    [InlineData("SELECT nope FROM (SELECT 1 AS a)", "nope")]
    [InlineData("SELECT * FROM 'missing.parquet'", "missing.parquet")]
    public void An_error_of_SQL(string sql, string expected)
    {
        string message = Fails(TableSource.Query(sql));
        Assert.StartsWith("the query: ", message);
        Assert.Contains(expected, message);
    }

    [Theory]
    [InlineData("SELEC 1")]
    [InlineData("COPY (SELECT 1) TO 'x.parquet' (FORMAT parquet)")]
    [InlineData("SELECT 1; SELECT 2")]
    [InlineData("'t.parquet'")]
    public void A_query_that_is_none(string sql)
    {
        string message = Fails(TableSource.Query(sql));
        Assert.StartsWith("the query is not understood: syntax error at or near", message);
        Assert.DoesNotContain("damaged", message);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n")]
    public void An_empty_query(string sql) => Assert.StartsWith("the query is empty; ", Fails(TableSource.Query(sql)));

    [Theory]
    [InlineData("a,b,a,label", "\"a\", \"a\";")]
    [InlineData("age,Age,b,label", "\"age\", \"Age\";")]
    [InlineData("\"a\",b,B,a", "\"a\", \"a\"; \"b\", \"B\";")]
    public void Columns_of_one_name(string header, string expected) => Assert.Contains(
        $"table.csv, line 1: columns have the same name, or one that differs in case only: {expected} name them apart",
        Fails(Csv(header, "1,2,3,0", "2,3,4,1")));

    [Fact]
    public void A_first_line_without_names()
    {
        Assert.Contains("first line holds numbers alone", Fails(Csv("1,2,0", "3,4,1"), Raw("y")));
        Assert.Contains("first line holds numbers alone",
            Fails(Fault.Data, () => TableReader.Stream(Csv("1,2,0", "3,4,1"), Model, _ => { })));
    }

    [Fact]
    public void Only_a_feature_in_training_can_be_left_out()
    {
        var options = Raw() with { Reading = new() { WeightColumn = "w" } };
        string weight = Fails(Csv("a,w,label", "1,2,0", "2,heavy,1"), options);
        Assert.Contains("column \"w\" holds \"heavy\"", weight);
        string prediction = Fails(Fault.Data, () => TableReader.Stream(Csv("a", "1", "oops"), Model, _ => { }));
        string large = Fails(Fault.Data, () => TableReader.Stream(Csv("a", "1", "1e300"), Model, _ => { }));
        Assert.All([weight, prediction, large], message => Assert.DoesNotContain("--exclude", message));
        Assert.All([weight, prediction], message => Assert.Contains("leave the cell empty, or convert the column by a query (--sql)", message));
    }

    [Fact]
    public void A_damaged_gzip_file()
    {
        File.WriteAllText(PathOf("t.csv.gz"), "this is no gzip file, but it is long enough to be one");
        Assert.Contains("damaged", Fails(TableSource.File(PathOf("t.csv.gz"))));
    }

    [Theory]
    [InlineData("t.csv.gz")]
    [InlineData("t.json.gz")]
    public void A_gzip_file_cut_short(string name)
    {
        byte[] whole = Gzip(name);
        int[] lengths = [whole.Length / 2, whole.Length / 4, whole.Length - 100, whole.Length - 8, whole.Length - 1];
        foreach (int length in lengths)
            AssertDamaged(name, whole[..length]);
        foreach (int length in lengths.Append(5))
            AssertDamaged(name, [.. whole, .. whole[..length]]);
    }

    [Fact]
    public void A_gzip_file_with_changed_bytes()
    {
        byte[] whole = Gzip("t.csv.gz");
        foreach (int at in new[] { whole.Length / 2, whole.Length - 6, whole.Length - 2 })
        {
            byte[] changed = [.. whole];
            changed[at] ^= 1;
            AssertDamaged("t.csv.gz", changed);
        }
    }

    [Fact]
    public void A_gzip_file_may_have_several_members()
    {
        byte[] header = [.. Gzip("h.csv.gz", "a,label\n")];
        File.WriteAllBytes(PathOf("t.csv.gz"), [.. header, .. Gzip("b.csv.gz", "1,0\n2,1\n"), .. Gzip("b.csv.gz", "3,0\n4,1\n")]);
        using var table = TableReader.ReadTraining(TableSource.File(PathOf("t.csv.gz")), Raw());
        Assert.Equal([1, 2, 3, 4], Column(table.Training, 0));
    }

    private byte[] Gzip(string name) => Gzip(name, string.Concat(Enumerable.Range(0, 50_000).Select(i =>
        name.Contains("csv") ? $"{(i == 0 ? "a,label\n" : "")}{i * 7919 % 10007},{i % 2}\n" : $"{{\"a\":{i * 7919 % 10007},\"label\":{i % 2}}}\n")));

    private byte[] Gzip(string name, string content)
    {
        Compressed(name, content);
        return File.ReadAllBytes(PathOf(name));
    }

    private void AssertDamaged(string name, byte[] content)
    {
        File.WriteAllBytes(PathOf(name), content);
        Assert.Matches("fetch (the file|it) again", Fails(TableSource.File(PathOf(name))));
        Assert.Matches("fetch (the file|it) again",
            Fails(Fault.Data, () => TableReader.Stream(TableSource.File(PathOf(name)), Model, _ => { })));
    }

    [Fact]
    public void A_damaged_Parquet_file()
    {
        var source = Made("t.parquet", "SELECT i AS a, i % 2 AS label FROM range(100000) t(i)");
        byte[] whole = File.ReadAllBytes(PathOf("t.parquet"));
        File.WriteAllBytes(PathOf("t.parquet"), whole[..(whole.Length / 2)]);
        Assert.Contains("damaged", Fails(source));
        File.WriteAllText(PathOf("t.parquet"), "no Parquet at all");
        Assert.Contains("damaged", Fails(source));
        whole.AsSpan(1000, 2000).Clear();
        File.WriteAllBytes(PathOf("t.parquet"), whole);
        Assert.Contains("t.parquet", Fails(source));
    }

    [Fact]
    public void Damaged_JSON() => Assert.Contains("t.json, line ", Fails(Table("t.json", "{\"a\":1,\"label\":1}", "{\"a\":1,")));
}
