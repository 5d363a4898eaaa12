using System.Text.Json;
using Xunit;

namespace GpuPerceptron.Cli.Tests;

/// <summary>--memory and plan: how a training runs, and what is said of it.</summary>
public sealed class MemoryTests : IDisposable
{
    // 72 MB of features: more than 256 MB leave for them.
    private const string Large = "SELECT CAST(hash(i) % 7 + i % 3 > 4 AS INT) AS label, hash(i) % 7 AS a, i % 3 AS b FROM range(4500000) t(i)";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_table_that_memory_does_not_hold_is_trained_on_all_the_same()
    {
        var resident = Train("4GB");
        var streamed = Train("256MB");
        Assert.Equal(("resident", "streamed"), (resident.Json.GetProperty("placement").GetString(), streamed.Json.GetProperty("placement").GetString()));
        Assert.Equal(resident.Json.GetProperty("weights_hash").GetString(), streamed.Json.GetProperty("weights_hash").GetString());
        Assert.Contains("runs          resident: 72.0 MB of features in memory", resident.Error);
        Assert.Matches("runs          streamed: (of )?72.0 MB of features", streamed.Error);

        CommandResult Train(string memory) => CommandResult.Of(
            "train", "--sql", Large, "--label", "label", "--l2", "0.01", "--device", "cpu", "--memory", memory, "-o", _folder["m.json"], "--json", "-");
    }

    [Theory]
    [InlineData("lots", "an amount such as 400MB or 2GB")]
    [InlineData("-1GB", "an amount such as 400MB or 2GB")]
    [InlineData("0GB", "an amount such as 400MB or 2GB")]
    [InlineData("300", "an amount such as 400MB or 2GB")]
    [InlineData("100MB", "at least 256MB")]
    public void An_amount_that_cannot_be_is_refused(string memory, string remedy)
    {
        foreach (string command in (string[])["train", "plan", "diagnose", "gradcheck"])
        {
            var result = CommandResult.Of(command, Samples.Wdbc, "--label", "diagnosis", "--memory", memory);
            Assert.Equal(2, result.Code);
            Assert.Contains(remedy, result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_plan_says_how_a_training_would_run_and_trains_nothing()
    {
        var result = CommandResult.Of("plan", Samples.Wdbc, "--label", "diagnosis", "--device", "cpu", "-o", _folder["m.json"], "--json", _folder["p.json"]);
        Assert.Equal(0, result.Code);
        Assert.Contains("569 training samples, 30 features", result.Out);
        Assert.DoesNotContain("about 569", result.Out);
        Assert.Equal(["p.json"], _folder.Files);
        var json = CommandResult.Of("plan", Samples.Wdbc, "--label", "diagnosis", "--device", "cpu", "--json", "-").Json;
        Assert.Equal((569, true, 30), (
            json.GetProperty("samples").GetInt32(), json.GetProperty("samples_exact").GetBoolean(), json.GetProperty("features").GetInt32()));
        Assert.Equal(569 * 32 * 4, json.GetProperty("feature_bytes").GetInt32());
        Assert.True(json.GetProperty("seconds").GetProperty("read").GetDouble() > 0);
        Assert.True(json.GetProperty("seconds").GetProperty("pass").GetDouble() > 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_plan_estimates_the_rows_of_a_large_file(bool isSortedByLabel)
    {
        const int Rows = 600_000;
        using (var file = File.CreateText(_folder["large.csv"]))
        {
            file.WriteLine("label,a,b");
            for (int i = 0; i < Rows; i++)
                file.WriteLine($"{(isSortedByLabel ? 2 * i / Rows : i * 7 % 5 % 2)},{i % 1000},{i % 77 / 7.0:0.000}");
        }

        var result = CommandResult.Of("plan", _folder["large.csv"], "--label", "label", "--device", "cpu", "--json", _folder["plan.json"]);
        Assert.Equal(isSortedByLabel, result.Out.Contains("half of them were taken for the other", StringComparison.Ordinal));
        var json = JsonDocument.Parse(File.ReadAllText(_folder["plan.json"])).RootElement;
        Assert.False(json.GetProperty("samples_exact").GetBoolean());
        Assert.InRange(json.GetProperty("samples").GetInt32(), 0.97 * Rows, 1.03 * Rows);
    }

    [Theory]
    [InlineData]
    [InlineData("--hash", "18")]
    public void Labels_that_all_are_set_aside_of_the_first_rows_do_not_stop_a_plan(params string[] hash)
    {
        // With this seed row 1997 is set aside, the only one of its label among the first 2,000.
        _folder.Write("late.csv", ["x,label", .. Enumerable.Range(0, 6000).Select(i => $"{i * 37 % 101},{(i == 1997 || i >= 3000 ? "b" : "a")}")]);
        foreach (string command in (string[])["plan", "train"])
        {
            string[] rest = command == "train" ? ["-o", _folder["m.json"], .. hash] : hash;
            Assert.Equal(0, CommandResult.Of([command, _folder["late.csv"], "--label", "label", "--validation", "0.2", "--l2", "0.01", .. rest]).Code);
        }
    }

    [Fact]
    public void A_sparse_file_that_is_sorted_by_label_is_planned_for()
    {
        _folder.Write("sorted.svm", [.. Enumerable.Range(0, 400_000).Select(i => $"{i / 350_000} {1 + i % 11}:1 {20 + i % 7}:0.5")]);
        Assert.Equal(0, CommandResult.Of("plan", _folder["sorted.svm"], "--l2", "0.01").Code); // the first lines, a chunk of 4 MiB, hold one label
    }

    /// <summary>Of the first 200,000 rows as many features are trained on in proportion.</summary>
    [Fact]
    public void A_plan_of_many_sparse_features_says_about_how_many_passes_a_training_takes()
    {
        var random = new Random(5);
        double[] weights = [.. Enumerable.Range(0, 60_000).Select(_ => 2 * random.NextDouble() - 1)];
        _folder.Write("hashed.csv", ["a,b,label", .. Enumerable.Range(0, 260_000).Select(_ => LineOf(Level(), Level()))]);
        string[] options = [_folder["hashed.csv"], "--label", "label", "--hash", "18", "--l2", "1e-4", "--device", "cpu", "--json", "-"];
        long planned = CommandResult.Of(["plan", .. options]).Json.GetProperty("passes").GetInt64();
        long taken = CommandResult.Of(["train", .. options, "-o", _folder["hashed.json"]]).Json.GetProperty("passes").GetInt64();
        Assert.InRange(planned, taken / 2, taken * 2);
        Assert.Equal(2, CommandResult.Of(["plan", .. options, "--solver", "newton"]).Code); // not for as many features as all rows have

        int Level() => (int)(60_000 * Math.Pow(random.NextDouble(), 3));
        string LineOf(int a, int b) => $"u{a},v{b},{(random.NextDouble() < 1 / (1 + Math.Exp(-2 * (weights[a] - weights[b]))) ? "yes" : "no")}";
    }

    [Fact]
    public void A_plan_for_a_table_of_one_label_fails_as_the_training_would()
    {
        _folder.Write("one.csv", ["label,a", .. Enumerable.Range(0, 2000).Select(i => $"1,{i % 7}")]); // as many as are looked at first
        var result = CommandResult.Of("plan", _folder["one.csv"], "--label", "label");
        Assert.Equal(5, result.Code);
        Assert.Contains("one label only", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_tells_what_would_be_streamed()
    {
        var json = CommandResult.Of("plan", "--sql", Large, "--label", "label", "--l2", "0.01", "--device", "cpu", "--memory", "256MB", "--json", "-").Json;
        Assert.Equal("streamed", json.GetProperty("placement").GetString());
        Assert.Equal(4_500_000, json.GetProperty("samples").GetInt32());
        Assert.Equal(4_500_000 * 17, json.GetProperty("disk_bytes").GetInt64()); // four floats, of which two are padding, and the label's byte
        Assert.True(json.GetProperty("disk_free_bytes").GetInt64() > 0);
        Assert.InRange(json.GetProperty("host_bytes").GetInt64(), 1, 256_000_000);
    }

    [Fact]
    public void A_stream_cannot_be_planned_for()
    {
        var result = CommandResult.Of("plan", "-", "--label", "label");
        Assert.Equal(2, result.Code);
        Assert.Contains("name a file to plan for", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_of_a_sparse_file_says_so()
    {
        _folder.Write("few.svm", [.. Enumerable.Range(0, 300).Select(i => $"{(i * 7 % 5 % 2 == 0 ? "+1" : "-1")} {1 + i % 11}:1 {20 + i % 7}:0.5")]);
        var json = CommandResult.Of("plan", _folder["few.svm"], "--l2", "0.01", "--json", "-").Json;
        Assert.Equal(("sparse", 300), (json.GetProperty("placement").GetString(), json.GetProperty("samples").GetInt32()));
    }
}
