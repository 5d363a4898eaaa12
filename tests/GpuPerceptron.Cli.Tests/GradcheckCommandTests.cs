using System.Globalization;
using System.Text.Json;
using Xunit;

namespace GpuPerceptron.Cli.Tests;

public sealed class GradcheckCommandTests : IDisposable
{
    private static readonly string[] Rows = [.. File.ReadAllLines(Samples.Pima).Skip(1).Where(line => line.Length > 0)];
    private static readonly double[] Weights = [0.05, -0.01, 0.007, 0.013, -0.002, 0.016, 0.4, 0.012, -0.35];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_engine_is_compared_and_the_missing_ones_have_a_reason()
    {
        var result = CommandResult.Of("gradcheck", Samples.Pima, "--label", "label", "--json", "-");
        Assert.Equal(0, result.Code);
        Assert.Equal(["engines", "skipped", "verdict", "gradient", "findings"], result.Json.EnumerateObject().Select(property => property.Name));
        Assert.Equal("right", result.Json.GetProperty("verdict").GetString());
        var engines = result.Json.GetProperty("engines").EnumerateArray().ToDictionary(engine => engine.GetProperty("device").GetString()!);
        Assert.Superset(new HashSet<string> { "cpu", "emulator" }, engines.Keys.ToHashSet());
        Assert.All(engines.Values, engine => Assert.InRange(engine.GetProperty("max_relative_error").GetDouble(), 1e-12, 1e-5));
        Assert.All(result.Json.GetProperty("skipped").EnumerateArray(), engine => Assert.NotEmpty(engine.GetProperty("reason").GetString()!));
    }

    [Fact]
    public void One_engine_can_be_asked_for_and_the_screen_names_its_worst_coordinate()
    {
        var result = CommandResult.Of("gradcheck", Samples.Pima, "--label", "label", "--device", "cpu", "--l2", "0.1");
        Assert.Equal(0, result.Code);
        string line = Assert.Single(result.Lines, line => line.StartsWith("cpu ", StringComparison.Ordinal));
        Assert.Matches(@"^cpu +768 +\S+ +\d\S*e-\d+$", line);
        Assert.DoesNotContain("emulator", result.Out, StringComparison.Ordinal);
        Assert.Contains("every engine's gradient is right", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_it_wrote_a_right_gradient_and_a_wrong_one()
    {
        var written = CommandResult.Of("gradcheck", Samples.Pima, "--label", "label", "--write-weights", _folder["w.txt"]);
        Assert.Equal(0, written.Code);
        Assert.Contains("pregnant, glucose, ", written.Out, StringComparison.Ordinal);
        double[] w = [.. File.ReadAllLines(_folder["w.txt"]).Select(line => double.Parse(line, CultureInfo.InvariantCulture))];
        Assert.Equal(9, w.Length);

        var right = Judge(Lines(Gradient(w)), "--weights", _folder["w.txt"]);
        Assert.Equal((0, ""), (right.Code, right.Error));
        Assert.Equal(("right", "raw"), (Verdict(right), right.Json.GetProperty("gradient").GetProperty("units").GetString()));
        Assert.Empty(Codes(right));

        var wrong = Judge(Lines([.. Gradient(w).Select(value => -value)]), "--weights", _folder["w.txt"]);
        Assert.Equal(5, wrong.Code);
        Assert.Equal("wrong", Verdict(wrong));
        Assert.Equal(["wrong_sign"], Codes(wrong));
        string error = Assert.Single(wrong.Error.TrimEnd('\n').Split('\n'));
        Assert.Contains("g.txt: the gradient is wrong: wrong_sign: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_person_sees_the_mistake_the_mend_and_the_coordinates()
    {
        _folder.Write("g.txt", Lines([.. Gradient(Weights).Select(value => 768 * value)]));
        _folder.Write("w.txt", Lines(Weights));
        var result = CommandResult.Of("gradcheck", Samples.Pima, "--label", "label", "--gradient", _folder["g.txt"], "--weights", _folder["w.txt"]);
        Assert.Equal(5, result.Code);
        Assert.Contains("mistake       not_averaged: it is the sum over the samples", result.Out, StringComparison.Ordinal);
        Assert.Contains("mend          divide by the number of samples N", result.Out, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^glucose +\S+ +\S+ +768$", result.Out);
    }

    public static TheoryData<string, string[]> Formats()
    {
        string[] words = [.. Gradient(Weights).Select(value => value.ToString("R", CultureInfo.InvariantCulture))];
        string[] names = [.. File.ReadLines(Samples.Pima).First().Split(',').Skip(1)];
        return new()
        {
            { "a line each", words },
            { "commas", [string.Join(", ", words)] },
            { "spaces", [string.Join(' ', words[..4]), string.Join("   ", words[4..])] },
            { "JSON", ["[", string.Join(",\n", words), "]"] },
            { "JSON in JSON", [$"[[{string.Join("],[", words)}]]"] },
            { "as numpy prints", [$"[ {string.Join("  ", words)} ]"] },
            { "a heading", ["gradient", .. words] },
            { "names before them", ["feature,gradient", .. names.Append("bias").Zip(words, (name, word) => $"{name},{word}")] },
            { "named, in another order", [.. names.Append("(bias)").Zip(words, (name, word) => $"\"{name}\" {word}").Reverse()] },
            { "a row below its names", [$"{string.Join(',', names)},bias", string.Join(',', words)] },
            { "a row below its names, in another order", [$"(bias);{string.Join(';', names.Reverse())}", string.Join(';', words.Reverse())] },
            { "names and numbers with spaces between", [string.Join(' ', names.Append("bias").Reverse()), string.Join(' ', words.Reverse())] },
            { "a title", ["my gradient", .. words] },
            { "a title with a comma", ["gradient, mine", .. words] },
            { "as PyTorch prints", [$"tensor([{string.Join(", ", words[..4])},", $"        {string.Join(", ", words[4..])}], device='cuda:0', dtype=torch.float64)"] },
            { "as PyTorch prints a product", [$"tensor([[{string.Join(", ", words)}]], grad_fn=<MulBackward0>)"] },
            { "as NumPy's repr", [$"array([{string.Join(", ", words)}], dtype=float64)"] },
            { "as NumPy's scalars", [$"[{string.Join(", ", words.Select(word => $"np.float64({word})"))}]"] },
            { "rounded", [.. words.Select(word => double.Parse(word, CultureInfo.InvariantCulture).ToString("e4", CultureInfo.InvariantCulture))] },
        };
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Numbers_are_read_however_they_stand_in_the_file(string format, string[] lines)
    {
        _folder.Write("w.txt", Lines(Weights));
        var result = Judge(lines, "--weights", _folder["w.txt"]);
        Assert.True(result.Code == 0, $"{format}: {result.Error}");
        Assert.Equal(9, result.Json.GetProperty("gradient").GetProperty("coordinates").GetArrayLength());
    }

    [Fact]
    public void A_model_can_stand_for_the_weights_in_whichever_units_it_was_trained()
    {
        foreach (string standardize in (string[])["true", "false"])
        {
            Samples.TrainPima(_folder["m.json"], "--epochs", "40", "--standardize", standardize);
            var json = CommandResult.Of("inspect", _folder["m.json"], "--json", "-").Json;
            double[] raw = [.. json.GetProperty("weights").EnumerateArray().Append(json.GetProperty("bias")).Select(weight => weight.GetProperty("raw").GetDouble())];
            var result = Judge(Lines(Gradient(raw)), "--weights", _folder["m.json"]);
            Assert.True(result.Code == 0, result.Error);
            Assert.Equal("raw", result.Json.GetProperty("gradient").GetProperty("units").GetString());
            Assert.Equal(0, CommandResult.Of("gradcheck", Samples.Pima, "--label", "label", "--device", "cpu", "--weights", _folder["m.json"]).Code);
        }
    }

    [Fact]
    public void Units_that_were_asked_for_are_held_to()
    {
        _folder.Write("w.txt", Lines(Weights));
        var result = Judge(Lines(Gradient(Weights)), "--weights", _folder["w.txt"], "--standardize", "true");
        Assert.Equal(5, result.Code);
        Assert.Equal(["features_not_standardized"], Codes(result));
    }

    [Fact]
    public void A_NaN_is_a_finding_and_no_number_in_json()
    {
        double[] gradient = Gradient(new double[9]);
        var result = Judge([.. Lines(gradient[..3]), "nan", .. Lines(gradient[4..])]);
        Assert.Equal(5, result.Code);
        Assert.Equal(["not_finite"], Codes(result));
        Assert.Equal(JsonValueKind.Null, result.Json.GetProperty("gradient").GetProperty("coordinates")[3].GetProperty("given").ValueKind);
    }

    [Theory]
    [InlineData(5, "g.txt has 2 values; there must be 9 (pregnant, glucose, pressure, triceps, insulin, mass, pedigree, age, bias)", "1", "2")]
    [InlineData(5, "g.txt, line 2: 'abc' is not a number", "1", "abc")]
    [InlineData(5, "g.txt, line 1: '1x2' is not a number", "1x2", "3")]
    [InlineData(5, "g.txt holds no number; write a value for each feature", "gradient")]
    [InlineData(5, "'foo' is no feature of the table", "foo,foo,foo", "1,2,3")]
    [InlineData(5, "its heading names 3 columns, and there are 2 numbers", "mass,age,bias", "1,2")]
    [InlineData(5, "'weight' is no feature of the table", "weight,1", "bias,2")]
    [InlineData(5, "there is no value for the feature pregnant", "glucose,1", "bias,2")]
    [InlineData(5, "'mass' is there twice", "mass,1", "mass,2")]
    [InlineData(5, "some numbers have a name", "mass,1", "2")]
    public void Says_what_is_wrong_with_a_file(int code, string words, params string[] lines)
    {
        var result = Judge(lines);
        Assert.Equal((code, ""), (result.Code, result.Out));
        Assert.Contains(words, Assert.Single(result.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, "there is no such file", "--gradient", "missing.txt")]
    [InlineData(5, "there is no such file", "--weights", "missing.txt")]
    [InlineData(5, "is a folder", "--gradient", "/")]
    [InlineData(2, "the l2 penalty is -1", "--l2", "-1")]
    [InlineData(2, "only writes weights", "--write-weights", "w.txt", "--gradient", "g.txt")]
    [InlineData(2, "cannot write", "--write-weights", "/no/such/folder/w.txt")]
    [InlineData(2, "would be overwritten", "--write-weights", "{pima}")]
    [InlineData(6, "cuda:7", "--device", "cuda:7")]
    public void Says_what_is_wrong_with_an_option(int code, string words, params string[] options)
    {
        var result = CommandResult.Of(["gradcheck", Samples.Pima, "--label", "label", "--quiet", .. options.Select(option => option == "{pima}" ? Samples.Pima : option)]);
        Assert.Equal((code, ""), (result.Code, result.Out));
        Assert.Contains(words, Assert.Single(result.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public void A_column_that_was_left_out_is_named_where_the_length_does_not_fit()
    {
        string table = _folder.Write("t.csv", "x,same,y", "1,7,a", "2,7,b", "3,7,a", "4,7,b");
        _folder.Write("g.txt", "1", "2", "3", "4");
        var result = CommandResult.Of("gradcheck", table, "--label", "y", "--gradient", _folder["g.txt"], "--quiet");
        Assert.Equal(5, result.Code);
        Assert.Contains("left out, because all training samples have the same value or none: same", result.Error, StringComparison.Ordinal);
    }

    /// <summary>The right gradient on pima's raw values, in float64 and by its formula.</summary>
    private static double[] Gradient(double[] w)
    {
        double[] sum = new double[9];
        foreach (string row in Rows)
        {
            double[] values = [.. row.Split(',').Select(word => double.Parse(word, CultureInfo.InvariantCulture))];
            double logit = w[8];
            for (int j = 0; j < 8; j++)
                logit += w[j] * values[j + 1];
            double residual = 1 / (1 + Math.Exp(-logit)) - values[0];
            for (int j = 0; j < 8; j++)
                sum[j] += residual * values[j + 1] / Rows.Length;
            sum[8] += residual / Rows.Length;
        }

        return sum;
    }

    private CommandResult Judge(string[] lines, params string[] options) => CommandResult.Of(
        ["gradcheck", Samples.Pima, "--label", "label", "--gradient", _folder.Write("g.txt", lines), "--json", "-", "--quiet", .. options]);

    private static string[] Lines(double[] values) => [.. values.Select(value => value.ToString("R", CultureInfo.InvariantCulture))];

    private static string? Verdict(CommandResult result) => result.Json.GetProperty("verdict").GetString();

    private static IEnumerable<string?> Codes(CommandResult result) =>
        result.Json.GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("code").GetString());
}
