using GpuPerceptron.Data;
using GpuPerceptron.Diagnostics;
using GpuPerceptron.Engines;
using GpuPerceptron.Models;
using GpuPerceptron.Solvers;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Diagnostics;

/// <summary>Real tables are diagnosed as they are known to be, and each fault planted in a made one is found and named.</summary>
public sealed class DiagnoserTests
{
    private static readonly LabelSchema Label = new("outcome", "no", "yes");

    public static TheoryData<string> Goldens => [.. Golden.All.Keys];

    [Theory]
    [MemberData(nameof(Goldens))]
    public void Step_sizes_are_those_of_the_goldens(string name)
    {
        var golden = Golden.All[name];
        var (features, labels) = golden.Load();
        foreach (bool standardize in (bool[])[true, false])
        {
            using var dataset = Dataset.FromRows(features, labels, golden.FeatureNames.Length);
            var schema = NumericSchema.Fit(dataset, Label, golden.FeatureNames, standardize);
            var diagnosis = Diagnoser.Diagnose(dataset, schema, new DiagnosisOptions { Standardize = standardize });
            Assert.Equal(1, diagnosis.LipschitzRaw / (golden.LipschitzRaw - golden.L2), 1e-5);
            Assert.Equal(1, diagnosis.LipschitzStandardized / (golden.LipschitzStandardized - golden.L2), 1e-5);
            Assert.Equal(2 / (standardize ? diagnosis.LipschitzStandardized : diagnosis.LipschitzRaw), diagnosis.DescentLimit);
            Assert.Equal(diagnosis.DescentLimit / 2, diagnosis.SafeLearningRate);
            Assert.Equal(name.StartsWith("wdbc", StringComparison.Ordinal) ? Separability.Yes : Separability.No, diagnosis.Separable);
        }
    }

    [Fact]
    public void Pima_has_a_finite_optimum_and_its_curvature_there_is_that_of_the_naive_hessian()
    {
        var golden = Golden.All["pima"];
        var (features, labels) = golden.Load();
        using var dataset = Dataset.FromRows(features, labels, 8);
        var diagnosis = Diagnoser.Diagnose(dataset, NumericSchema.Fit(dataset, Label, golden.FeatureNames));
        Assert.Equal(golden.Objective, diagnosis.OptimalLogLoss!.Value, 1e-8);

        var naive = NaiveObjective.Of(dataset);
        double[] hessian = new double[81];
        naive.Evaluate(NaiveOptimum.Of(naive).Parameters, new double[9], hessian);
        double largest = PowerIteration(v => [.. Enumerable.Range(0, 9).Select(i => v.Select((value, j) => hessian[i * 9 + j] * value).Sum())]);
        double smallest = 1 / PowerIteration(v => NaiveOptimum.Solve(hessian, v));
        Assert.Equal(1, diagnosis.ConditionNumber!.Value / (largest / smallest), 1e-5);
        Assert.Equal(1, diagnosis.LocalLimit!.Value / (2 / largest), 1e-5);
        Assert.True(diagnosis.LocalLimit > diagnosis.DescentLimit);
        Assert.DoesNotContain(diagnosis.Findings, finding => finding.Code is not "feature_scales");
    }

    [Fact]
    public void Gradient_descent_takes_about_the_epochs_that_are_foretold()
    {
        using var dataset = SyntheticData.Logistic(2000, 4, seed: 8);
        var schema = NumericSchema.Fit(dataset, Label);
        double foretold = Diagnoser.Diagnose(dataset, schema).GradientDescentEpochs!.Value;
        var options = new TrainingOptions { Device = new DeviceRequest(DeviceKind.Cpu), Solver = SolverKind.GradientDescent, Tolerance = 1e-6 };
        int taken = Trainer.Train(dataset, schema, options).Model.Training.Epochs;
        Assert.InRange(taken, foretold / 3, foretold * 1.5);
    }

    [Fact]
    public void Sonar_is_separable()
    {
        string[] lines = File.ReadAllLines(Repository.PathOf("samples", "data", "sonar.csv"));
        var rows = lines.Skip(1).Select(line => line.Split(',')).ToArray();
        using var dataset = Dataset.FromRows(
            [.. rows.SelectMany(row => row[1..].Select(float.Parse))], [.. rows.Select(row => float.Parse(row[0]))], rows[0].Length - 1);
        var diagnosis = Diagnoser.Diagnose(dataset, NumericSchema.Fit(dataset, Label));
        Assert.Equal(Separability.Yes, diagnosis.Separable);
        var finding = Assert.Single(diagnosis.Findings, finding => finding.Code == "separable");
        Assert.Equal("--l2 0.001", finding.Remedy);
        Assert.Null(diagnosis.ConditionNumber);
        Assert.Null(diagnosis.OptimalLogLoss);
    }

    [Fact]
    public void Healthy_samples_have_no_findings()
    {
        var diagnosis = Diagnose(Made());
        Assert.Empty(diagnosis.Findings);
        Assert.Equal(Separability.No, diagnosis.Separable);
        Assert.InRange(diagnosis.ConditionNumber!.Value, 1, 10);
    }

    [Fact]
    public void A_leak_is_named_with_where_it_splits()
    {
        var rows = Made();
        foreach (var row in rows) row.X[1] = row.Y == 1 ? 10 + row.X[0] * 0.1f : 8 - row.X[2] * 0.1f;
        var finding = Found(Diagnose(rows), "leak");
        Assert.Contains("b alone tells outcome without an error: outcome is yes above b = ", finding.Message, StringComparison.Ordinal);
        Assert.StartsWith("--exclude b ", finding.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_leak_may_run_downwards()
    {
        var rows = Made();
        foreach (var row in rows) row.X[0] = row.Y == 1 ? -1 : 1;
        var diagnosis = Diagnose(rows);
        Assert.Contains("outcome is no above a = 0, and yes below", Found(diagnosis, "leak").Message, StringComparison.Ordinal);
        Assert.Equal(Separability.Yes, diagnosis.Separable);
    }

    [Fact]
    public void A_leak_of_a_yes_or_no_is_told_in_these()
    {
        using var dataset = Dataset.FromRows([0, 1, 0, 1], [1, 0, 1, 0], 1);
        var fitted = NumericSchema.Fit(dataset, Label, ["late"]);
        var schema = fitted with { Columns = [fitted.Columns[0] with { Kind = ColumnKind.Boolean }] };
        Assert.Contains("late is true for no and false for yes;", Found(Diagnoser.Diagnose(dataset, schema), "leak").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "those where it is not true")]
    [InlineData(0, "those where it is not false")]
    public void So_is_quasi_separation_by_one(int shared, string words)
    {
        float[] labels = [.. Enumerable.Range(0, 90).Select(i => i % 2 == 0 ? 1f : 0f)];
        using var dataset = Dataset.FromRows([.. labels.Select((label, i) => label == shared || i % 3 == 0 ? shared : 1f - shared)], labels, 1);
        var fitted = NumericSchema.Fit(dataset, Label, ["late"]);
        var schema = fitted with { Columns = [fitted.Columns[0] with { Kind = ColumnKind.Boolean }] };
        dataset.Transform([0], [fitted.Features.First().Mean], [1 / fitted.Features.First().StandardDeviation]);
        Assert.Contains(words, Found(Diagnoser.Diagnose(dataset, schema), "quasi_separation").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_feature_that_all_but_tells_the_label_is_suspected()
    {
        var rows = Made();
        foreach (var (row, i) in rows.Select((row, i) => (row, i))) row.X[2] = row.Y + row.X[0] * 0.05f + (i == 7 ? 1 - 2 * row.Y : 0);
        var diagnosis = Diagnose(rows);
        Assert.Contains("c alone tells outcome with a ROC AUC of 0.99", Found(diagnosis, "near_leak").Message, StringComparison.Ordinal);
        Assert.DoesNotContain(diagnosis.Findings, finding => finding.Code == "leak");
    }

    [Fact]
    public void A_level_that_occurs_with_one_label_only_is_quasi_separation()
    {
        var rows = Made();
        foreach (var (row, i) in rows.Select((row, i) => (row, i))) row.X[1] = row.Y == 1 && i % 5 == 0 ? 1 : 0;
        var diagnosis = Diagnose(rows);
        Assert.Equal(Separability.Undecided, diagnosis.Separable);
        Assert.Contains("b tells outcome without an error in ", Found(diagnosis, "quasi_separation").Message, StringComparison.Ordinal);
        Assert.Contains("--l2 0.001", Found(diagnosis, "quasi_separation").Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Quasi_separation_by_two_features_together_is_found_by_their_drift()
    {
        // a − b is at least 0 for one label and at most 0 for the other; neither a nor b tells anything alone.
        var rows = Made();
        foreach (var (row, i) in rows.Select((row, i) => (row, i)))
            row.X[1] = row.X[0] - (i % 3 == 0 ? 0 : row.Y == 1 ? 0.5f : -0.5f);
        var diagnosis = Diagnose(rows);
        Assert.Equal(Separability.Undecided, diagnosis.Separable);
        string message = Found(diagnosis, "quasi_separation").Message.Replace("b and a", "a and b", StringComparison.Ordinal);
        Assert.StartsWith("the weights of a and b can grow without end", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constants_are_named_those_left_out_before_too()
    {
        var rows = Made();
        foreach (var row in rows) row.X[2] = 4;
        var finding = Found(Diagnose(rows, new DiagnosisOptions { ConstantColumns = ["z"] }), "constant_columns");
        Assert.StartsWith("z and c hold one value", finding.Message, StringComparison.Ordinal);
        Assert.Equal("--exclude z,c", finding.Remedy);
    }

    [Theory]
    [InlineData(1, 0, "c is a copy of a:")]
    [InlineData(-1, 0, "c is the negative of a:")]
    [InlineData(1, 3, "c is a + 3:")]
    [InlineData(-1, 1, "c is -a + 1:")]
    [InlineData(2, 0, "c is 2 a:")]
    [InlineData(-0.5, -2, "c is -0.5 a - 2:")]
    public void Copies_are_named_for_what_they_are(float factor, float constant, string message)
    {
        var rows = Made();
        foreach (var row in rows) row.X[2] = factor * row.X[0] + constant;
        var diagnosis = Diagnose(rows);
        var finding = Found(diagnosis, "duplicate_columns");
        Assert.StartsWith(message, finding.Message, StringComparison.Ordinal);
        Assert.Equal("--exclude c", finding.Remedy);
        Assert.DoesNotContain(diagnosis.Findings, other => other.Code == "collinear_columns");
    }

    [Fact]
    public void A_negative_is_found_whatever_its_mean()
    {
        var rows = Made();
        foreach (var row in rows) (row.X[0], row.X[1], row.X[2]) = (row.X[0] + 0.37f, row.X[0] + 0.37f, -(row.X[0] + 0.37f));
        Assert.Equal(
            ["b is a copy of a:", "c is the negative of a:"],
            Diagnose(rows).Findings.Where(finding => finding.Code == "duplicate_columns").Select(finding => finding.Message[..(finding.Message.IndexOf(':') + 1)]));
    }

    [Theory]
    [InlineData(1), InlineData(-1)]
    public void Copies_are_no_obstacle_to_a_proof(int sign)
    {
        var rows = Made();
        foreach (var row in rows) row.X[2] = sign * row.X[0];
        var diagnosis = Diagnose(rows);
        Assert.Equal(Separability.No, diagnosis.Separable); // a copy cannot separate what the original does not
        Assert.Equal(double.PositiveInfinity, diagnosis.ConditionNumber);
    }

    [Fact]
    public void Linear_combinations_are_named_in_the_table_s_units()
    {
        var rows = Made();
        foreach (var row in rows) row.X[2] = 2 * row.X[0] - row.X[1] + 3;
        var message = Found(Diagnose(rows), "collinear_columns").Message;
        Assert.True(
            message.Contains("c is a linear combination of others: 2 a - b + 3;", StringComparison.Ordinal)
            || message.Contains("a is a linear combination of others: 0.5 c + 0.5 b - 1.5;", StringComparison.Ordinal)
            || message.Contains("b is a linear combination of others: 2 a - c + 3;", StringComparison.Ordinal), message);
    }

    [Fact]
    public void Few_of_many_linear_combinations_are_named_one_by_one()
    {
        // 20 columns of 3 dimensions.
        var random = new Random(4);
        float[] mixing = [.. Enumerable.Range(0, 60).Select(_ => (float)random.Next(-8, 9))];
        float[] x = [.. Made().SelectMany(row => Enumerable.Range(0, 20).Select(j =>
            mixing[j] * row.X[0] + mixing[20 + j] * row.X[1] + mixing[40 + j] * row.X[2]))];
        using var dataset = Dataset.FromRows(x, [.. Made().Select(row => row.Y)], 20);
        var findings = Diagnoser.Diagnose(dataset, NumericSchema.Fit(dataset, Label)).Findings.Where(finding => finding.Code == "collinear_columns").ToArray();
        Assert.Equal(7, findings.Length);
        Assert.EndsWith("and 5 more are linear combinations of others, too", findings[^1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_that_move_together_are_named()
    {
        var rows = Made();
        foreach (var row in rows) row.X[2] = row.X[0] + 1e-3f * row.X[2];
        var diagnosis = Diagnose(rows);
        string message = Found(diagnosis, "nearly_collinear_columns").Message;
        Assert.StartsWith("a and c move together", message.Replace("c and a", "a and c", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("plain gradient descent would take about", Found(diagnosis, "slow_gradient_descent").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Scales_that_are_far_apart_matter_to_raw_features()
    {
        var rows = Made();
        foreach (var row in rows) row.X[1] *= 1e5f;
        var raw = Diagnose(rows, new DiagnosisOptions { Standardize = false }, standardize: false);
        Assert.Equal("drop --standardize false", Found(raw, "feature_scales").Remedy);
        Assert.Equal("drop --standardize false, or --solver auto, which hardly cares", Found(raw, "slow_gradient_descent").Remedy);
        Assert.Equal("", Found(Diagnose(rows), "feature_scales").Remedy);
    }

    [Fact]
    public void A_rare_label_is_pointed_out()
    {
        var rows = Made().Where((row, i) => row.Y == 0 || i % 40 == 0).ToList();
        Assert.Contains("samples are yes", Found(Diagnose(rows), "class_imbalance").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_more_samples_than_parameters_is_pointed_out()
    {
        var diagnosis = Diagnose([new([1, 2, 4], 0), new([2, 1, 5], 1), new([3, 3, 3], 0), new([0, 7, 2], 1)]);
        Assert.Contains("4 samples are no more than the 4 parameters", Found(diagnosis, "too_few_samples").Message, StringComparison.Ordinal);
        Assert.Equal(Separability.Yes, diagnosis.Separable);
    }

    [Fact]
    public void Separation_is_of_the_samples_that_have_weight()
    {
        // The two samples in the wrong place weigh nothing.
        using var dataset = Dataset.FromRows([1, 2, 3, 4, 0, 5], [0, 0, 1, 1, 1, 0], 1, [1, 1, 1, 1, 0, 0]);
        Assert.Equal(Separability.Yes, Diagnoser.Diagnose(dataset, NumericSchema.Fit(dataset, Label)).Separable);
    }

    [Fact]
    public void Samples_of_no_weight_count_in_no_finding()
    {
        // Of 400 samples 200 weigh nothing: they hide a rare label, a level of one label, and a feature that all but tells the label.
        var rows = Made();
        float[] weights = [.. rows.Select((_, i) => i % 2 == 0 ? 1f : 0f)];
        rows = [.. rows.Select((row, i) => row with { Y = i % 2 == 1 ? 1 : i % 50 == 0 ? 1 : 0 })];
        foreach (var (row, i) in rows.Select((row, i) => (row, i)))
            (row.X[1], row.X[2]) = (row.Y == 1 && i % 100 == 0 ? 1 : 0, row.Y == (i % 2 == 0 ? 1 : 0) ? i == 50 ? 0.5f : 2 + i : i == 2 ? 60 : i / 1000f);
        using var dataset = Dataset.FromRows([.. rows.SelectMany(row => row.X)], [.. rows.Select(row => row.Y)], 3, weights);
        var diagnosis = Diagnoser.Diagnose(dataset, NumericSchema.Fit(dataset, Label, ["a", "b", "c"]));
        Assert.StartsWith("only 8 of 200 samples are yes", Found(diagnosis, "class_imbalance").Message, StringComparison.Ordinal);
        Assert.Contains("b tells outcome without an error in 4 of 200 samples", Found(diagnosis, "quasi_separation").Message, StringComparison.Ordinal);
        Assert.StartsWith("c alone tells outcome with a ROC AUC of 0.99", Found(diagnosis, "near_leak").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 0, "c is a copy of b:")]
    [InlineData(-2, 1, "c is -2 b + 1:")]
    public void Copies_and_combinations_are_those_of_the_samples_that_have_weight(float factor, float constant, string message)
    {
        // Among the half that weighs a is constant and c goes with b; in the other half both are anything.
        var rows = Made();
        float[] weights = [.. rows.Select((_, i) => i % 2 == 0 ? 1f : 0f)];
        foreach (var (row, i) in rows.Select((row, i) => (row, i)))
        {
            if (i % 2 == 0) (row.X[0], row.X[2]) = (0.1f, factor * row.X[1] + constant);
        }

        using var dataset = Dataset.FromRows([.. rows.SelectMany(row => row.X)], [.. rows.Select(row => row.Y)], 3, weights);
        var diagnosis = Diagnoser.Diagnose(dataset, NumericSchema.Fit(dataset, Label, ["a", "b", "c"]));
        Assert.StartsWith(message, Found(diagnosis, "duplicate_columns").Message, StringComparison.Ordinal);
        Assert.StartsWith("a holds one value", Found(diagnosis, "constant_columns").Message, StringComparison.Ordinal);
        Assert.DoesNotContain(diagnosis.Findings, finding => finding.Code == "collinear_columns");
    }

    [Fact]
    public void Of_two_samples_nothing_is_called_a_copy()
    {
        var diagnosis = Diagnose([new([1, 7, -4], 0), new([2.5f, 3.25f, 11], 1)]);
        Assert.DoesNotContain(diagnosis.Findings, finding => finding.Code is "duplicate_columns" or "collinear_columns");
    }

    [Fact]
    public void A_part_of_the_samples_makes_no_copies_of_columns_and_says_that_it_is_one()
    {
        // Of so many rows every third is looked at: there x0 is 0, and x2 is x1; elsewhere neither.
        const int Rows = 40_000, Features = 400, Stride = 3;
        var random = new Random(8);
        float[] x = [.. Enumerable.Range(0, Rows * Features).Select(_ => random.NextSingle() - 0.5f)];
        for (int row = 0; row < Rows; row++)
        {
            x[row * Features] = row is 1 or 7 or 13 or 22 or 31 ? 1 : 0;
            if (row % Stride == 0) x[row * Features + 2] = x[row * Features + 1];
        }

        using var dataset = Dataset.FromRows(x, [.. Enumerable.Range(0, Rows).Select(row => row % 7 < 3 ? 1f : 0f)], Features);
        var schema = NumericSchema.Fit(dataset, Label, standardize: false);
        var result = Trainer.Train(dataset, schema, new TrainingOptions { Device = new DeviceRequest(DeviceKind.Cpu), Solver = SolverKind.GradientDescent, LearningRate = 1e3 });
        Assert.Equal(StopReason.Diverged, result.Model.Training.StopReason);
        Assert.DoesNotContain(result.Findings, finding => finding.Code == "duplicate_columns");
        Assert.EndsWith(
            $"(judged by one in {Stride} samples); the optimum is not a single point",
            Assert.Single(result.Findings, finding => finding.Code == "collinear_columns").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_with_more_features_than_a_hessian_is_taken_for_is_diagnosed_by_training()
    {
        using var dataset = SyntheticData.Create(rows: 300, features: 1100, seed: 2);
        var options = new DiagnosisOptions { Device = new DeviceRequest(DeviceKind.Cpu) };
        var diagnosis = Diagnoser.Diagnose(dataset, NumericSchema.Fit(dataset, Label), options);
        Assert.Equal(Separability.Yes, diagnosis.Separable);
        Assert.Contains(diagnosis.Findings, finding => finding.Code == "too_few_samples");
    }

    [Fact]
    public void With_more_features_than_a_hessian_is_taken_for_copies_are_found_and_the_rest_is_said_to_be_left_out()
    {
        const int Rows = 300, Features = 1100;
        var random = new Random(6);
        float[] x = [.. Enumerable.Range(0, Rows * Features).Select(_ => random.NextSingle() - 0.5f)];
        for (int row = 0; row < Rows; row++)
            (x[row * Features + 9], x[row * Features + 700]) = (x[row * Features + 8], -x[row * Features + 3]);
        using var dataset = Dataset.FromRows(x, [.. Enumerable.Range(0, Rows).Select(row => row % 3 == 0 ? 1f : 0f)], Features);
        var options = new DiagnosisOptions { Device = new DeviceRequest(DeviceKind.Cpu) };
        // Features as they are: what is a copy there is one to the last bit.
        var diagnosis = Diagnoser.Diagnose(dataset, NumericSchema.Fit(dataset, Label, standardize: false), options);
        Assert.Equal(
            ["x9 is a copy of x8", "x700 is the negative of x3"],
            diagnosis.Findings.Where(finding => finding.Code == "duplicate_columns").Select(finding => finding.Message.Split(':')[0]));
        Assert.StartsWith("1,100 features are more than the 1,024", Assert.Single(diagnosis.Notes), StringComparison.Ordinal);
        Assert.Empty(Diagnose(Made()).Notes);
    }

    [Fact]
    public void Fewer_samples_than_features_explain_every_linear_combination()
    {
        using var dataset = SyntheticData.Create(rows: 30, features: 50, seed: 2);
        var diagnosis = Diagnoser.Diagnose(dataset, NumericSchema.Fit(dataset, Label));
        Assert.Contains(diagnosis.Findings, finding => finding.Code == "too_few_samples");
        Assert.DoesNotContain(diagnosis.Findings, finding => finding.Code is "collinear_columns" or "nearly_collinear_columns");
    }

    [Fact]
    public void Samples_of_one_label_are_refused()
    {
        using var dataset = Dataset.FromRows([1, 2], [1, 1], 1);
        var schema = NumericSchema.Fit(dataset, Label);
        Assert.Equal(Fault.Data, Assert.Throws<PerceptronException>(() => Diagnoser.Diagnose(dataset, schema)).Fault);
    }

    private sealed record Row(float[] X, float Y);

    /// <summary>400 samples of three independent features, and labels that lean on the first.</summary>
    private static List<Row> Made()
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, 400).Select(_ =>
        {
            float[] x = [.. Enumerable.Range(0, 3).Select(_ => (float)(2 * random.NextDouble() - 1))];
            return new Row(x, random.NextDouble() < NaiveReference.Sigmoid(2 * x[0]) ? 1 : 0);
        })];
    }

    private static Diagnosis Diagnose(IReadOnlyList<Row> rows, DiagnosisOptions? options = null, bool standardize = true)
    {
        using var dataset = Dataset.FromRows([.. rows.SelectMany(row => row.X)], [.. rows.Select(row => row.Y)], 3);
        return Diagnoser.Diagnose(dataset, NumericSchema.Fit(dataset, Label, ["a", "b", "c"], standardize), options);
    }

    private static Finding Found(Diagnosis diagnosis, string code) => Assert.Single(diagnosis.Findings, finding => finding.Code == code);

    private static double PowerIteration(Func<double[], double[]> times)
    {
        double[] v = [1, 2, 3, 1, 2, 3, 1, 2, 3];
        double norm = 0;
        for (int i = 0; i < 5000; i++)
        {
            v = times(v);
            norm = Math.Sqrt(v.Sum(value => value * value));
            v = [.. v.Select(value => value / norm)];
        }

        return norm;
    }
}
