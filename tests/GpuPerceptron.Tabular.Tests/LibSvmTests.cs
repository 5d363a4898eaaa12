using GpuPerceptron.Data;

namespace GpuPerceptron.Tabular.Tests;

public sealed class LibSvmTests : TemporaryTables
{
    [Fact]
    public void Lines_become_sparse_samples()
    {
        using var table = Read(
            "+1 3:0.5 10:-2e1 # a comment: 1:1",
            "",
            "# nothing but a comment",
            "-1 qid:7 10:1.25\t12:0\r",
            "1",
            "-1 3:+.5 12:1");
        var data = table.Training;
        Assert.True(data.IsSparse);
        Assert.Equal((4L, 3, 2L, 5L), (data.Samples, data.Features, data.Positives, data.NonZeros));
        Assert.Equal([3, 10, 12], table.Schema.Sparse!.Indices.ToArray()); // by falling frequency, then by index
        Assert.Equal(("-1", "1"), (table.Schema.Label.Negative, table.Schema.Label.Positive));
        Assert.Equal([1, 0, 1, 0], Labels(data)); // the third line's, the second's, the first's, the last's
        Assert.Equal([[], [(10, 1.25f)], [(3, 0.5f), (10, -20f)], [(3, 0.5f), (12, 1f)]], Values(data,
            table.Schema.Sparse.Indices.ToArray())); // the shortest first
        Assert.Contains(table.Notes, note => note.Contains("begin at 1"));
    }

    /// <summary>Where each feature has one value alone, as many are to be expected in as many rows more.</summary>
    [Theory]
    [InlineData(2000, 3000, 1.0, 3000), InlineData(2000, 3000, 1.03, 3000), InlineData(2000, 3000, 10, 300), InlineData(2000, 18, 10, 18)]
    [InlineData(2000, 3000, 1000, 40), InlineData(1000, 3000, 10, 3000)]
    public void As_many_features_in_proportion_stand_for_all_of_them_where_few_rows_were_read(int rows, int features, double part, int expected)
    {
        var source = Table("head.svm", [.. Enumerable.Range(0, rows).Select(i => $"{i % 2} {string.Join(' ', Enumerable.Range(0, 3)
            .Select(k => (3 * i + k) % features + 1).Order().Select(index => $"{index}:{1 + i % 7}"))}")]);
        using var estimate = TableReader.Estimate(source, Raw());
        Assert.Equal(features, estimate.Head.Training.Features);
        Assert.Equal(expected, (estimate with { Rows = (long)(part * estimate.HeadRows) }).HeadFeatures);
    }

    [Fact]
    public void Neither_empty_lines_nor_indices_that_a_model_does_not_know_take_memory()
    {
        using var table = Read(["1 1:1 2:1", .. Enumerable.Repeat("", 10_000), "0 2:3"]);
        var rows = table.Training.Blocks[0].Sparse!;
        Assert.False(rows.HasRoomFor(3, 0));
        string line = string.Join(' ', Enumerable.Range(2, 1000).Select(index => $"{index}:1"));
        using var known = TableReader.ReadLabelled(File("known.svm", $"1 {line}", $"0 1:2 {line}"), table.Schema);
        Assert.Equal(3, known.NonZeros);
        Assert.InRange(known.Blocks[0].Sparse!.Capacity, 3, 4);
    }

    [Fact]
    public void What_many_features_take_beyond_a_budget_is_said()
    {
        const int RowIndices = 1000;
        var source = File("many.svm", [.. Enumerable.Range(0, 700).Select(row =>
            $"{row % 2} {string.Join(' ', Enumerable.Range(1 + row * RowIndices, RowIndices).Select(index => $"{index}:1"))}")]);
        Assert.Contains(NotesWith(256_000_000), note => note.Contains("more than the 256 MB that it may", StringComparison.Ordinal));
        Assert.DoesNotContain(NotesWith(300_000_000), note => note.Contains("more than the", StringComparison.Ordinal));

        IReadOnlyList<string> NotesWith(long bytes)
        {
            using var table = TableReader.ReadTraining(
                source, new TableOptions { Label = "label", Reading = new ReadOptions { Memory = new MemoryBudget(bytes) } });
            return table.Notes;
        }
    }

    [Theory]
    [InlineData("0 0:1 1:2", "begin at 0")]
    [InlineData("0 1:2", "begin at 1")]
    public void The_first_index_is_found_out_and_said(string line, string says)
    {
        using var table = Read("1 1:1 2:1", line);
        Assert.Contains(table.Notes, note => note.Contains(says));
    }

    [Theory]
    [InlineData("0", "1", "0", "1"), InlineData("-1", "+1", "-1", "1"), InlineData("1", "2", "1", "2"), InlineData("2.0", "1",
        "1", "2")]
    public void The_greater_label_is_positive(string first, string second, string negative, string positive)
    {
        using var table = Read($"{first} 1:1", $"{second} 2:1", $"{second} 2:2");
        Assert.Equal((negative, positive), (table.Schema.Label.Negative, table.Schema.Label.Positive));
        float one = table.Schema.Label.Positive == first.Split('.')[0] ? 1 : 0;
        Assert.Equal([one, 1 - one, 1 - one], Labels(table.Training));
        using var other = TableReader.ReadTraining(File("again.svm", $"{first} 1:1", $"{second} 2:1"),
            Raw() with { Positive = negative });
        Assert.Equal(negative, other.Schema.Label.Positive);
    }

    [Theory]
    [InlineData("1 2:1 2:3", "line 3: index 2 is there twice")]
    [InlineData("1 5:1 2:3", "line 3: index 2 comes after 5; sort")]
    [InlineData("1 200000000:1", "is greater than 134,217,728")]
    [InlineData("1 99999999999999999999:1", "is greater than 134,217,728")]
    [InlineData("1 3:nan", "index 3 has the value nan, which is not finite")]
    [InlineData("1 3:-Inf", "index 3 has the value -Inf, which is not finite")]
    [InlineData("1 3:1e39", "index 3 has the value 1e39, which is not finite in float32")]
    [InlineData("1 3:x", "index 3 has the value \"x\", which is no number")]
    [InlineData("1 3:", "index 3 has the value \"\", which is no number")]
    [InlineData("1 3:1.2.3", "index 3 has the value \"1.2.3\"")]
    [InlineData("1 three:1", "\"three:1\" is no pair")]
    [InlineData("1 -3:1", "\"-3:1\" is no pair")]
    [InlineData("1 3", "\"3\" is no pair")]
    [InlineData("1,3:1", "the label \"1,3:1\" is no number", "there is no label before 1,3:1")]
    [InlineData("3:1", "there is no label before 3:1")]
    [InlineData("yes 3:1", "the label \"yes\" is no number")]
    [InlineData("2 3:1", "the label 2 is a third one, beside 1 and 0")]
    public void A_bad_line_is_named(string line, string says, string? orElse = null)
    {
        string message = Fails(File("bad.svm", "1 1:1", "0 2:1", line, "0 1:1"));
        Assert.Contains("bad.svm, line 3: ", message);
        Assert.Contains(orElse ?? says, message);
    }

    [Fact]
    public void The_first_bad_line_is_named_however_many_threads_read()
    {
        // Some 12 MB: three chunks.
        string[] lines = [.. Enumerable.Range(0, 400_000).Select(i => $"{i % 2} {1 + i % 5}:0.5 {7 + i % 3}:1.25 {100 + i}:3")];
        lines[150_000] = "1 9:2 9:3";
        lines[390_000] = "1 bad";
        foreach (int threads in (int[])[1, 2, 3])
            Assert.Contains("line 150001: index 9 is there twice", Fails(File("long.svm", lines),
                Raw() with { Reading = new() { Threads = threads } }));
    }

    [Fact]
    public void Threads_and_compression_make_no_difference()
    {
        string[] lines = [.. Enumerable.Range(0, 100_000).Select(i => $"{(i % 3 == 0 ? 1 : -1)} {1 + i % 50}:{i % 7}.5 "
            + $"{60 + i % 1000}:{i % 11 - 5.25}")];
        using var one = TableReader.ReadTraining(File("a.svm", lines), Raw() with { Reading = new() { Threads = 1 } });
        using var two = TableReader.ReadTraining(
            Compressed("b.svm.gz", string.Join('\n', lines)), Raw() with { Reading = new() { Threads = 2 } });
        Assert.Equal(one.Schema.Sparse!.Indices.ToArray(), two.Schema.Sparse!.Indices.ToArray());
        Assert.Equal(one.Schema.Sparse.Scales.ToArray(), two.Schema.Sparse.Scales.ToArray());
        Assert.Equal(Labels(one.Training), Labels(two.Training));
        Assert.Equal(Values(one.Training).SelectMany(row => row), Values(two.Training).SelectMany(row => row));
    }

    [Fact]
    public void A_long_line_is_one_line()
    {
        string wide = string.Join(' ', Enumerable.Range(1, 600_000).Select(i => $"{i}:{i % 9 + 1}")); // more than a chunk
        using var table = Read($"1 {wide}", "0 3:1", $"0 {wide}");
        Assert.Equal((3L, 600_000), (table.Training.Samples, table.Training.Features));
    }

    [Fact]
    public void A_byte_order_mark_is_passed_over()
    {
        using var table = Read("\uFEFF1 1:2 3:1", "0 2:1", "1 1:1");
        Assert.Equal((3L, 2L), (table.Training.Samples, table.Training.Positives));
    }

    [Fact]
    public void A_compressed_file_that_was_cut_short_is_an_error()
    {
        string text = string.Join('\n', Enumerable.Range(0, 20_000).Select(i => $"{i % 2} {1 + i % 50}:{i % 7}.5"));
        Compressed("whole.svm.gz", text);
        byte[] bytes = System.IO.File.ReadAllBytes(PathOf("whole.svm.gz"));
        System.IO.File.WriteAllBytes(PathOf("cut.svm.gz"), bytes[..(bytes.Length / 2)]);
        Assert.Contains("ends early or is damaged", Fails(TableSource.File(PathOf("cut.svm.gz"))));
        System.IO.File.WriteAllText(PathOf("plain.svm.gz"), text);
        Assert.Contains("not compressed by gzip, although its name ends in .gz", Fails(TableSource.File(PathOf("plain.svm.gz"))));
    }

    [Fact]
    public void Values_are_divided_by_the_root_of_their_mean_square_and_nothing_is_taken_from_them()
    {
        using var table = TableReader.ReadTraining(
            File("s.svm", "1 1:3", "0 2:1", "0 1:4", "1 2:-7 3:5"), Raw() with { Standardize = true });
        Assert.Equal([1, 2, 3], table.Schema.Sparse!.Indices.ToArray());
        Assert.Equal([2.5, Math.Sqrt(50.0 / 4), 2.5], table.Schema.Sparse.Scales.ToArray());
        Assert.Equal((1, 1.2f), Values(table.Training, [1, 2, 3])[0][0]);
        Assert.All(table.Schema.Features, feature => Assert.Equal(0, feature.Mean));
    }

    [Fact]
    public void An_index_of_one_value_in_all_samples_is_left_out()
    {
        using var table = Read("1 1:1 2:3", "0 1:1 3:4", "0 1:1");
        Assert.Equal([2, 3], table.Schema.Sparse!.Indices.ToArray());
        Assert.Contains(table.Notes, note => note.StartsWith("1 index has the same value"));
        Assert.Contains("nothing to learn from", Fails(File("constant.svm", "1 1:1", "0 1:1")));
        Assert.Contains("nothing to learn from", Fails(File("empty-rows.svm", "1", "0 2:0")));
    }

    [Fact]
    public void Samples_are_set_aside_and_only_training_says_which_indices_there_are()
    {
        string[] lines = [.. Enumerable.Range(0, 1000).Select(i => $"{i % 2} {1 + i % 5}:{1 + i % 3} {1000 + i}:1")];
        using var table = TableReader.ReadTraining(File("split.svm", lines), Raw() with { ValidationFraction = 0.2 });
        Assert.InRange(table.Validation!.Samples, 150, 250);
        Assert.Equal(1000, table.Training.Samples + table.Validation.Samples);
        Assert.Equal(table.Training.Samples + 5, table.Schema.FeatureCount);
        Assert.Equal(table.Validation.Samples, table.Validation.NonZeros); // the other index of each was in none of training
    }

    [Fact]
    public void Other_files_are_read_as_the_model_has_them()
    {
        using var table = TableReader.ReadTraining(File("s.svm", "1 1:3", "0 2:1", "0 1:4", "1 2:-7 3:5"),
            Raw() with { Standardize = true });
        using var read = TableReader.ReadLabelled(File("t.svm", "0 1:2.5 9:1", "1 99999:1"), table.Schema);
        Assert.Equal([0, 1], Labels(read));
        Assert.Equal([[(1, 1f)], []], Values(read, [1, 2, 3]));

        var streamed = new List<(int, float)[]>();
        long samples = TableReader.Stream(File("u.svm", "2:1", "7 1:5 2:0", "what 3:1"), table.Schema, block =>
            streamed.AddRange(Enumerable.Range(0, block.Rows).Select(row => Row(block, row, [1, 2, 3]))));
        Assert.Equal(3, samples);
        Assert.Equal([(1, 2f)], streamed[1]);
        Assert.Equal(3, streamed[2][0].Item1);

        Assert.Contains("line 2: the label is 5, but the model tells 1 from 0",
            Fails(Fault.Data, () => TableReader.ReadLabelled(File("v.svm", "0 1:1", "5 1:1"), table.Schema)));
        Assert.Contains("there is an index 0",
            Fails(Fault.Data, () => TableReader.ReadLabelled(File("w.svm", "0 0:1 1:1"), table.Schema)));
        Assert.Contains("trained on a LIBSVM file", Fails(Fault.Data, () => TableReader.ReadLabelled(Csv("a,label", "1,0"),
            table.Schema)));
        using var csv = TableReader.ReadTraining(Csv("a,label", "1,0", "2,1"), Raw());
        Assert.Contains("trained on a table with named columns",
            Fails(Fault.Data, () => TableReader.ReadLabelled(File("x.svm", "0 1:1"), csv.Schema)));
    }

    [Fact]
    public void Several_files_are_one()
    {
        File("p-1.svm", "1 1:3", "0 2:1");
        File("p-2.svm", "0 1:4", "1 2:-7 3:5");
        using var table = TableReader.ReadTraining(TableSource.File(PathOf("p-*.svm")), Raw());
        Assert.Equal([1, 0, 0, 1], Labels(table.Training));
        File("p-3.svm", "0 1:4", "0 x");
        Assert.Contains("p-3.svm, line 2", Fails(TableSource.File(PathOf("p-*.svm"))));
    }

    [Theory]
    [InlineData("no lines with samples", "")]
    [InlineData("no lines with samples", "# only this")]
    [InlineData("all lines have the label 1", "1 2:3")]
    public void Too_little_is_an_error(string says, string line) => Assert.Contains(says, Fails(File("little.svm", line)));

    [Fact]
    public void Columns_have_no_names()
    {
        var source = File("s.svm", "1 1:3", "0 2:1");
        Assert.Contains("drop --features", Fails(source, Raw() with { Exclude = ["a"] }, Fault.Options));
        Assert.Contains("drop --weight", Fails(source, Raw() with { Reading = new() { WeightColumn = "w" } }, Fault.Options));
        Assert.Contains("whose labels are 1 and 0", Fails(source, Raw() with { Positive = "2" }, Fault.Options));
        Assert.Contains("there is no such file", Fails(TableSource.LibSvm(PathOf("none.txt"))));
    }

    private TrainingTable Read(params string[] lines) => TableReader.ReadTraining(File("data.svm", lines), Raw());

    private TableSource File(string name, params string[] lines) => Table(name, lines);

    private static (int Index, float Value)[][] Values(Dataset dataset, int[]? indices = null) =>
        [.. dataset.Blocks.SelectMany(block => Enumerable.Range(0, block.Rows).Select(row => Row(block, row, indices)))];

    private static (int Index, float Value)[] Row(SampleBlock block, int row, int[]? indices)
    {
        var (columns, values) = (block.Sparse!.ColumnsOf(row).ToArray(), block.Sparse.ValuesOf(row).ToArray());
        return [.. columns.Select(column => indices?[column] ?? column).Zip(values)];
    }
}
