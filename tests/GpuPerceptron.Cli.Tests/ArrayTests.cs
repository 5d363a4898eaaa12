using System.IO.Compression;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Cli.Tests;

/// <summary>NumPy's arrays through every command that takes a table: the same answers as from the CSV file.</summary>
public sealed class ArrayTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Golden _golden = Golden.All["wdbc_l2"];
    private readonly string _x, _y, _archive;

    public ArrayTests()
    {
        var (features, labels) = _golden.Load();
        int columns = _golden.FeatureNames.Length;
        _x = NpyWriter.Save(_folder["X.npy"], features, columns, fortran: true);
        _y = NpyWriter.Save(_folder["labels.npy"], [.. labels.Select(label => (long)label)]);
        _archive = NpyWriter.SaveArchive(_folder["XY.npz"], CompressionLevel.Fastest,
            ("X", NpyWriter.Array(features, columns)), ("y", NpyWriter.Array(labels)));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Training_reaches_the_golden_optimum_and_the_model_is_good_for_arrays()
    {
        var apart = Train(_x, "--labels", _y);
        Assert.Equal(_golden.Objective, apart.Json.GetProperty("objective").GetDouble(), 1e-7);
        Assert.Equal(apart.Json.GetProperty("weights_hash").GetString(), Train(_archive).Json.GetProperty("weights_hash").GetString());

        string[] predictions = CommandResult.Of("predict", _folder["m.json"], _x).Lines;
        Assert.Equal(_golden.Samples + 1, predictions.Length);
        Assert.Equal(predictions, CommandResult.Of("predict", _folder["m.json"], _archive).Lines);
        foreach (string[] data in (string[][])[[_x, "--labels", _y], [_archive]])
        {
            var metrics = CommandResult.Of(["evaluate", _folder["m.json"], .. data, "--json", "-"]).Json;
            Assert.Equal(_golden.MeanLogLoss, metrics.GetProperty("log_loss").GetDouble(), 1e-6);
        }

        var weights = CommandResult.Of("inspect", _folder["m.json"], "--json", "-").Json.GetProperty("weights");
        Assert.Equal(_golden.FeatureNames.Length, weights.GetArrayLength());
        Assert.All(weights.EnumerateArray(), weight => Assert.Matches(@"^x\d+$", weight.GetProperty("feature").GetString()));
    }

    [Fact]
    public void Samples_to_validate_on_may_have_their_labels_in_a_file_of_their_own()
    {
        double expected = Train(_archive, "--validation", _archive).Json.GetProperty("validation").GetProperty("log_loss").GetDouble();
        var apart = Train(_archive, "--validation", _x, "--validation-labels", _y).Json;
        Assert.Equal(expected, apart.GetProperty("validation").GetProperty("log_loss").GetDouble());
        Assert.Equal(_golden.Samples, apart.GetProperty("validation").GetProperty("samples").GetInt32());

        var alone = CommandResult.Of("train", _archive, "--validation", "0.2", "--validation-labels", _y, "-o", _folder["n.json"]);
        Assert.Equal(2, alone.Code);
        Assert.Contains("--validation-labels goes with --validation FILE", alone.Error, StringComparison.Ordinal);
        var table = CommandResult.Of("train", _archive, "--validation", Samples.Pima, "--validation-labels", _y, "-o", _folder["n.json"]);
        Assert.Equal(2, table.Code);
    }

    [Fact]
    public void Samples_are_set_aside_and_columns_chosen_as_of_any_table()
    {
        var json = Train(_x, "--labels", _y, "--label", "malignant", "--validation", "0.3", "--features", "x3,x7").Json;
        Assert.Equal(2, json.GetProperty("features").GetInt32());
        Assert.InRange(json.GetProperty("samples").GetInt32(), 300, 500);
        Assert.InRange(Train(_x, "--labels", _y, "--label", "y", "--validation", _archive).Json
            .GetProperty("validation").GetProperty("log_loss").GetDouble(), 0.01, 0.2);
    }

    [Fact]
    public void The_other_commands_take_arrays_too()
    {
        Assert.Equal(0, CommandResult.Of("diagnose", _x, "--labels", _y).Code);
        Assert.Equal(0, CommandResult.Of("gradcheck", _archive, "--device", "cpu").Code);
    }

    [Fact]
    public void Bad_arrays_are_bad_data_told_in_one_line()
    {
        byte[] cut = File.ReadAllBytes(_x)[..1000];
        File.WriteAllBytes(_folder["cut.npy"], cut);
        File.WriteAllBytes(_folder["objects.npy"], NpyWriter.Array("{'descr': '|O', 'fortran_order': False, 'shape': (2, 1), }", new byte[16]));
        NpyWriter.Save(_folder["short.npy"], new byte[7]);
        foreach (string[] data in (string[][])[[_folder["cut.npy"], "--labels", _y], [_folder["objects.npy"], "--labels", _y], [_x, "--labels", _folder["short.npy"]]])
        {
            var result = CommandResult.Of(["train", .. data, "-o", _folder["none.json"]]);
            Assert.Equal((5, ""), (result.Code, result.Out));
            Assert.Single(result.Error.TrimEnd().Split('\n'));
            Assert.False(File.Exists(_folder["none.json"]));
        }
    }

    [Fact]
    public void The_labels_are_not_overwritten() =>
        Assert.Equal(2, CommandResult.Of("train", _x, "--labels", _y, "-o", _y).Code);

    private CommandResult Train(params string[] arguments)
    {
        var result = CommandResult.Of(
            ["train", .. arguments, "--l2", $"{_golden.L2:r}", "--device", "cpu", "--quiet", "--json", "-", "-o", _folder["m.json"]]);
        Assert.True(result.Code == 0, result.Error);
        return result;
    }
}
