using System.Text;
using GpuPerceptron.Models;
using GpuPerceptron.Solvers;
using Xunit;

namespace GpuPerceptron.Tests.Models;

public sealed class ModelFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gpuperceptron-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_number_and_name_round_trips_exactly()
    {
        var model = Example();
        ModelFile.Save(model, PathOf("model.json"));
        var read = ModelFile.Load(PathOf("model.json"));

        Assert.Equal(model.Weights, read.Weights);
        Assert.Equal(model.Bias, read.Bias);
        Assert.Equal(model.WeightsHash, read.WeightsHash);
        Assert.Equal(model.Training, read.Training);
        Assert.Equal(model.Schema.Label, read.Schema.Label);
        Assert.Equal(model.Schema.Features, read.Schema.Features);
        Assert.Equal(
            model.Schema.Columns.Select(column => (column.Name, column.Kind, column.Missing, column.Reference)),
            read.Schema.Columns.Select(column => (column.Name, column.Kind, column.Missing, column.Reference)));

        ModelFile.Save(read, PathOf("again.json"));
        Assert.Equal(File.ReadAllBytes(PathOf("model.json")), File.ReadAllBytes(PathOf("again.json")));
    }

    [Fact]
    public void A_model_of_features_encoded_for_training_is_kept_in_the_tables_units()
    {
        var example = Example();
        var year = new ColumnSchema("year", ColumnKind.Number, 0, [new FeatureSchema("year", 2000, 10)]);
        var model = new PerceptronModel(
            new Schema(example.Schema.Label, [year], Standardized: false) { Centered = true, Scaled = true }, [0.5], 0.25, example.Training);
        ModelFile.Save(model, PathOf("model.json"));
        var read = ModelFile.Load(PathOf("model.json"));
        Assert.Equal((0.05, 0.25 - 100), (read.Weights[0], read.Bias));
        Assert.False(read.Schema.Standardized || read.Schema.Centered || read.Schema.Scaled);
        Assert.Equal(model.Probability([1990]), read.Probability([1990]), 1e-12);
    }

    [Fact]
    public void A_model_of_many_features_is_not_written_to_memory_first()
    {
        const int Features = 500_000; // some 40 MB of text
        var column = new ColumnSchema("features", ColumnKind.Sparse, Missing: 0, new SparseFeatures(
            [.. Enumerable.Range(0, Features)], [.. Enumerable.Range(1, Features).Select(j => Math.Sqrt(j))], firstIndex: 0));
        var example = Example();
        var model = new PerceptronModel(
            new Schema(example.Schema.Label, [column], Standardized: true), [.. Enumerable.Range(1, Features).Select(j => 1.0 / j)], 0, example.Training);
        long before = GC.GetAllocatedBytesForCurrentThread();
        ModelFile.Save(model, PathOf("large.json"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 40_000_000);
        Assert.Equal(model.WeightsHash, ModelFile.Load(PathOf("large.json")).WeightsHash);
    }

    [Theory]
    [InlineData("", "is not a model file")]
    [InlineData("weights: 1, 2", "is not a model file;")]
    [InlineData("{ weights: 1, 2 }", "is not a model file (line 1)")]
    [InlineData("[1, 2]", "is not a model file")]
    [InlineData("""{"format": "gpuperceptron-model", "version": 1}""", "is not a model file")]
    [InlineData("""{"format": "other", "version": 1}""", "is not a model file")]
    [InlineData("""{"format": "gpuperceptron-model", "version": 999, "anything": 1}""", "version 999")]
    public void What_is_not_a_model_of_this_version_is_refused_in_one_line(string content, string says)
    {
        File.WriteAllText(PathOf("bad.json"), content);
        var failure = Assert.Throws<PerceptronException>(() => ModelFile.Load(PathOf("bad.json")));
        Assert.Equal(Fault.Data, failure.Fault);
        Assert.Contains(says, failure.Message);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Theory]
    [InlineData("\"standard_deviation\": 3.141592653589793", "\"standard_deviation\": -1", "standard deviation -1")]
    [InlineData("\"standard_deviation\": 3.141592653589793", "\"standard_deviation\": 0", "standard deviation 0")]
    [InlineData("\"bias\": -0", "\"bias\": 1e400", "not finite")]
    [InlineData("\"negative\": \"no\"", "\"negative\": \"ja, natürlich\"", "both labels")]
    [InlineData("\"name\": \"city\"", "\"name\": \"age\"", "\"age\" is there twice")]
    [InlineData("\"column\": \"label\"", "\"column\": \"age\"", "label and a feature too")]
    [InlineData("\"level\": \"Bonn\"", "\"level\": \"Köln\"", "has a level twice")]
    [InlineData("\"kind\": \"category\"", "\"kind\": \"number\"", "2 features; its kind has one")]
    public void A_model_edited_into_nonsense_is_refused_by_what_is_wrong_in_it(string was, string becomes, string says)
    {
        ModelFile.Save(Example(labelColumn: "label"), PathOf("edited.json"));
        string text = System.Text.RegularExpressions.Regex.Unescape(File.ReadAllText(PathOf("edited.json")));
        Assert.Contains(was, text);
        File.WriteAllText(PathOf("edited.json"), text.Replace(was, becomes));
        var failure = Assert.Throws<PerceptronException>(() => ModelFile.Load(PathOf("edited.json")));
        Assert.Equal(Fault.Data, failure.Fault);
        Assert.Contains(says, failure.Message);
    }

    [Fact]
    public void A_folder_or_an_endless_file_is_no_model()
    {
        Assert.Contains("is a folder", Assert.Throws<PerceptronException>(() => ModelFile.Load(_folder)).Message);
        Assert.Contains("no model file", Assert.Throws<PerceptronException>(() => ModelFile.Load("")).Message);
        if (OperatingSystem.IsLinux())
            Assert.Contains("not a model file", Assert.Throws<PerceptronException>(() => ModelFile.Load("/dev/zero")).Message);
    }

    [Fact]
    public void A_link_stays_a_link_and_the_file_behind_it_is_replaced()
    {
        File.WriteAllText(PathOf("real.json"), "old");
        File.CreateSymbolicLink(PathOf("link.json"), PathOf("real.json"));
        AtomicFile.Write(PathOf("link.json"), stream => stream.Write("new"u8));
        Assert.NotNull(new FileInfo(PathOf("link.json")).LinkTarget);
        Assert.Equal("new", File.ReadAllText(PathOf("real.json")));

        // The file behind it is to come.
        File.CreateSymbolicLink(PathOf("early.json"), PathOf("later.json"));
        AtomicFile.Write(PathOf("early.json"), stream => stream.Write("first"u8));
        Assert.Equal("first", File.ReadAllText(PathOf("later.json")));

        // A link in a linked folder: ".." is the parent of the folder itself.
        Directory.CreateDirectory(PathOf("hub/models"));
        Directory.CreateDirectory(PathOf("hub/files"));
        File.WriteAllText(PathOf("hub/files/model.json"), "old");
        File.CreateSymbolicLink(PathOf("hub/models/model.json"), "../files/model.json");
        Directory.CreateSymbolicLink(PathOf("models"), "hub/models");
        AtomicFile.Write(PathOf("models/model.json"), stream => stream.Write("new"u8));
        Assert.Equal("new", File.ReadAllText(PathOf("hub/files/model.json")));
        Assert.NotNull(new FileInfo(PathOf("hub/models/model.json")).LinkTarget);
    }

    [Fact]
    public void A_truncated_model_is_refused()
    {
        ModelFile.Save(Example(), PathOf("model.json"));
        byte[] whole = File.ReadAllBytes(PathOf("model.json"));
        for (int length = 0; length < whole.Length - 1; length += 97)
        {
            File.WriteAllBytes(PathOf("cut.json"), whole[..length]);
            Assert.Equal(Fault.Data, Assert.Throws<PerceptronException>(() => ModelFile.Load(PathOf("cut.json"))).Fault);
        }
    }

    [Fact]
    public void A_missing_model_is_named() =>
        Assert.Contains("no model file", Assert.Throws<PerceptronException>(() => ModelFile.Load(PathOf("none.json"))).Message);

    [Fact]
    public void A_write_that_fails_leaves_what_was_there_and_nothing_else()
    {
        File.WriteAllText(PathOf("kept.json"), "kept");
        Assert.Throws<FormatException>(() => AtomicFile.Write(PathOf("kept.json"), stream =>
        {
            stream.Write(Encoding.UTF8.GetBytes("half"));
            throw new FormatException("in the middle");
        }));
        Assert.Equal("kept", File.ReadAllText(PathOf("kept.json")));
        Assert.Equal(["kept.json"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_refused_beforehand_and_nothing_is_left()
    {
        string missing = Path.Combine(_folder, "no", "such", "folder", "model.json");
        var failure = Assert.Throws<PerceptronException>(() => AtomicFile.EnsureWritable(missing));
        Assert.Equal(Fault.Options, failure.Fault);
        Assert.Contains(missing, failure.Message);
        Assert.Throws<PerceptronException>(() => AtomicFile.EnsureWritable(_folder));
        AtomicFile.EnsureWritable(PathOf("model.json"));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private static PerceptronModel Example(string labelColumn = "label \"quoted\"") => new(
        new Schema(
            new LabelSchema(labelColumn, "no", "ja, natürlich"),
            [
                new ColumnSchema("age", ColumnKind.Number, 3, [new FeatureSchema("age", 1.0 / 3, Math.PI)]),
                new ColumnSchema("city", ColumnKind.Category, 0,
                    [
                        new FeatureSchema("city=Bonn", 0.25, 0.4330127018922193, Level: "Bonn"),
                        new FeatureSchema("city=(other)", 1e-300, 5e-324, IsOther: true),
                    ],
                    Reference: "Köln"),
            ],
            Standardized: true),
        weights: [0.1 + 0.2, -1e-17, double.MaxValue],
        bias: -0.0,
        new TrainingRecord
        {
            Samples = 10,
            Features = 3,
            Positives = 4,
            Solver = "gd",
            Device = "cpu",
            L2 = 0.001,
            Tolerance = 1e-6,
            Seed = ulong.MaxValue,
            LearningRate = 1 / 3.0,
            LipschitzBound = 3,
            Epochs = 12,
            Passes = 20,
            MeanLogLoss = 0.5,
            Objective = 0.6,
            GradientNorm = 1e-7,
            StopReason = StopReason.EpochLimit,
        });
}
