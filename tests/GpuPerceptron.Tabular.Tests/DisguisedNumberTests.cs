using DuckDB.NET.Data;
using GpuPerceptron.Models;
using GpuPerceptron.Tabular.Internals;

namespace GpuPerceptron.Tabular.Tests;

public sealed class DisguisedNumberTests : TemporaryTables
{
    private const int Sniffed = 25_000; // more than the rows by which types are found

    [Fact]
    public void Numbers_after_many_empty_cells_are_numbers()
    {
        string[] rows = [.. Enumerable.Range(0, Sniffed + 5_000).Select(i => $"{i % 7},{(i < Sniffed ? "" : $"{i % 11}.5")},{i % 2}")];
        using var table = TableReader.ReadTraining(Csv(["b,a,label", .. rows]), Raw());
        Assert.Equal([ColumnKind.Number, ColumnKind.Number], table.Schema.Columns.Select(column => column.Kind));
        Assert.Equal(Sniffed, table.Schema.Columns[1].Missing);
        Assert.Equal(Sniffed % 11 + 0.5f, Column(table.Training, 1)[Sniffed]);
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData("-")]
    [InlineData("it's")]
    public void A_few_texts_among_numbers_are_an_error(string odd)
    {
        string[] rows = [.. Enumerable.Range(0, 100).Select(i => $"{(i % 20 == 3 ? odd : i)},{i % 2}")];
        string message = Fails(Csv(["my a,label", .. rows]));
        Assert.Contains($"column \"my a\" holds numbers in 95 of 100 rows, but \"{odd}\" in data row 4; leave such cells empty", message);
        Assert.Contains("--exclude \"my a\"", message);

        string[] objects = [.. Enumerable.Range(0, 100).Select(i => $"{{\"a\":{(i == 3 ? $"\"{odd}\"" : $"\"{i}\"")},\"label\":{i % 2}}}")];
        Assert.Contains($"but \"{odd}\" in data row 4", Fails(Table("t.json", objects)));
    }

    [Fact]
    public void The_remedy_for_a_few_texts_works()
    {
        string[] rows = [.. Enumerable.Range(0, 100).Select(i => $"{(i == 3 ? "unknown" : i)},{i % 2}")];
        AssertRemedy(Fails(Csv(["a,label", .. rows])), missing: 1);
    }

    [Theory]
    [InlineData("{0},000", 1000)]
    [InlineData("{0},5", 1)]
    [InlineData("{0},250", 1000)]
    [InlineData("-1.{0}00,50", 100)]
    [InlineData("${0}", 1)]
    [InlineData("{0} €", 1)]
    [InlineData("{0}%", 1)]
    [InlineData("1 {0}00", 100)]
    public void Numbers_in_another_writing_are_an_error(string pattern, double step)
    {
        string Write(int i) => string.Format(pattern, 1 + i % 9);
        string[] rows = [.. Enumerable.Range(0, 100).Select(i => $"\"{Write(i)}\",{i % 2}")];
        string message = Fails(Csv(["a,label", .. rows]));
        Assert.Contains("column \"a\" holds numbers that are not plainly written, such as \"", message);
        float[] values = AssertRemedy(message, missing: 0);
        Assert.Equal(step, Math.Abs(values[1] - values[0]));
    }

    [Theory]
    [InlineData("{0}.5°C", 1)]
    [InlineData("-{0} kg", 1)]
    [InlineData("{0} sq ft ", 1)]
    [InlineData("{0}00 m2", 100)]
    [InlineData("{0},5 km/h", 1)]
    [InlineData("1.{0}0,25 EUR", 10)]
    [InlineData("{0} jour''s", 1)]
    public void Numbers_with_a_unit_are_an_error(string pattern, double step)
    {
        pattern = pattern.Replace("''", "'");
        string[] rows = [.. Enumerable.Range(0, 100).Select(i => $"\"{string.Format(pattern, 10 + i % 30)}\",{i % 2}")];
        rows[70] = "n/a,1";
        string message = Fails(Csv(["a,label", .. rows]));
        Assert.Contains("column \"a\" holds numbers that are not plainly written, such as \"", message);
        float[] values = AssertRemedy(message, missing: 1);
        Assert.Equal(step, Math.Abs(values[1] - values[0]));
    }

    [Fact]
    public void A_text_among_numbers_in_another_writing_is_named_and_counts_as_missing()
    {
        string[] rows = [.. Enumerable.Range(0, 100).Select(i => $"{(i == 3 ? "12 abc" : $"{i},25")};{i % 2}")];
        string message = Fails(Csv(["a;label", .. rows]));
        Assert.Contains("such as \"", message);
        Assert.Contains("and \"12 abc\" in data row 4, which is none", message);
        float[] values = AssertRemedy(message, missing: 1);
        Assert.Equal(99.25f, values[99]);
    }

    [Fact]
    public void Points_beside_decimal_commas_are_kept_unless_they_group_three_digits()
    {
        string[] cells = ["1,5", "1.5", "1.234,567", "1.234.567,8", "-2.500,25", "7"];
        string message = Fails(Csv(["a;label", .. Enumerable.Range(0, 60).Select(i => $"{cells[i % 6]};{i % 2}")]));
        Assert.Equal([1.5f, 1.5f, 1234.567f, 1234567.8f, -2500.25f, 7f], AssertRemedy(message, missing: 0)[..6]);
        message = Fails(Csv(["a;label", .. Enumerable.Range(0, 60).Select(i => $"1.{100 + i},567;{i % 2}")]));
        Assert.Equal(1100.567f, AssertRemedy(message, missing: 0)[0]);
    }

    [Fact]
    public void One_query_converts_all_columns()
    {
        string[] rows = [.. Enumerable.Range(0, 100).Select(i => $"{i},5;{i % 7};{(i == 8 ? "none" : i)};${i};{i % 2}")];
        string message = Fails(Csv(["a;b;c;d;label", .. rows]));
        Assert.Contains("column \"c\" holds numbers in 99 of 100 rows, but \"none\" in data row 9 (so do \"a\", \"d\")", message);
        using var table = TableReader.ReadTraining(TableSource.Query(QueryIn(message)), Raw());
        Assert.All(table.Schema.Columns, column => Assert.Equal(ColumnKind.Number, column.Kind));
        Assert.Equal([0, 0, 1, 0], table.Schema.Columns.Select(column => column.Missing));
    }

    [Fact]
    public void The_remedy_for_a_query_holds_the_query()
    {
        string path = Table("t.csv", ["a,label", .. Enumerable.Range(0, 100).Select(i => $"${i},{i % 2}")]).Text;
        var exception = Assert.Throws<PerceptronException>(() => TableReader.ReadTraining(TableSource.Query($"SELECT * FROM '{path}';"), Raw()));
        AssertRemedy(exception.Message, missing: 0);
    }

    [Theory]
    [InlineData("red,blue,blue")]
    [InlineData("3-4,5-6,1")]
    [InlineData("A1,2,3")]
    [InlineData("1.2.3,1.2.4,2")]
    [InlineData("36 months,60 months,12 months")]
    public void Other_texts_stay_texts(string levels)
    {
        string[] each = levels.Split(',');
        string[] rows = [.. Enumerable.Range(0, 99).Select(i => $"{each[i % 3]},{i % 2}")];
        using var table = TableReader.ReadTraining(Csv(["a,label", .. rows]), Raw());
        Assert.Equal(ColumnKind.Category, table.Schema.Columns[0].Kind);
    }

    [Theory]
    [InlineData("{0}am", "{0}pm")]
    [InlineData("{0}A", "{0}A")]
    [InlineData("{0}k", "{0}00")]
    [InlineData("{0} Mio.", "{0}")]
    public void Numbers_with_letters_that_may_be_no_unit_stay_texts(string pattern, string other)
    {
        string[] rows = [.. Enumerable.Range(0, 300).Select(i => $"{string.Format(i % 30 == 7 ? other : pattern, i % 30)},{i % 2}")];
        using var table = TableReader.ReadTraining(Csv(["a,label", .. rows]), Raw());
        Assert.Equal(ColumnKind.Category, table.Schema.Columns[0].Kind);
    }

    [Fact]
    public void Numbers_that_a_query_made_texts_stay_texts()
    {
        using var table = TableReader.ReadTraining(
            TableSource.Query("SELECT CAST(i % 3 AS VARCHAR) AS a, i % 2 AS label FROM range(30) t(i)"), Raw());
        Assert.Equal(ColumnKind.Category, table.Schema.Columns[0].Kind);
    }

    /// <summary>Runs the query that a message proposes.</summary>
    private static float[] AssertRemedy(string message, long missing)
    {
        using var table = TableReader.ReadTraining(TableSource.Query(QueryIn(message)), Raw());
        var column = Assert.Single(table.Schema.Columns);
        Assert.Equal((ColumnKind.Number, missing), (column.Kind, column.Missing));
        return Column(table.Training, 0);
    }

    [Fact]
    public void Decimal_points_beside_a_few_decimal_commas_stay_what_they_are()
    {
        string[] rows = [.. Enumerable.Range(0, 100).Select(i => $"{(i == 7 ? "24,5" : i % 2 == 0 ? $"{i}.12345" : $"{i}.125")};{i % 2}")];
        float[] numbers = AssertRemedy(Fails(Csv(["a;label", .. rows])), 0);
        Assert.All(new[] { (2, 2.12345f), (3, 3.125f), (7, 24.5f) }, expected => Assert.Equal(expected.Item2, numbers[expected.Item1], 1e-5f));
    }

    [Fact]
    public void Remedies_can_be_followed_one_after_the_other_as_they_stand()
    {
        string[] rows = [.. Enumerable.Range(0, 200).Select(i =>
            $"{i},5;{i},25;{i};{(i == 150 ? "yse" : i % 2 == 0 ? "yes" : "no")}")];
        string message = Fails(Csv(["height above sea level;weight;pulse;label", .. rows]));
        message = Fails(TableSource.Query(LastQueryIn(message)));
        using var table = TableReader.ReadTraining(TableSource.Query(LastQueryIn(message)), Raw());
        Assert.Equal(199, table.Training.Samples);
        Assert.Equal(["height above sea level", "weight", "pulse"], table.Schema.Columns.Select(column => column.Name));
        Assert.Equal([149.5f, 151.25f, 151f], [Column(table.Training, 0)[149], Column(table.Training, 1)[150], Column(table.Training, 2)[150]]);

        // Of labels the last one leaves the rows of a third out.
        static string LastQueryIn(string message) => QueryIn(message[Math.Max(0, message.IndexOf("any but two", StringComparison.Ordinal))..]);
    }

    [Fact]
    public void No_query_is_proposed_where_a_point_can_be_meant_either_way()
    {
        string[] rows = [.. Enumerable.Range(0, 100).Select(i => $"{(i == 7 ? "24,5" : $"{i}.125")};{i % 2}")];
        string message = Fails(Csv(["a;label", .. rows]));
        Assert.Contains("\"24,5\"", message);
        Assert.Contains("cannot be told", message);
        Assert.DoesNotContain("--sql", message);
    }

    [Theory]
    [InlineData("when"), InlineData("Order"), InlineData("my \"big\" $a `b` \\"), InlineData("it's")]
    public void Remedies_work_whatever_the_name(string name)
    {
        string header = $"\"{name.Replace("\"", "\"\"")}\",label";
        string[] rows = [.. Enumerable.Range(0, 100).Select(i => $"{(i == 7 ? "n/k" : $"{i}")},{i % 2}")];
        Assert.Equal(9, AssertRemedy(Fails(Csv([header, .. rows])), 1)[9]);
    }

    [Fact]
    public void Every_keyword_can_be_the_name_of_a_column()
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT keyword_name FROM duckdb_keywords()";
        var names = new List<string>();
        using (var keywords = command.ExecuteReader())
        {
            while (keywords.Read()) names.Add(keywords.GetString(0));
        }

        Assert.Contains("when", names);
        Assert.All(names.Select(name => (Name: name, Written: Sql.PlainIdentifier(name))), column =>
        {
            command.CommandText = $"SELECT * REPLACE (CAST({column.Written} AS DOUBLE) AS {column.Written}), "
                + $"CASE WHEN {column.Written} = 1 THEN 1 ELSE 0 END FROM (SELECT 1 AS \"{column.Name}\")";
            Assert.Equal(1.0, command.ExecuteScalar());
        });
    }
}
