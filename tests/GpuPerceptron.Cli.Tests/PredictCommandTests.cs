using System.Globalization;
using GpuPerceptron.Models;
using Xunit;

namespace GpuPerceptron.Cli.Tests;

public sealed class PredictCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public PredictCommandTests() => Samples.TrainPima(_folder["m.json"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Writes_a_line_for_each_row_in_the_input_s_order()
    {
        var result = CommandResult.Of("predict", _folder["m.json"], Samples.Pima);
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Equal("probability,prediction", result.Lines[0]);

        var model = ModelFile.Load(_folder["m.json"]);
        string[] rows = [.. File.ReadLines(Samples.Pima).Skip(1).Where(line => line.Length > 0)];
        Assert.Equal(rows.Length, result.Lines.Length - 1);
        for (int i = 0; i < rows.Length; i++)
        {
            float[] features = [.. rows[i].Split(',').Skip(1).Select(value => float.Parse(value, CultureInfo.InvariantCulture))];
            string[] cells = result.Lines[i + 1].Split(',');
            double probability = double.Parse(cells[0], CultureInfo.InvariantCulture);
            Assert.Equal(model.Probability(features), probability, 1e-6);
            Assert.Equal(probability >= 0.5 ? "1" : "0", cells[1]);
        }
    }

    [Fact]
    public void Needs_neither_the_label_nor_the_columns_order()
    {
        string query = $"SELECT age, pedigree, mass, insulin, triceps, pressure, glucose, pregnant FROM '{Samples.Pima}'";
        Assert.Equal(
            CommandResult.Of("predict", _folder["m.json"], Samples.Pima).Out,
            CommandResult.Of("predict", _folder["m.json"], "--sql", query).Out);
    }

    [Fact]
    public void Writes_a_file_whole_and_says_so_on_stderr()
    {
        var result = CommandResult.Of("predict", _folder["m.json"], Samples.Pima, "-o", _folder["p.csv"]);
        Assert.Equal((0, ""), (result.Code, result.Out));
        Assert.Contains("768 predictions", result.Error, StringComparison.Ordinal);
        Assert.Equal(CommandResult.Of("predict", _folder["m.json"], Samples.Pima).Out, File.ReadAllText(_folder["p.csv"]));
    }

    [Theory]
    [InlineData("predict")]
    [InlineData("evaluate")]
    public void Says_that_the_model_comes_first(string command)
    {
        var result = CommandResult.Of(command, Samples.Pima, _folder["m.json"]);
        Assert.Equal((2, ""), (result.Code, result.Out));
        Assert.Contains($"{_folder["m.json"]} is one: name the model first", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_later_model_beside_a_model_is_told_of_as_such()
    {
        string later = _folder.Write("later.json", "{\"format\":\"gpuperceptron-model\",\"version\":99}");
        var result = CommandResult.Of("predict", later, _folder["m.json"]);
        Assert.Equal(5, result.Code);
        Assert.Contains("is a model of version 99", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_leaves_the_file_as_it_was()
    {
        _folder.Write("p.csv", "before");
        string table = _folder.Write("t.csv", "glucose", "100");
        var result = CommandResult.Of("predict", _folder["m.json"], table, "-o", _folder["p.csv"]);
        Assert.Equal(5, result.Code);
        Assert.Equal("before\n", File.ReadAllText(_folder["p.csv"]));
        Assert.Equal(["m.json", "p.csv", "t.csv"], _folder.Files);
    }

    [Fact]
    public void Labels_are_quoted_where_csv_needs_it()
    {
        string table = _folder.Write("t.csv", "x,y", "1,\"no, thanks\"", "2,\"say \"\"yes\"\"\"", "3,\"no, thanks\"", "4,\"say \"\"yes\"\"\"");
        Assert.Equal(0, CommandResult.Of("train", table, "--label", "y", "-o", _folder["q.json"]).Code);
        string[] lines = CommandResult.Of("predict", _folder["q.json"], table).Lines;
        Assert.EndsWith(",\"no, thanks\"", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(",\"say \"\"yes\"\"\"", lines[4], StringComparison.Ordinal);
    }
}
