using System.Globalization;

namespace GpuPerceptron.Tabular.Tests;

public sealed class DateTests : TemporaryTables
{
    [Theory]
    [InlineData("31/12/2020", "01/02/2021")]
    [InlineData("12-31-2020", "01-02-2021")]
    [InlineData("01/02/20", "01/03/20")]
    [InlineData("2020/01/02", "2020/01/03")]
    [InlineData("31/12/2020 10:30:00", "01/02/2021 11:30:00")]
    public void Dates_of_another_format_are_an_error(string first, string second)
    {
        string expected = $"table.csv: column \"my d\" holds \"{first}\", which is no date as YYYY-MM-DD";
        Assert.Contains(expected, Fails(Csv("my d,label", $"{first},0", $"{second},1")));

        using var table = TableReader.ReadTraining(Csv("my d,label", "2020-01-01,0", "2020-01-02,1"), Raw());
        var source = Csv("my d,label", $"{first},0", $"{second},1");
        Assert.Contains(expected, Fails(Fault.Data, () => TableReader.Stream(source, table.Schema, _ => { })));
        Assert.Contains(expected, Fails(Fault.Data, () => TableReader.ReadLabelled(source, table.Schema).Dispose()));
    }

    [Theory]
    [InlineData("2026-13-07"), InlineData("soon"), InlineData("07.01.2026")]
    public void A_few_texts_among_dates_are_an_error_whose_remedy_works(string odd)
    {
        string[] rows = [.. Enumerable.Range(0, 100).Select(i => $"{(i % 40 == 7 ? odd : $"2026-01-{1 + i % 9:00}")},{i % 2}")];
        string message = Fails(Csv(["my d,label", .. rows]));
        Assert.Contains($"column \"my d\" holds dates in 97 of 100 rows, but \"{odd}\" in data row 8; correct such cells", message);
        using var table = TableReader.ReadTraining(TableSource.Query(QueryIn(message)), Raw());
        Assert.Equal((GpuPerceptron.Models.ColumnKind.Date, 3), (table.Schema.Columns[0].Kind, table.Schema.Columns[0].Missing));

        string[] half = [.. Enumerable.Range(0, 100).Select(i => $"{(i % 2 == 0 ? odd : "2026-01-01")},{i / 3 % 2}")];
        using var texts = TableReader.ReadTraining(Csv(["d,label", .. half]), Raw()); // two levels
        Assert.Equal(1, texts.Training.Features);
    }

    [Theory]
    [InlineData("01/02/1970", "31/01/1970")]
    [InlineData("01.02.1970", "31.01.1970")]
    [InlineData("01-02-70", "31-01-70")]
    [InlineData("1970/02/01", "1970/01/31")]
    [InlineData("1970/2/1 0:00", "1970/1/31 0:00")]
    [InlineData("01.02.1970 00:00:00", "31.01.1970 00:00:00")]
    [InlineData("2/1/1970", "1/31/1970", "1/31/1970")]
    [InlineData("2/1/1970 12:00:00 AM", "1/31/1970 12:00:00 AM", "1/31/1970 12:00:00 AM")]
    public void The_remedy_for_dates_works(string first, string second, string? shown = null)
    {
        // Which of several a message shows is the first.
        string[] rows = shown is null ? [$"{first},0", $"{second},1"] : [$"{shown},1", $"{first},0", $"{second},1"];
        string message = Fails(Csv(["d,label", .. rows]));
        using var table = TableReader.ReadTraining(TableSource.Query(QueryIn(message)), Raw());
        Assert.Equal([31, 30], Column(table.Training, 0)[^2..]);
    }

    [Theory]
    [InlineData("dd.MM.yyyy HH:mm")]
    [InlineData("dd-MM-yy HH:mm")]
    [InlineData("M/d/yyyy h:mm tt")]
    [InlineData("d-MMM-yyyy H:mm")]
    [InlineData("d MMMM yyyy HH:mm:ss")]
    [InlineData("MMM d, yyyy H:mm")]
    public void Texts_that_only_a_person_takes_for_dates_are_an_error_whose_remedy_works(string format)
    {
        var times = Enumerable.Range(0, 40).Select(i => new DateTime(1970, 1, 2).AddHours(12 * i)).ToArray();
        string message = Fails(Csv(["my d,label", .. times.Select((time, i) => $"\"{Written(time, format)}\",{i % 2}")]));
        Assert.Contains("table.csv: column \"my d\" holds dates such as \"", message);
        Assert.DoesNotContain("months", message);
        using var table = TableReader.ReadTraining(TableSource.Query(QueryIn(message)), Raw());
        var later = Csv("my d,label", $"\"{Written(times[0], format)}\",0");
        string proposed = QueryIn(Fails(Fault.Data, () => TableReader.ReadLabelled(later, table.Schema).Dispose()));
        using var read = TableReader.ReadLabelled(TableSource.Query(proposed), table.Schema);
        Assert.Equal([proposed.Contains("%d/%m", StringComparison.Ordinal) ? 31 : 1], Column(read, 0)); // 1/2 may be the first of February
        Assert.Equal([.. Enumerable.Range(0, 40).Select(i => 1 + i / 2f)], Column(table.Training, 0));
    }

    [Fact]
    public void All_columns_of_dates_are_converted_at_once()
    {
        var times = Enumerable.Range(0, 40).Select(i => new DateTime(1970, 1, 2).AddHours(12 * i)).ToArray();
        string message = Fails(Csv([
            "d,e,f,label", .. times.Select((time, i) => $"{Written(time, "dd.MM.yyyy HH:mm")},{Written(time, "M/d/yyyy h:mm tt")},{i % 3},{i % 2}")]));
        Assert.Contains("column \"d\" holds dates such as \"", message);
        Assert.Contains("(so does \"e\")", message);
        using var table = TableReader.ReadTraining(TableSource.Query(QueryIn(message)), Raw());
        float[] days = [.. Enumerable.Range(0, 40).Select(i => 1 + i / 2f)];
        Assert.Equal(days, Column(table.Training, 0));
        Assert.Equal(days, Column(table.Training, 1));
    }

    [Fact]
    public void A_month_whose_name_is_as_short_as_its_abbreviation_is_no_guess() => Assert.DoesNotContain("months", Fails(
        Csv(["d,label", .. Enumerable.Range(0, 40).Select(i => $"{1 + i % 20} May 1970 {i % 24}:00,{i % 2}")])));

    [Fact]
    public void Whether_days_or_months_come_first_all_dates_tell_and_other_texts_may_be_among_them()
    {
        // The hundred most frequent texts may be read either way.
        string[] rows = [.. Enumerable.Range(0, 400).Select(i =>
            $"{(i < 120 ? $"01/0{1 + i % 9}/1970 00:{i % 50 + 10}" : i == 399 ? "soon" : $"01/{13 + i % 10}/1970 {i % 24}:{i % 50 + 10}")},{i % 2}")];
        string message = Fails(Csv(["d,label", .. rows, .. rows[..120]]));
        Assert.Contains("try_strptime(d, '%m/%d/%Y %H:%M')", message);
        Assert.Contains("with other texts as missing", message);
        using var table = TableReader.ReadTraining(TableSource.Query(QueryIn(message)), Raw());
        Assert.Equal((GpuPerceptron.Models.ColumnKind.Date, 1), (table.Schema.Columns[0].Kind, table.Schema.Columns[0].Missing));
    }

    [Fact]
    public void Dates_that_do_not_tell_whether_months_come_first_are_said_not_to_and_cells_may_be_empty()
    {
        string[] rows = [.. Enumerable.Range(0, 60).Select(i => $"{(i % 9 == 4 ? "NA" : $"0{1 + i % 3}/0{1 + i % 9}/1970 0:{10 + i % 40}")},{i % 2}")];
        string message = Fails(Csv(["d,label", .. rows]));
        Assert.Contains("or by %m/%d/%Y %H:%M if months come first: these dates do not tell", message);
        Assert.DoesNotContain("with other texts as missing", message);
        using var table = TableReader.ReadTraining(TableSource.Query(QueryIn(message)), Raw());
        Assert.Equal((GpuPerceptron.Models.ColumnKind.Date, 7), (table.Schema.Columns[0].Kind, table.Schema.Columns[0].Missing));
    }

    [Theory]
    [InlineData("1.2.{0}")]
    [InlineData("10/12/{0}")]
    [InlineData("10-12-{0}")]
    [InlineData("1970-01-{0}")]
    [InlineData("Jan 20{0}")]
    [InlineData("31.01.1970 00:{0}", "then")]
    [InlineData("31.01.1970 00:{0}", null, 10)]
    public void Texts_that_may_be_something_else_are_levels(string text, string? every = null, int levels = 16)
    {
        // A query's texts are what its types say.
        string values = string.Join(", ", Enumerable.Range(0, 64).Select(i =>
            $"('{(every is not null && i % 4 == 0 ? every : string.Format(CultureInfo.InvariantCulture, text, 10 + i % levels))}', {i / 3 % 2})"));
        using var table = TableReader.ReadTraining(TableSource.Query($"SELECT * FROM (VALUES {values}) t(d, label)"), Raw());
        Assert.Equal(GpuPerceptron.Models.ColumnKind.Category, table.Schema.Columns[0].Kind);
    }

    [Fact]
    public void Dates_may_have_times_and_zones()
    {
        using var zones = TableReader.ReadTraining(
            Csv("d,label", "1970-01-02T12:00:00Z,0", "1970-01-02 12:00:00+06:00,1", "1970-01-02T12:00:00Z,1"), Raw());
        Assert.Equal([1.5f, 1.25f, 1.5f], Column(zones.Training, 0));
        using var local = TableReader.ReadTraining(
            Csv("d,label", "1970-01-02 12:00:00,0", "1970-01-03T06:00:00,1", ",0"), Raw());
        Assert.Equal([1.5f, 2.25f, 1.875f], Column(local.Training, 0));
        using var read = TableReader.ReadLabelled(Csv("d,label", "1970-01-02,0", " 1970-01-02T06:00:00Z,1"), local.Schema);
        Assert.Equal([1, 1.25f], Column(read, 0));
    }

    [Fact]
    public void A_date_that_the_calendar_lacks_is_an_error() => Assert.Contains("column \"d\" holds \"2021-02-30", Fails(
        Csv(["d,label", .. Enumerable.Range(0, 30_000).Select(i => $"2021-{(i == 29_000 ? "02-30" : $"01-{1 + i % 28:00}")},{i % 2}")])));

    private static string Written(DateTime time, string format) => time.ToString(format.Replace("/", "'/'"), CultureInfo.InvariantCulture);
}
