using System.Globalization;
using GpuPerceptron.Cli.Streams;
using Xunit;

namespace GpuPerceptron.Cli.Tests;

/// <summary>The commands on LIBSVM files.</summary>
public sealed class SparseCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _data;

    public SparseCommandTests()
    {
        var random = new Random(3);
        _data = _folder.Write("data.svm", [.. Enumerable.Range(0, 500).Select(_ =>
        {
            int[] indices = [.. Enumerable.Range(0, 8).Select(_ => 1 + (int)(2000 * Math.Pow(random.NextDouble(),
                3))).Distinct().Order()];
            double v = indices.Sum(index => index % 3 - 1) + random.NextDouble() - 0.5;
            return string.Create(CultureInfo.InvariantCulture,
                $"{(v > 0 ? 1 : -1)} {string.Join(' ', indices.Select(index => $"{index}:{1 + index % 2}"))}");
        })]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Training_prediction_evaluation_and_inspection_take_the_same_file()
    {
        var train = Train("m.json", "--l2", "1e-3");
        Assert.Equal(0, train.Code);
        Assert.Equal("sparse", train.Json.GetProperty("storage").GetString());
        Assert.Equal(500, train.Json.GetProperty("samples").GetInt64());
        Assert.InRange(train.Json.GetProperty("certificate").GetProperty("gap").GetDouble(), 0, 1e-6);

        var predict = CommandResult.Of("predict", _folder["m.json"], _data);
        Assert.Equal((0, 501), (predict.Code, predict.Lines.Length));
        var evaluate = CommandResult.Of("evaluate", _folder["m.json"], _data, "--json", "-");
        Assert.Equal(train.Json.GetProperty("mean_log_loss").GetDouble(), evaluate.Json.GetProperty("log_loss").GetDouble(),
            1e-6);
        string[] labels = [.. File.ReadLines(_data).Select(line => line.Split(' ')[0])];
        double right = predict.Lines.Skip(1).Zip(labels).Count(pair => pair.First.Split(',')[1] == pair.Second);
        Assert.Equal(right / 500, evaluate.Json.GetProperty("accuracy").GetDouble(), 1e-9);

        var inspect = CommandResult.Of("inspect", _folder["m.json"]);
        Assert.Equal(0, inspect.Code);
        Assert.Contains("smaller weights are not shown", inspect.Out, StringComparison.Ordinal);
        Assert.Contains("computed for sparse features", CommandResult.Of("inspect", _folder["m.json"], "--statistics").Out,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_found_out_is_said()
    {
        var result = CommandResult.Of("train", _data, "--l2", "1e-3", "-o", _folder["m.json"]);
        Assert.Contains("indices are taken to begin at 1", result.Error, StringComparison.Ordinal);
        Assert.Contains("label: 1 is positive", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_absolute_penalty_gives_a_small_model_file()
    {
        Train("all.json", "--l2", "1e-3");
        var sparse = Train("few.json", "--l1", "0.02");
        Assert.Equal("newton-cg", sparse.Json.GetProperty("solver").GetString());
        Assert.True(4 * new FileInfo(_folder["few.json"]).Length < new FileInfo(_folder["all.json"]).Length);
        Assert.Equal(0, CommandResult.Of("evaluate", _folder["few.json"], _data).Code);
        Assert.Contains("of them with a weight other than 0", CommandResult.Of("inspect", _folder["few.json"]).Out,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_format_can_be_said_where_the_extension_does_not()
    {
        File.Copy(_data, _folder["data.txt"]);
        var named = CommandResult.Of("train", _folder["data.txt"], "--format", "libsvm", "--l2", "1e-3", "--quiet", "-o",
            _folder["a.json"]);
        Assert.Equal(0, named.Code);
        Train("b.json", "--l2", "1e-3");
        Assert.Equal(File.ReadAllText(_folder["b.json"]), File.ReadAllText(_folder["a.json"]));
        Assert.Equal(
            CommandResult.Of("predict", _folder["a.json"], _data).Out,
            CommandResult.Of("predict", _folder["a.json"], _folder["data.txt"], "--format", "libsvm").Out);
    }

    [Fact]
    public void Training_goes_on_from_a_model_and_is_validated_on_a_file()
    {
        Train("m.json", "--l2", "1e-3");
        var again = Train("n.json", "--l2", "1e-3", "--start", _folder["m.json"], "--validation", _data);
        Assert.Equal((0, 0), (again.Code, again.Json.GetProperty("epochs").GetInt32()));
        Assert.Equal(500, again.Json.GetProperty("validation").GetProperty("samples").GetInt64());
        Assert.Equal(0, Train("c.json", "--l2", "0.001", "--folds", "3").Code);
    }

    [Theory]
    [InlineData(5, "data.svm, line 501: index 7 is there twice; add its values up, or drop one", "train", "{data}")]
    [InlineData(2, "drop --label", "train", "{data}", "--label", "y")]
    [InlineData(2, "name the column to predict with --label", "train", "a.csv")]
    [InlineData(2, "not for sparse features", "diagnose", "{data}")]
    [InlineData(2, "not for sparse features", "gradcheck", "{data}")]
    [InlineData(5, "there is no such file", "train", "none.svm", "-o", "/dev/null")]
    public void Errors_are_one_line(int code, string says, params string[] arguments)
    {
        File.AppendAllText(_data, "1 7:1 7:2\n");
        var result = CommandResult.Of([.. arguments.Select(argument => argument.Replace("{data}", _data,
            StringComparison.Ordinal))]);
        Assert.Equal(code, result.Code);
        Assert.Contains(says, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void The_emulator_comes_to_the_same_model()
    {
        var cpu = Train("a.json", "--l2", "0.1");
        var emulator = Train("b.json", "--l2", "0.1", "--tolerance", "1e-4", "--device", "emulator", "--solver", "newton-cg");
        Assert.Equal("emulator", emulator.Json.GetProperty("device").GetString());
        Assert.Equal(cpu.Json.GetProperty("objective").GetDouble(), emulator.Json.GetProperty("objective").GetDouble(), 1e-6);
    }

    [Theory]
    [InlineData("drop --storage float16", "none.svm", "--storage", "float16")]
    [InlineData("not for sparse features", "none.svm", "--solver", "adam")]
    [InlineData("not for sparse features", "none.csv", "--label", "y", "--hash", "18", "--solver", "sgd")]
    [InlineData("newton-cg is for sparse features", "none.csv", "--label", "y", "--solver", "newton-cg")]
    public void What_features_of_a_kind_cannot_have_is_told_before_they_are_read(string says, string file, params string[] options)
    {
        foreach (string command in (string[])["train", "plan"])
        {
            var result = CommandResult.Of([command, file, "--quiet", "-o", _folder["m.json"], .. options]);
            Assert.Equal(2, result.Code); // a file that is not there would be 5
            Assert.Contains(says, result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Indices_that_seem_to_begin_at_another_number_than_in_training_are_told_of()
    {
        string from0 = _folder.Write("from0.svm", ["1 0:1 3:2", "-1 1:1 3:1", "1 0:2 1:1", "-1 1:3"]), model = _folder["m.json"];
        Assert.Equal(0, CommandResult.Of("train", from0, "--l2", "1e-3", "-o", model).Code);
        Assert.DoesNotContain("no index 0", CommandResult.Of("evaluate", model, from0).Error, StringComparison.Ordinal);
        foreach (string[] command in (string[][])[["evaluate", model, _data], ["predict", model, _data], ["predict", model, _data, "-o", _folder["p.csv"]],
            ["train", from0, "--validation", _data, "--l2", "1e-3", "-o", model]])
        {
            var result = CommandResult.Of(command);
            Assert.Equal(0, result.Code);
            Assert.Contains("data.svm has no index 0, and the model was trained on indices from 0", OneLine(result.Error), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_plan_says_on_a_terminal_what_it_is_at()
    {
        var result = CommandResult.Of(TerminalTraits.Piped with { ErrorIsTerminal = true, Width = 120 }, ["plan", _data, "--l2", "1e-3"]);
        Assert.Equal(0, result.Code);
        string[] states = [.. result.Error.Split('\r').Select(state => state.TrimEnd())];
        int reading = Array.FindIndex(states, state => state.StartsWith("reading the first rows of", StringComparison.Ordinal));
        int training = Array.FindIndex(states, state => state.StartsWith("on the first rows: preparing", StringComparison.Ordinal));
        int measuring = Array.FindIndex(states, state => state.StartsWith("measuring a pass over samples in memory", StringComparison.Ordinal));
        Assert.True(reading >= 0 && reading < training && training < measuring, result.Error);
        Assert.Equal("", states[^1]); // nothing is left on the line
    }

    private static string OneLine(string text) => string.Join(' ', text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));

    private CommandResult Train(string model, params string[] more) =>
        CommandResult.Of(["train", _data, "--quiet", "--json", "-", "-o", _folder[model], .. more]);
}
