using System.Globalization;
using Xunit;

namespace GpuPerceptron.Cli.Tests;

/// <summary><c>train --hash</c> on a table, and the model on such tables.</summary>
public sealed class HashCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _data;

    public HashCommandTests()
    {
        var random = new Random(5);
        _data = _folder.Write("clicks.csv", ["user,hour,clicked", .. Enumerable.Range(0, 4000).Select(_ =>
        {
            int user = random.Next(1500), hour = random.Next(24);
            bool clicked = (user % 5 == 0 ? 1.5 : -0.5) + (hour - 12) / 8.0 + 2 * random.NextDouble() - 1 > 0;
            return string.Create(CultureInfo.InvariantCulture, $"user{user},{hour},{(clicked ? "yes" : "no")}");
        })]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_column_of_many_texts_is_learned_from_and_predicted()
    {
        var train = CommandResult.Of("train", _data, "--label", "clicked", "--hash", "20", "--l2", "1e-4", "--quiet", "--json",
            "-", "-o", _folder["m.json"]);
        Assert.Equal(0, train.Code);
        Assert.Equal("newton-cg", train.Json.GetProperty("solver").GetString());
        Assert.InRange(train.Json.GetProperty("features").GetInt32(), 1200, 1501);
        Assert.InRange(train.Json.GetProperty("certificate").GetProperty("gap").GetDouble(), 0, 1e-6);

        var evaluate = CommandResult.Of("evaluate", _folder["m.json"], _data, "--json", "-");
        Assert.Equal(train.Json.GetProperty("mean_log_loss").GetDouble(), evaluate.Json.GetProperty("log_loss").GetDouble(),
            1e-6);
        Assert.InRange(evaluate.Json.GetProperty("accuracy").GetDouble(), 0.9, 1);
        var predict = CommandResult.Of("predict", _folder["m.json"], _data);
        Assert.Equal((0, 4001), (predict.Code, predict.Lines.Length));
        Assert.EndsWith("yes", predict.Lines.First(line => line.StartsWith("0.9", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        Assert.Contains("hour", CommandResult.Of("inspect", _folder["m.json"]).Out, StringComparison.Ordinal);

        var again = CommandResult.Of(
            "train", _data, "--label", "clicked", "--hash", "20", "--l2", "1e-4", "--start", _folder["m.json"], "--quiet",
                "--json", "-", "-o", _folder["n.json"]);
        Assert.Equal(0, again.Json.GetProperty("epochs").GetInt32());
        var other = CommandResult.Of("train", _data, "--label", "clicked", "--hash", "18", "--start", _folder["m.json"], "-o",
            _folder["n.json"]);
        Assert.Equal(5, other.Code);
        Assert.Contains("hashed to 20 bits, the data to 18", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_bits_are_an_error_of_the_options()
    {
        var result = CommandResult.Of("train", _data, "--label", "clicked", "--hash", "30", "-o", _folder["m.json"]);
        Assert.Equal(2, result.Code);
        Assert.Contains("take from 18 to 24", result.Error, StringComparison.Ordinal);
    }
}
