using System.Globalization;
using System.Text.RegularExpressions;
using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Tests;

public sealed class ColumnTests : TemporaryTables
{
    [Fact]
    public void Dates_are_days_times_are_hours_and_truth_values_0_or_1()
    {
        using var table = TableReader.ReadTraining(
            Csv("d,ts,t,b,label", "1970-01-02,1970-01-01 12:00:00,06:30:00,true,0", "2000-01-01,1969-12-31 00:00:00,23:00:00,false,1"), Raw());
        Assert.Equal([1, 10957], Column(table.Training, 0));
        Assert.Equal([0.5f, -1], Column(table.Training, 1));
        Assert.Equal([6.5f, 23], Column(table.Training, 2));
        Assert.Equal([1, 0], Column(table.Training, 3));
        Assert.Equal(
            [ColumnKind.Date, ColumnKind.Date, ColumnKind.Time, ColumnKind.Boolean], table.Schema.Columns.Select(column => column.Kind));
    }

    [Fact]
    public void Types_of_Parquet_become_numbers()
    {
        var source = Made("t.parquet",
            """
            SELECT i::TINYINT AS i8, i::UBIGINT AS u64, i::HUGEINT AS i128, (i / 8)::DECIMAL(9, 3) AS d, (i / 8)::FLOAT AS f,
                TIMESTAMP_NS '1970-01-02 00:00:00' + INTERVAL (i) DAY AS ns, TIMESTAMPTZ '1970-01-02 00:00:00+00' + INTERVAL (i) DAY AS tz,
                (CASE WHEN i = 2 THEN 'x' ELSE 'y' END)::ENUM ('x', 'y') AS e, i % 2 AS label
            FROM range(4) t(i)
            """);
        using var table = TableReader.ReadTraining(source, Raw());
        Assert.Equal([3, 3, 3, 0.375f, 0.375f, 4, 4, 0], Rows(table.Training)[3]);
        Assert.Equal(1, Rows(table.Training)[2][7]);
    }

    [Fact]
    public void A_missing_value_is_the_training_mean()
    {
        var source = Csv("a,b,label", "1,10,0", "NA,20,1", "3,?,0", "8,,1");
        using var raw = TableReader.ReadTraining(source, Raw());
        Assert.Equal([1, 4, 3, 8], Column(raw.Training, 0));
        Assert.Equal([10, 20, 15, 15], Column(raw.Training, 1));
        Assert.Equal([1, 2], raw.Schema.Columns.Select(column => column.Missing));
        Assert.Equal("missing values count as the training mean: a (1), b (2)", Assert.Single(raw.Notes));

        using var standard = TableReader.ReadTraining(source, new TableOptions { Label = "label" });
        Assert.Equal(0, Column(standard.Training, 0)[1]);
        using var read = TableReader.ReadLabelled(source, standard.Schema);
        Assert.Equal(0, Column(read, 1)[3]);
    }

    [Fact]
    public void Constant_columns_are_left_out()
    {
        using var table = TableReader.ReadTraining(
            Csv("one,a,none,text,label", "7,1,,x,0", "7,2,,x,1", ",3,,x,1"), Raw());
        Assert.Equal(["a"], table.Schema.Columns.Select(column => column.Name));
        Assert.Equal([1, 2, 3], Column(table.Training, 0));
        Assert.Equal("left out, because all training samples have the same value or none: one, none, text", Assert.Single(table.Notes));
    }

    [Theory]
    [InlineData(0, 1, 0, 0, true)]
    [InlineData(1_000_001, 1, 0, 0, true)]
    [InlineData(0, 7, 0, 0, true)]    // in any order
    [InlineData(0, 7, 0, 0.3, true)]  // of which some are set aside
    [InlineData(0, 1, 0.5, 0, false)] // not whole all of them: so one is missing
    [InlineData(0, 2, 0, 0, false)]   // each second twice
    public void A_column_that_numbers_the_rows_is_noted(int first, int step, double shift, double validation, bool isNoted)
    {
        const int Rows = 500;
        string[] rows = [.. Enumerable.Range(0, Rows).Select(i =>
            string.Create(CultureInfo.InvariantCulture, $"{first + i * step % Rows + (i == Rows - 1 ? shift : 0)},{i * 37 % 11},{i % 3 % 2}"))];
        var source = Csv([",a,label", .. rows]);
        using var table = TableReader.ReadTraining(source, Raw() with { ValidationFraction = validation });
        string[] expected = isNoted
            ? ["column0 numbers the rows; unless their order tells something, as a time would, leave such a column out (--exclude column0)"]
            : [];
        Assert.Equal(expected, table.Notes);
    }

    [Theory]
    [InlineData("/", 40, true)]
    [InlineData(" x ", 40, true)]
    [InlineData("/", 5, false)]  // ratings, maybe
    [InlineData("-", 40, false)] // ranges
    public void Texts_that_are_two_numbers_each_are_noted_with_the_query_that_splits_them(string sign, int distinct, bool isNoted)
    {
        string[] rows = [.. Enumerable.Range(0, 400).Select(i => $"{100 + i % distinct}{sign}{60 + i % distinct % 7},{i * 37 % 11},{i % 3 % 2}")];
        var source = Csv(["blood pressure,a,label", .. rows]);
        using var table = TableReader.ReadTraining(source, Raw());
        string[] notes = [.. table.Notes.Where(note => note.Contains("pairs of numbers"))];
        if (!isNoted)
        {
            Assert.Empty(notes);
            return;
        }

        Assert.StartsWith($"blood pressure holds pairs of numbers, such as 100{sign}60, of which each is a level by itself", Assert.Single(notes));
        string query = Regex.Match(notes[0], "--sql \"(.*)\"\\)$").Groups[1].Value.Replace("\\\"", "\"");
        using var split = TableReader.ReadTraining(TableSource.Query(query), Raw());
        Assert.Equal(["a", "blood pressure_1", "blood pressure_2"], split.Schema.Features.Select(feature => feature.Name));
        Assert.Equal(101, Column(split.Training, 1)[1]);
        Assert.Equal(61, Column(split.Training, 2)[1]);
    }

    [Fact]
    public void Features_and_exclusions_choose_columns()
    {
        var source = Csv("a,b,c,label", "1,2,3,0", "4,6,8,1");
        using var included = TableReader.ReadTraining(source, Raw() with { Features = ["c", "a"] });
        Assert.Equal(["a", "c"], included.Schema.Features.Select(feature => feature.Name));
        using var excluded = TableReader.ReadTraining(source, Raw() with { Exclude = ["a"] });
        Assert.Equal(["b", "c"], excluded.Schema.Features.Select(feature => feature.Name));
        Assert.Contains("\"label\"", Fails(source, Raw() with { Features = ["label"] }, Fault.Options));
        Assert.Contains("\"nope\"", Fails(source, Raw() with { Exclude = ["nope"] }));
    }

    [Fact]
    public void Weights_go_with_their_samples()
    {
        var source = Csv("a,w,label", "1,0.5,0", "2,0,1", "3,4,1");
        using var table = TableReader.ReadTraining(source, Raw() with { Reading = new() { WeightColumn = "w" } });
        Assert.Equal(1, table.Training.Features);
        Assert.Equal([0.5f, 0, 4], table.Training.Blocks[0].SampleWeights.ToArray());
        Assert.Equal(4.5, table.Training.TotalWeight);
        using var read = TableReader.ReadLabelled(source, table.Schema, new() { WeightColumn = "w" });
        Assert.Equal(4.5, read.TotalWeight);
        using var feature = TableReader.ReadLabelled(source, table.Schema, new() { WeightColumn = "a" });
        Assert.Equal(6, feature.TotalWeight);
    }

    [Theory]
    [InlineData("-1", "data row 2 holds -1")]
    [InlineData("inf", "data row 2 holds ∞")]
    [InlineData("nan", "data row 2 holds NaN")]
    [InlineData("", "data row 2 holds nothing")]
    public void Weights_are_at_least_0_and_finite(string weight, string expected) => Assert.Contains(
        expected.Replace("∞", double.PositiveInfinity.ToString()),
        Fails(Csv("a,w,label", "1,0.5,0", $"2,{weight},1"), Raw() with { Reading = new() { WeightColumn = "w" } }));

    [Fact]
    public void Weights_are_not_all_0() => Assert.Contains(
        "weights", Fails(Csv("a,w,label", "1,0,0", "2,0,1"), Raw() with { Reading = new() { WeightColumn = "w" } }));

    [Fact]
    public void A_model_finds_its_columns_by_name_and_kind()
    {
        using var table = TableReader.ReadTraining(
            Csv("n,c,d,b,label", "1,x,2020-01-01,true,0", "2,y,2020-01-03,false,1", "3,x,2020-01-04,true,1"), Raw());
        using var same = TableReader.ReadLabelled(
            Csv("extra,label,b,d,c,n", "9,1,true,2020-01-01 12:00:00,y,2.5", "9,0,,,,"), table.Schema);
        Assert.Equal([2.5f, 1, 18262.5f, 1], Rows(same)[0]);
        Assert.Equal([.. table.Schema.Features.Select(feature => (float)feature.Mean)], Rows(same)[1]);
    }
}
