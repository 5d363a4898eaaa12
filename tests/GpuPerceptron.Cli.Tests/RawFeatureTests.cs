using System.Globalization;
using System.Text.Json;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Cli.Tests;

/// <summary>Features as they are in the table, <c>--standardize false</c>, far from 0 and of unlike scales.</summary>
public sealed class RawFeatureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("newton", 0), InlineData("lbfgs", 0), InlineData("auto", 0), InlineData("newton", 0.01), InlineData("lbfgs", 0.01)]
    public void The_optimum_is_found_in_few_passes_however_far_from_0(string solver, double l2)
    {
        string table = Table(out double[][] features, out double[] labels);
        var (objective, parameters) = NaiveOptimum.Of(new NaiveObjective(features, labels, l2));
        var train = Train(table, "--solver", solver, "--l2", l2.ToString(CultureInfo.InvariantCulture), "--tolerance", "1e-7");
        Assert.Equal("converged", train.GetProperty("stop_reason").GetString());
        Assert.InRange(train.GetProperty("passes").GetInt32(), 1, 20);
        Assert.Equal(objective, train.GetProperty("objective").GetDouble(), 1e-8);

        var model = CommandResult.Of("inspect", _folder["m.json"], "--json", "-").Json;
        double[] weights = [.. model.GetProperty("weights").EnumerateArray().Select(weight => weight.GetProperty("raw").GetDouble())];
        Assert.All(weights.Zip(parameters), pair => Assert.Equal(pair.Second, pair.First, 1e-3 * Math.Abs(pair.Second) + 1e-6));
        Assert.Equal(parameters[^1], model.GetProperty("bias").GetProperty("raw").GetDouble(), 1e-3 * Math.Abs(parameters[^1]));
    }

    [Fact]
    public void The_model_is_of_the_tables_units_and_evaluates_as_it_trained()
    {
        string table = Table(out _, out _);
        var train = Train(table);
        using var model = JsonDocument.Parse(File.ReadAllText(_folder["m.json"]));
        Assert.False(model.RootElement.GetProperty("standardized").GetBoolean());
        var evaluation = CommandResult.Of("evaluate", _folder["m.json"], table, "--json", "-", "--quiet").Json;
        Assert.Equal(train.GetProperty("mean_log_loss").GetDouble(), evaluation.GetProperty("log_loss").GetDouble(), 1e-8);
    }

    [Theory]
    [InlineData("newton"), InlineData("lbfgs"), InlineData("newton", "--class-weight", "balanced"), InlineData("newton", "--weight", "weight")]
    public void Without_a_penalty_it_is_the_model_of_standardised_features(string solver, params string[] more)
    {
        var random = new Random(5);
        string table = _folder.Write("levels.csv", ["year,town,amount,weight,y", .. Enumerable.Range(0, 300).Select(i => string.Create(
            CultureInfo.InvariantCulture,
            $"{(i % 17 == 3 ? "" : 1990 + random.Next(30))},{"abc"[random.Next(3)]},{(i % 23 == 5 ? "NA" : random.Next(1000))},{1 + i % 4},{random.Next(2)}"))]);
        double[][] parameters = [.. ((string[])["true", "false"]).Select(standardize =>
        {
            Train(table, ["--solver", solver, "--tolerance", "1e-7", .. more, "--standardize", standardize]);
            var model = CommandResult.Of("inspect", _folder["m.json"], "--json", "-").Json;
            return model.GetProperty("weights").EnumerateArray().Append(model.GetProperty("bias")).Select(weight => weight.GetProperty("raw").GetDouble()).ToArray();
        })];
        Assert.All(parameters[0].Zip(parameters[1]), pair => Assert.Equal(pair.First, pair.Second, 1e-3 * Math.Abs(pair.First) + 1e-6));
    }

    [Theory]
    [InlineData("--l2", 1e-3), InlineData("--l2", 1e3), InlineData("--l1", 1e-3), InlineData("--l1", 1e3)]
    public void A_common_scale_costs_lbfgs_no_passes(string penalty, double scale)
    {
        Table(out double[][] features, out double[] labels);
        int Passes(double factor)
        {
            string table = _folder.Write("s.csv", ["a,b,y", .. features.Zip(labels, (x, y) => string.Create(
                CultureInfo.InvariantCulture, $"{factor * (x[0] - 2000) / 10},{factor * (x[1] - 290) / 8},{y}"))]);
            double value = penalty == "--l2" ? 0.01 * factor * factor : 0.01 * factor;
            return Train(table, "--solver", "lbfgs", penalty, value.ToString(CultureInfo.InvariantCulture)).GetProperty("passes").GetInt32();
        }

        Assert.InRange(Passes(scale), 1, Passes(1) + 5);
    }

    [Fact]
    public void No_remedy_is_proposed_that_changes_nothing()
    {
        var result = CommandResult.Of(
            "train", Table(out _, out _), "--label", "y", "--standardize", "false", "--tolerance", "1e-15", "-o", _folder["m.json"]);
        Assert.Equal(3, result.Code);
        Assert.Contains("use --tolerance", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("drop --standardize", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Its_curvature_is_that_of_the_tables_units()
    {
        string table = Table(out _, out _);
        double bound = Train(table).GetProperty("lipschitz_bound").GetDouble();
        var diagnosis = CommandResult.Of("diagnose", table, "--label", "y", "--standardize", "false", "--json", "-", "--quiet").Json;
        Assert.Equal(1, bound / diagnosis.GetProperty("lipschitz_raw").GetDouble(), 1e-3);
    }

    [Fact]
    public void A_model_of_raw_features_is_a_start_near_the_optimum()
    {
        string table = Table(out _, out _);
        Train(table, "--l2", "0.01");
        File.Move(_folder["m.json"], _folder["start.json"]);
        Assert.InRange(Train(table, "--l2", "0.01", "--start", _folder["start.json"]).GetProperty("epochs").GetInt32(), 0, 1);
    }

    [Fact]
    public void Validation_samples_are_encoded_as_the_training_ones()
    {
        string table = Table(out _, out _);
        var train = Train(table, "--validation", table);
        Assert.Equal(train.GetProperty("mean_log_loss").GetDouble(), train.GetProperty("validation").GetProperty("log_loss").GetDouble(), 1e-8);
    }

    private JsonElement Train(string table, params string[] more)
    {
        string[] raw = more.Contains("--standardize") ? [] : ["--standardize", "false"];
        var result = CommandResult.Of(["train", table, "--label", "y", "--device", "cpu", "--quiet", "--json", "-", "-o", _folder["m.json"], .. raw, .. more]);
        Assert.Equal(0, result.Code);
        return result.Json;
    }

    /// <summary>Years, kelvins, a skewed amount near 0, and whether it rains.</summary>
    private string Table(out double[][] features, out double[] labels)
    {
        var random = new Random(3);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        features = [.. Enumerable.Range(0, 400).Select(_ => (double[])[
            Math.Round(2000 + 10 * Normal()), Math.Round(290 + 8 * Normal(), 2), Math.Round(Math.Exp(2 * Normal()), 3), random.Next(2)])];
        labels = [.. features.Select(x =>
        {
            double logit = 0.08 * (x[0] - 2000) - 0.1 * (x[1] - 290) + 0.05 * x[2] + 0.5 * x[3] - 0.4;
            return random.NextDouble() < 1 / (1 + Math.Exp(-logit)) ? 1.0 : 0;
        })];
        return _folder.Write("t.csv", ["year,kelvin,amount,rain,y", .. features.Zip(labels, (x, y) =>
            string.Join(',', x.Append(y).Select(value => value.ToString(CultureInfo.InvariantCulture))))]);
    }
}
