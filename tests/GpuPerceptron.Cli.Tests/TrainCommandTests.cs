using System.Text.Json;
using GpuPerceptron.Models;
using GpuPerceptron.Solvers;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Cli.Tests;

public sealed class TrainCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Goldens => [.. Golden.All.Keys];

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Goldens))]
    public void Reaches_the_known_optimum(string name)
    {
        var golden = Golden.All[name];
        string model = _folder["m.json"];
        var result = CommandResult.Of(
            "train", golden.Path, "--label", golden.Label, "--positive", golden.Positive, "--l2", $"{golden.L2:r}", "--device", "cpu",
            "--features", string.Join(',', golden.FeatureNames), "--quiet", "--json", "-", "-o", model);

        // Without a penalty some weights are barely held; the tolerance may then be out of float32's reach.
        Assert.True(result.Code is 0, $"{result.Code}: {result.Error}");
        Assert.Equal(golden.Objective, result.Json.GetProperty("objective").GetDouble(), 1e-7);
        Assert.Equal(golden.Positives, result.Json.GetProperty("positives").GetInt32());
        var raw = ModelFile.Load(model).Raw;
        double largest = golden.WeightsRaw.Max(Math.Abs);
        for (int j = 0; j < golden.WeightsRaw.Length; j++)
            Assert.Equal(golden.WeightsRaw[j], raw.Weights[j], 1e-3 * largest);
    }

    [Fact]
    public void The_same_command_gives_the_same_bits()
    {
        string first = Samples.TrainPima(_folder["1.json"]).Json.GetProperty("weights_hash").GetString()!;
        string second = Samples.TrainPima(_folder["2.json"]).Json.GetProperty("weights_hash").GetString()!;
        Assert.Equal(64, first.Length);
        Assert.Equal(first, second);
        Assert.Equal(File.ReadAllBytes(_folder["1.json"]), File.ReadAllBytes(_folder["2.json"]));
    }

    [Fact]
    public void Json_has_every_field()
    {
        var json = Samples.TrainPima(_folder["m.json"], "--validation", "0.25").Json;
        string[] fields =
        [
            "model", "samples", "features", "positives", "solver", "device", "threads", "storage", "placement", "epochs", "passes", "learning_rate",
            "mini_batches", "lipschitz_bound", "mean_log_loss", "objective", "gradient_norm", "certificate", "converged", "stop_reason", "validation", "cross_validation", "seconds",
            "peak_memory_bytes", "weights_hash", "notes", "findings",
        ];
        Assert.Equal(fields, json.EnumerateObject().Select(property => property.Name));
        Assert.Equal(["read", "cross_validate", "prepare", "train", "certify", "total"], json.GetProperty("seconds").EnumerateObject().Select(property => property.Name));
        Assert.Equal(EvaluateCommandTests.Fields, json.GetProperty("validation").EnumerateObject().Select(property => property.Name));
        Assert.Equal("converged", json.GetProperty("stop_reason").GetString());
        Assert.True(json.GetProperty("converged").GetBoolean());
        Assert.Equal("cpu", json.GetProperty("device").GetString());
        var certificate = json.GetProperty("certificate");
        Assert.Equal(["gradient_norm", "gap", "method", "passes"], certificate.EnumerateObject().Select(property => property.Name));
        Assert.InRange(certificate.GetProperty("gap").GetDouble(), 0, 1e-9);
        Assert.Equal("newton_decrement", certificate.GetProperty("method").GetString());
        Assert.InRange(json.GetProperty("peak_memory_bytes").GetInt64(), 10_000_000, 10_000_000_000);
        var seconds = json.GetProperty("seconds");
        double sum = seconds.GetProperty("read").GetDouble() + seconds.GetProperty("prepare").GetDouble() + seconds.GetProperty("train").GetDouble();
        Assert.InRange(sum, 0, seconds.GetProperty("total").GetDouble() + 1e-3);
        Assert.Equal(768, json.GetProperty("samples").GetInt32() + json.GetProperty("validation").GetProperty("samples").GetInt32());
    }

    [Fact]
    public void Float16_is_told_in_the_header_the_json_and_the_model_and_changes_little()
    {
        var exact = Samples.TrainPima(_folder["32.json"]).Json;
        var result = CommandResult.Of(
            "train", Samples.Pima, "--label", "label", "--device", "cpu", "--storage", "float16", "--json", _folder["r.json"], "-o", _folder["16.json"]);
        Assert.Equal(0, result.Code);
        Assert.Contains("a pass, features in float16", result.Error, StringComparison.Ordinal);
        var rounded = JsonDocument.Parse(File.ReadAllText(_folder["r.json"])).RootElement;
        Assert.Equal(("float32", "float16"), (exact.GetProperty("storage").GetString(), rounded.GetProperty("storage").GetString()));
        Assert.Equal(exact.GetProperty("objective").GetDouble(), rounded.GetProperty("objective").GetDouble(), 1e-5);
        Assert.NotEqual(exact.GetProperty("weights_hash").GetString(), rounded.GetProperty("weights_hash").GetString());
        string inspected = CommandResult.Of("inspect", _folder["16.json"]).Out;
        Assert.Contains("features in float16", inspected, StringComparison.Ordinal);
        Assert.All([result.Out, inspected], text => Assert.Contains(" of the optimum for the features as rounded to float16, proved in float64", text, StringComparison.Ordinal));
        Assert.Contains(rounded.GetProperty("notes").EnumerateArray(), note => note.GetString()!.Contains("as rounded to float16", StringComparison.Ordinal));
        Assert.DoesNotContain(exact.GetProperty("notes").EnumerateArray(), note => note.GetString()!.Contains("float16", StringComparison.Ordinal));
    }

    [Fact]
    public void What_float16_cannot_hold_is_bad_data_and_is_named()
    {
        string table = _folder.Write("t.csv", "income,age,y", "70000,1,0", "12,2,1", "13,3,0");
        string[] train = ["train", table, "--label", "y", "--l2", "1", "--device", "cpu", "--storage", "float16", "-o", _folder["m.json"]];
        Assert.Equal(0, CommandResult.Of(train).Code);
        File.Delete(_folder["m.json"]);
        var raw = CommandResult.Of([.. train, "--standardize", "false", "--quiet"]);
        Assert.Equal(5, raw.Code);
        Assert.Contains("'income' has values beyond 65,504", raw.Error, StringComparison.Ordinal);
        Assert.Contains("--storage float32", raw.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["m.json"]));
    }

    [Fact]
    public void Json_goes_into_a_file_and_the_summary_to_stdout()
    {
        var result = CommandResult.Of("train", Samples.Pima, "--label", "label", "-o", _folder["m.json"], "--json", _folder["report.json"]);
        Assert.Equal(0, result.Code);
        Assert.Contains("converged", result.Out, StringComparison.Ordinal);
        var report = JsonDocument.Parse(File.ReadAllText(_folder["report.json"])).RootElement;
        Assert.Equal(768, report.GetProperty("samples").GetInt32());
        Assert.Equal(JsonValueKind.Null, report.GetProperty("validation").ValueKind);
    }

    [Fact]
    public void Quiet_says_nothing()
    {
        var result = CommandResult.Of("train", Samples.Pima, "--label", "label", "-o", _folder["m.json"], "--quiet");
        Assert.Equal((0, "", ""), (result.Code, result.Out, result.Error));
        Assert.True(File.Exists(_folder["m.json"]));
    }

    [Fact]
    public void Says_what_it_does_and_where_the_model_is()
    {
        var result = CommandResult.Of(
            "train", Samples.Wdbc, "--label", "diagnosis", "--l2", "0.001", "--device", "cpu", "-o", _folder["m.json"]);
        Assert.Contains("wdbc.csv: 569 samples, 30 features", result.Error, StringComparison.Ordinal);
        Assert.Contains("diagnosis: M is positive (212 samples, 37.3 %), B is negative", result.Error, StringComparison.Ordinal);
        Assert.Contains("mean log-loss + 0.001/2 |w|^2, bias free; features standardised", result.Error, StringComparison.Ordinal);
        Assert.Contains("newton (at most 1,024 features), until the gradient norm is 1e-06", result.Error, StringComparison.Ordinal);
        Assert.Contains("cpu: ", result.Error, StringComparison.Ordinal);
        Assert.Contains("72.8 kB a pass\n", result.Error, StringComparison.Ordinal);
        Assert.Contains("gradient norm", result.Out, StringComparison.Ordinal);
        Assert.Contains($"gpuperceptron predict {_folder["m.json"]} DATA", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Auto_stays_on_the_cpu_with_little_data_and_says_so()
    {
        var result = CommandResult.Of("train", Samples.Pima, "--label", "label", "-o", _folder["m.json"]);
        Assert.Equal(0, result.Code);
        Assert.Matches(@"device +cpu: .*; 24.6 kB a pass, too few for a GPU's start to pay\n", result.Error);
    }

    [Fact]
    public void Notes_what_became_of_the_table()
    {
        var lines = Enumerable.Range(0, 40).Select(i => $"{(i == 7 ? "" : i % 9)},5,{(i % 3 == 0 ? "yes" : "no")}");
        string table = _folder.Write("t.csv", ["a,constant,y", .. lines]);
        var result = CommandResult.Of("train", table, "--label", "y", "-o", _folder["m.json"], "--json", _folder["r.json"]);
        Assert.Contains("note ", result.Error, StringComparison.Ordinal);
        var notes = JsonDocument.Parse(File.ReadAllText(_folder["r.json"])).RootElement.GetProperty("notes");
        Assert.Contains(notes.EnumerateArray(), note => note.GetString()!.Contains("constant", StringComparison.Ordinal));
    }

    [Fact]
    public void The_last_state_is_logged_off_a_terminal()
    {
        var result = CommandResult.Of("train", Samples.Pima, "--label", "label", "-o", _folder["m.json"]);
        string last = Assert.Single(result.Error.Split('\n'), line => line.StartsWith("epoch ", StringComparison.Ordinal));
        Assert.Contains("passes/s", last, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', result.Error);
    }

    [Fact]
    public void Reads_a_query()
    {
        var result = CommandResult.Of(
            "train", "--sql", $"SELECT glucose, mass, label FROM '{Samples.Pima}' WHERE age < 40", "--label", "label", "-o", _folder["m.json"], "--quiet", "--json", "-");
        Assert.Equal(0, result.Code);
        Assert.Equal(2, result.Json.GetProperty("features").GetInt32());
    }

    [Fact]
    public void Features_and_exclude_may_be_repeated_and_listed()
    {
        var some = Samples.TrainPima(_folder["m.json"], "--features", "glucose, mass", "--features", "age");
        Assert.Equal(3, some.Json.GetProperty("features").GetInt32());
        var others = Samples.TrainPima(_folder["m.json"], "--exclude", "glucose,mass", "--exclude", "age");
        Assert.Equal(5, others.Json.GetProperty("features").GetInt32());
    }

    [Fact]
    public void Validates_on_a_file_and_stops_early()
    {
        var result = Samples.TrainPima(_folder["m.json"], "--validation", Samples.Pima, "--early-stopping", "3", "--tolerance", "1e-12");
        Assert.Equal(0, result.Code);
        Assert.Equal("early_stopping", result.Json.GetProperty("stop_reason").GetString());
        Assert.Equal(768, result.Json.GetProperty("validation").GetProperty("samples").GetInt32());
    }

    [Fact]
    public void Epochs_that_were_asked_for_are_no_failure()
    {
        var result = Samples.TrainPima(_folder["m.json"], "--epochs", "3");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Equal("epoch_limit", result.Json.GetProperty("stop_reason").GetString());
        Assert.Equal(3, result.Json.GetProperty("epochs").GetInt32());
    }

    [Fact]
    public void The_default_cap_on_epochs_is_a_failure_that_still_leaves_a_model()
    {
        var result = Samples.TrainPima(_folder["m.json"], "--solver", "gd", "--standardize", "false");
        Assert.Equal(3, result.Code);
        Assert.Equal("epoch_limit", result.Json.GetProperty("stop_reason").GetString());
        Assert.StartsWith("gpuperceptron: stopped after 10000 epochs", result.Error, StringComparison.Ordinal);
        Assert.False(ModelFile.Load(_folder["m.json"]).Training.Converged);
    }

    [Fact]
    public void Mini_batches_say_how_they_are_taken_and_end_as_asked()
    {
        var result = CommandResult.Of(
            "train", Samples.Pima, "--label", "label", "--device", "cpu", "--solver", "sgd", "--batch-size", "32", "--momentum", "0.8",
            "--schedule", "inverse", "--warmup", "2", "--epochs", "60", "--json", _folder["r.json"], "-o", _folder["m.json"]);
        Assert.Equal(0, result.Code);
        Assert.Contains("sgd (momentum 0.8, batches of 32, inverse schedule, warm-up 2 epochs), learning rate ", result.Error, StringComparison.Ordinal);
        var json = JsonDocument.Parse(File.ReadAllText(_folder["r.json"])).RootElement;
        Assert.Equal("sgd", json.GetProperty("solver").GetString());
        Assert.Equal(60, json.GetProperty("epochs").GetInt32());
        Assert.Equal(
            """{"batch_size":32,"schedule":"inverse","warm_up_epochs":2,"momentum":0.8}""",
            JsonSerializer.Serialize(json.GetProperty("mini_batches")));
        Assert.Equal(new MiniBatchRecord(32, ScheduleKind.Inverse, 2, 0.8), ModelFile.Load(_folder["m.json"]).Training.MiniBatches);
        Assert.Contains(
            "sgd (batches of 32, inverse schedule, momentum 0.8, warm-up 2) on cpu", CommandResult.Of("inspect", _folder["m.json"]).Out, StringComparison.Ordinal);
        Assert.Equal(Golden.All["pima"].Objective, json.GetProperty("objective").GetDouble(), 1e-3);
    }

    [Fact]
    public void Mini_batches_that_nobody_gave_epochs_end_short_of_the_tolerance_and_say_what_does_not()
    {
        var result = Samples.TrainPima(_folder["m.json"], "--solver", "adam");
        Assert.Equal(3, result.Code);
        Assert.Contains("--solver auto", result.Error, StringComparison.Ordinal);
        Assert.Equal(Golden.All["pima"].Objective, result.Json.GetProperty("objective").GetDouble(), 1e-4);
        var record = ModelFile.Load(_folder["m.json"]).Training;
        Assert.Equal("adam", record.Solver);
        Assert.Equal(new MiniBatchRecord(16, ScheduleKind.Cosine, 0), record.MiniBatches);
    }

    [Fact]
    public void A_path_of_penalties_trains_with_the_best_of_them()
    {
        var result = CommandResult.Of(
            "train", Samples.Pima, "--label", "label", "--device", "cpu", "--l2", "path", "--json", _folder["r.json"], "-o", _folder["m.json"]);
        Assert.True(result.Code == 0, result.Error);
        Assert.Contains("l2, 5 folds", result.Out, StringComparison.Ordinal);
        var validated = JsonDocument.Parse(File.ReadAllText(_folder["r.json"])).RootElement.GetProperty("cross_validation");
        var penalties = validated.GetProperty("penalties").EnumerateArray().ToArray();
        double best = validated.GetProperty("best_l2").GetDouble();
        Assert.Equal(CrossValidation.Path.Count, penalties.Length);
        Assert.Equal(penalties.MinBy(score => score.GetProperty("log_loss").GetDouble()).GetProperty("l2").GetDouble(), best);
        Assert.Equal(best, ModelFile.Load(_folder["m.json"]).Training.L2);
    }

    [Theory]
    [InlineData("newton")]
    [InlineData("adam")]
    public void Folds_measure_one_penalty_by_any_solver(string solver)
    {
        var json = Samples.TrainPima(_folder["m.json"], "--folds", "3", "--l2", "0.01", "--solver", solver).Json;
        var score = Assert.Single(json.GetProperty("cross_validation").GetProperty("penalties").EnumerateArray());
        Assert.Equal(0.01, score.GetProperty("l2").GetDouble());
        Assert.Equal(0.489, score.GetProperty("log_loss").GetDouble(), 0.01);
    }

    [Fact]
    public void An_automatic_learning_rate_may_be_asked_for_by_name()
    {
        var json = Samples.TrainPima(_folder["m.json"], "--learning-rate", "auto", "--solver", "nesterov").Json;
        Assert.Equal(1 / json.GetProperty("lipschitz_bound").GetDouble(), json.GetProperty("learning_rate").GetDouble(), 1e-3);
    }

    [Fact]
    public void Divergence_is_explained_and_leaves_no_model()
    {
        var result = CommandResult.Of(
            "train", Samples.Wdbc, "--label", "diagnosis", "--standardize", "false", "--solver", "gd", "--learning-rate", "0.01",
            "-o", _folder["m.json"], "--quiet", "--json", "-");
        Assert.Equal(4, result.Code);
        Assert.Contains("2/L", result.Error, StringComparison.Ordinal);
        Assert.Contains("drop --standardize false", result.Error, StringComparison.Ordinal);
        Assert.Contains("add --l2 0.001", result.Error, StringComparison.Ordinal);
        Assert.Contains(result.Json.GetProperty("findings").EnumerateArray(), finding => finding.GetProperty("code").GetString() == "feature_scales");
        Assert.Equal("diverged", result.Json.GetProperty("stop_reason").GetString());
        Assert.Equal(JsonValueKind.Null, result.Json.GetProperty("model").ValueKind);
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public void The_command_that_divergence_proposes_converges()
    {
        var diverged = CommandResult.Of(
            "train", Samples.Wdbc, "--label", "diagnosis", "--standardize", "false", "--solver", "gd", "--learning-rate", "0.01", "-o", _folder["m.json"]);
        Assert.Equal(4, diverged.Code);
        string proposed = Assert.Single(diverged.Error.Split('\n'), line => line.StartsWith("try ", StringComparison.Ordinal))[4..].Trim();
        Assert.Equal($"gpuperceptron train {Samples.Wdbc} --label diagnosis -o {_folder["m.json"]} --l2 0.001", proposed);
        var mended = CommandResult.Of(proposed.Split(' ')[1..]);
        Assert.Equal(0, mended.Code);
        Assert.Contains("converged", mended.Out, StringComparison.Ordinal);
        Assert.Contains("of the optimum, proved in float64 by the duality gap", mended.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--solver", "gd", "--learning-rate", "1e-14")]
    [InlineData("--solver", "gd", "--l2", "1e10")]
    [InlineData("--solver", "sgd", "--learning-rate", "1e-10")]
    [InlineData("--solver", "gd", "--standardize", "false", "--learning-rate", "1e-20")]
    public void The_commands_that_steps_too_small_propose_end_at_the_optimum(params string[] options)
    {
        string[] command = ["train", Samples.Pima, "--label", "label", "--device", "cpu", "-o", _folder["m.json"], .. options];
        var result = CommandResult.Of(command);
        for (int tries = 0; result.Code != 0 && tries < 4; tries++)
        {
            Assert.Equal(3, result.Code);
            string proposed = Assert.Single(result.Error.Split('\n'), line => line.StartsWith("try ", StringComparison.Ordinal))[4..].Trim();
            result = CommandResult.Of(proposed.Split(' ')[1..]);
        }

        Assert.Equal(0, result.Code);
        var record = ModelFile.Load(_folder["m.json"]).Training;
        Assert.InRange(record.Certificate!.Gap!.Value, 0, 1e-9);
        Assert.Equal(1e-6, record.Tolerance);
    }

    [Theory]
    [InlineData("--solver=gd")]
    [InlineData("--solver", "gd")]
    public void The_command_that_the_cap_on_epochs_proposes_converges(params string[] solver)
    {
        string name = _folder.Write("it's a table.csv", File.ReadAllLines(Samples.Wdbc));
        var capped = CommandResult.Of(["train", name, "--label", "diagnosis", .. solver, "-o", _folder["m.json"]]);
        Assert.Equal(3, capped.Code);
        string proposed = Assert.Single(capped.Error.Split('\n'), line => line.StartsWith("try ", StringComparison.Ordinal));
        Assert.EndsWith($"\"{name}\" --label diagnosis -o {_folder["m.json"]} --l2 0.001", proposed, StringComparison.Ordinal);
        Assert.Equal(0, CommandResult.Of("train", name, "--label", "diagnosis", "-o", _folder["m.json"], "--l2", "0.001").Code);
    }
}
