using Xunit;

namespace GpuPerceptron.Cli.Tests;

/// <summary>Each failure has its exit code and says in one line what, where, and what to do.</summary>
public sealed class ErrorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2, "--label", "train", "{pima}")]
    [InlineData(2, "no data", "train", "--label", "label")]
    [InlineData(2, "no label: name the column to predict", "train", "{pima}")]
    [InlineData(2, "name their file with --labels", "train", "X.npy")]
    [InlineData(2, "go with an array", "train", "{pima}", "--labels", "y.npy")]
    [InlineData(2, "--labels goes with an array", "train", "--sql", "SELECT 1", "--labels", "y.npy")]
    [InlineData(5, "X.npy: there is no such file", "train", "X.npy", "--labels", "y.npy", "-o", "/dev/null")]
    [InlineData(2, "both", "train", "{pima}", "--sql", "SELECT 1", "--label", "label")]
    [InlineData(2, "there is no option --foo", "train", "{pima}", "--label", "label", "--foo", "3")]
    [InlineData(2, "there is no option --foo", "predict", "m.json", "--foo")]
    [InlineData(2, "extra", "train", "{pima}", "extra", "--label", "label")]
    [InlineData(2, "there is no option -x", "train", "{pima}", "-x", "--label", "label")]
    [InlineData(2, "there is no option --learning_rate; did you mean --learning-rate?", "train", "{pima}", "--learning_rate", "1")]
    [InlineData(2, "there is no option --lr=1; did you mean --learning-rate?", "train", "{pima}", "--lr=1")]
    [InlineData(2, "there is no option --max_iter; did you mean --epochs?", "train", "{pima}", "--max_iter", "1")]
    [InlineData(2, "there is no option --tol; did you mean --tolerance?", "train", "{pima}", "--tol", "1")]
    [InlineData(2, "there is no option --labl; did you mean --label?", "train", "{pima}", "--labl", "label")]
    [InlineData(2, "there is no option --model; did you mean --output?", "train", "{pima}", "--model", "m.json")]
    [InlineData(2, "there is no option --lr; see 'gpuperceptron predict --help'", "predict", "m.json", "--lr", "1")]
    [InlineData(2, "there is no option --val; did you mean --validation?", "train", "{pima}", "--val", "0.1")]
    [InlineData(2, "there is no option --hlp; did you mean --help?", "train", "--hlp")]
    [InlineData(2, "there is no option -label; did you mean --label?", "train", "{pima}", "-label", "label")]
    [InlineData(2, "there is no option --l3; see 'gpuperceptron train --help'", "train", "{pima}", "--l3", "1")]
    [InlineData(2, "there is no option --step; see 'gpuperceptron train --help'", "train", "{pima}", "--step", "1")]
    [InlineData(2, "there is no option --C; see 'gpuperceptron train --help'", "train", "{pima}", "--C", "1")]
    [InlineData(2, "there is no option --lr; see 'gpuperceptron gradcheck --help'", "gradcheck", "{pima}", "--lr", "1")]
    [InlineData(2, "there is no option --model; see 'gpuperceptron predict --help'", "predict", "--model", "m.json", "{pima}")]
    [InlineData(2, "there is no command frobnicate", "frobnicate")]
    [InlineData(2, "there is no command tran; did you mean train?", "tran", "{pima}")]
    [InlineData(2, "--epochs is 'many'", "train", "{pima}", "--label", "label", "--epochs", "many")]
    [InlineData(2, "--solver is 'magic'; it must be auto or gd or nesterov", "train", "{pima}", "--label", "label", "--solver", "magic")]
    [InlineData(2, "the learning rate is -1", "train", "{pima}", "--label", "label", "--learning-rate", "-1")]
    [InlineData(2, "the learning rate is NaN", "train", "{pima}", "--label", "label", "--solver", "adam", "--learning-rate", "NaN")]
    [InlineData(2, "the batch size is 0", "train", "{pima}", "--label", "label", "--solver", "sgd", "--batch-size", "0")]
    [InlineData(2, "there are 768 training samples", "train", "{pima}", "--label", "label", "--solver", "adam", "--batch-size", "769", "-o", "/dev/null")]
    [InlineData(2, "add --solver sgd or --solver adam", "train", "{pima}", "--label", "label", "--batch-size", "10")]
    [InlineData(2, "--schedule is 'linear'; it must be cosine or constant", "train", "{pima}", "--label", "label", "--schedule", "linear")]
    [InlineData(2, "use --solver auto", "train", "{pima}", "--label", "label", "--solver", "adam", "--l1", "0.1")]
    [InlineData(2, "'auto' or a number", "train", "{pima}", "--label", "label", "--learning-rate", "fast")]
    [InlineData(2, "threads are 0", "train", "{pima}", "--label", "label", "--threads", "0")]
    [InlineData(2, "threads are -2", "train", "{pima}", "--label", "label", "--threads", "-2")]
    [InlineData(2, "--validation is 1.5", "train", "{pima}", "--label", "label", "--validation", "1.5")]
    [InlineData(2, "--early-stopping watches", "train", "missing.csv", "--label", "label", "--early-stopping", "5")]
    [InlineData(2, "'gpu' is not a device", "train", "{pima}", "--label", "label", "--device", "gpu")]
    [InlineData(2, "cannot write", "train", "missing.csv", "--label", "label", "-o", "/no/such/folder/m.json")]
    [InlineData(2, "cannot write", "train", "missing.csv", "--label", "label", "--json", "/no/such/folder/r.json")]
    [InlineData(2, "name two files", "train", "missing.csv", "--label", "label", "-o", "m.json", "--json", "./m.json")]
    [InlineData(2, "stdin is read as CSV alone", "train", "-", "--format", "libsvm")]
    [InlineData(2, "cannot go to stdout", "train", "missing.csv", "--label", "label", "-o", "-")]
    [InlineData(5, "missing.csv", "train", "missing.csv", "--label", "label", "-o", "/dev/null")]
    [InlineData(5, "to validate on", "train", "{pima}", "--label", "label", "--validation", "missing.csv", "-o", "/dev/null")]
    [InlineData(5, "\"nope\"", "train", "{pima}", "--label", "nope", "-o", "/dev/null")]
    [InlineData(5, "\"nope\"", "train", "{pima}", "--label", "label", "--features", "nope", "-o", "/dev/null")]
    [InlineData(6, "cuda:7", "train", "{pima}", "--label", "label", "--device", "cuda:7", "-o", "/dev/null")]
    [InlineData(5, "there is no model file", "inspect", "missing.json")]
    [InlineData(5, "is not a model file", "inspect", "{pima}")]
    [InlineData(5, "is not a model file", "predict", "{pima}", "{pima}")]
    public void Says_what_is_wrong(int code, string words, params string[] arguments)
    {
        var result = CommandResult.Of([.. arguments.Select(argument => argument == "{pima}" ? Samples.Pima : argument)]);
        AssertFailed(result, code, words);
    }

    [Theory]
    [InlineData("one label only", "x,y", "1,a", "2,a")]
    [InlineData("more than two labels", "x,y", "1,a", "2,b", "3,c")]
    [InlineData("t.csv: ", "x,y")]
    [InlineData("empty in 1 row", "x,y", "1,a", "2,", "3,b")]
    public void Says_what_is_wrong_with_a_table(string words, params string[] lines) =>
        AssertFailed(CommandResult.Of("train", _folder.Write("t.csv", lines), "--label", "y", "-o", _folder["m.json"]), 5, words);

    [Theory]
    [InlineData("train", "{data}", "--label", "y", "-o", "{data}")]
    [InlineData("train", "{data}", "--label", "y", "-o", "{model}", "--json", "{data}")]
    [InlineData("train", "{data}", "--label", "y", "-o", "{link}")]
    [InlineData("train", "{folder}/*.csv", "--label", "y", "-o", "{data}")]
    [InlineData("train", "{other}", "--label", "y", "--validation", "{data}", "-o", "{data}")]
    [InlineData("predict", "{model}", "{data}", "-o", "{data}")]
    [InlineData("predict", "{model}", "{data}", "-o", "{model}")]
    [InlineData("evaluate", "{model}", "{data}", "--json", "{model}")]
    [InlineData("inspect", "{model}", "--json", "{model}")]
    public void An_input_is_never_overwritten(params string[] arguments)
    {
        string data = _folder.Write("d.csv", "x,y", "1,a", "2,b", "3,a", "4,b");
        File.Copy(data, _folder["other.txt"]);
        CommandResult.Of("train", data, "--label", "y", "-o", _folder["m.json"], "--epochs", "3");
        File.CreateSymbolicLink(_folder["link"], data);
        byte[][] before = [File.ReadAllBytes(data), File.ReadAllBytes(_folder["m.json"])];

        var result = CommandResult.Of([.. arguments.Select(argument => argument
            .Replace("{data}", data, StringComparison.Ordinal).Replace("{model}", _folder["m.json"], StringComparison.Ordinal)
            .Replace("{link}", _folder["link"], StringComparison.Ordinal).Replace("{other}", _folder["other.txt"], StringComparison.Ordinal)
            .Replace("{folder}", Path.GetDirectoryName(data), StringComparison.Ordinal))]);

        AssertFailed(result, 2, "would be overwritten");
        Assert.Equal(before, [File.ReadAllBytes(data), File.ReadAllBytes(_folder["m.json"])]);
    }

    [Fact]
    public void Names_that_steer_a_terminal_are_written_out()
    {
        string data = _folder.Write("d.csv", "x\u001b[31m,y", "1,a", "2,b", "3,a", "4,b");
        var result = CommandResult.Of("train", data, "--label", "y", "-o", _folder["m.json"]);
        Assert.Equal(0, result.Code);
        Assert.DoesNotContain('\u001b', result.Out + result.Error);
        Assert.Contains("x\\u001B[31m", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_zero_throughout_cannot_be_evaluated()
    {
        string data = _folder.Write("d.csv", "x,y,s", "1,a,0", "2,b,0", "3,a,0", "4,b,0");
        CommandResult.Of("train", data, "--label", "y", "--exclude", "s", "-o", _folder["m.json"]);
        AssertFailed(CommandResult.Of("evaluate", _folder["m.json"], data, "--weight", "s"), 5, "weights of all samples are 0");
    }

    [Theory]
    [InlineData("train"), InlineData("train", "--class-weight", "balanced"), InlineData("train", "--folds", "2"), InlineData("train", "--hash", "18"), InlineData("diagnose")]
    public void A_label_that_weighs_nothing_is_bad_data_and_its_column_is_named(params string[] command)
    {
        string data = _folder.Write("d.csv", "x,y,s", "1,a,0", "2,b,1", "3,a,0", "4,b,2");
        string[] output = command[0] == "train" ? ["-o", _folder["m.json"]] : [];
        AssertFailed(CommandResult.Of([.. command, data, "--label", "y", "--weight", "s", .. output]), 5, "column \"s\" is 0 for all training samples whose \"y\" is a");
    }

    [Fact]
    public void Separable_classes_are_noted_though_training_converged()
    {
        string data = _folder.Write("d.csv", "x,y", "1,a", "2,a", "3,b", "4,b");
        var result = CommandResult.Of("train", data, "--label", "y", "--tolerance", "0.01", "-o", _folder["m.json"]);
        Assert.Equal(0, result.Code);
        Assert.Contains("no finite", result.Error, StringComparison.Ordinal);
        Assert.Contains("--l2 0.001", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_later_version_s_model_asks_for_an_update()
    {
        Samples.TrainPima(_folder["m.json"]);
        File.WriteAllText(_folder["m.json"], File.ReadAllText(_folder["m.json"]).Replace("\"version\": 1", "\"version\": 999", StringComparison.Ordinal));
        AssertFailed(CommandResult.Of("inspect", _folder["m.json"]), 5, "update gpuperceptron");
    }

    [Fact]
    public void Misuse_points_to_the_command_s_help() =>
        Assert.EndsWith("see 'gpuperceptron train --help'\n", CommandResult.Of("train").Error, StringComparison.Ordinal);

    [Fact]
    public void A_fault_of_ours_is_named_as_such_in_one_line()
    {
        var error = new StringWriter();
        var result = CommandResult.Of(Streams.TerminalTraits.Piped, ["train", Samples.Pima, "--label", "label", "-o", _folder["m.json"]], clock: new BrokenClock(), error: error);
        AssertFailed(result, 1, "internal error");
        Assert.Contains("please report it", result.Error, StringComparison.Ordinal);
    }

    private static void AssertFailed(CommandResult result, int code, string words)
    {
        Assert.True(code == result.Code, $"{result.Code}: {result.Error}");
        Assert.Equal("", result.Out);
        string line = Assert.Single(result.Error.TrimEnd('\n').Split('\n'), line => line.StartsWith("gpuperceptron: ", StringComparison.Ordinal));
        Assert.Contains(words, line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    private sealed class BrokenClock : TimeProvider
    {
        public override long GetTimestamp() => throw new InvalidOperationException("the clock\nis broken");
    }
}
