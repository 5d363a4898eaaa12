using GpuPerceptron.Diagnostics.Gradients;
using Xunit;
using Wrong = System.Func<GpuPerceptron.Tests.Diagnostics.PlainTable, double[], double[]>;

namespace GpuPerceptron.Tests.Diagnostics;

/// <summary>Each usual mistake, made here in code that knows nothing of the judge, is named by it.</summary>
public sealed class GradientJudgeTests
{
    /// <summary>The mistakes: what is to be named, and the code that makes them. Weights w end with the bias.</summary>
    private static readonly Dictionary<string, Wrong> Mistakes = new()
    {
        ["wrong_sign"] = (t, w) => PlainTable.Scale(t.Product(i => t.Y[i] - t.Output(i, w)), 1.0 / t.N),
        ["not_averaged"] = (t, w) => t.Product(i => t.Output(i, w) - t.Y[i]),
        ["averaged_twice"] = (t, w) => PlainTable.Scale(t.Right(w), 1.0 / t.N),
        ["factor_two"] = (t, w) => PlainTable.Scale(t.Right(w), 2),
        ["factor_half"] = (t, w) => PlainTable.Scale(t.Right(w), 0.5),
        ["divided_by_n_minus_one"] = (t, w) => PlainTable.Scale(t.Product(i => t.Output(i, w) - t.Y[i]), 1.0 / (t.N - 1)),
        ["divided_by_features"] = (t, w) => PlainTable.Scale(t.Right(w), 1.0 / t.M),
        ["features_for_samples"] = (t, w) => PlainTable.Scale(t.Product(i => t.Output(i, w) - t.Y[i]), 1.0 / t.M),
        ["log_base_two"] = (t, w) => PlainTable.Scale(t.Right(w), 1 / Math.Log(2)),
        ["log_base_ten"] = (t, w) => PlainTable.Scale(t.Right(w), 1 / Math.Log(10)),
        ["scaled"] = (t, w) => PlainTable.Scale(t.Right(w), 0.037),
        ["sigma_prime_twice"] = (t, w) => Mean(t, i => (t.Output(i, w) - t.Y[i]) * PlainTable.SigmaPrime(t.Logit(i, w))),
        ["sigma_prime_missing"] = (t, w) => Mean(t, i => -(t.Y[i] / t.Output(i, w) - (1 - t.Y[i]) / (1 - t.Output(i, w)))),
        ["sigma_prime_of_output"] = (t, w) => Mean(t, i => LossSlope(t, w, i) * PlainTable.SigmaPrime(t.Output(i, w))),
        ["slope_of_logit"] = (t, w) => Mean(t, i => LossSlope(t, w, i) * t.Logit(i, w) * (1 - t.Logit(i, w))),
        ["sigmoid_missing"] = (t, w) => Mean(t, i => t.Logit(i, w) - t.Y[i]),
        ["sigmoid_twice"] = (t, w) => Mean(t, i => (PlainTable.Sigma(t.Output(i, w)) - t.Y[i]) * PlainTable.SigmaPrime(t.Logit(i, w))),
        ["thresholded"] = (t, w) => Mean(t, i => (t.Output(i, w) >= 0.5 ? 1 : 0) - t.Y[i]),
        ["exponent_sign"] = (t, w) => Mean(t, i => 1 / (1 + Math.Exp(t.Logit(i, w))) - t.Y[i]),
        ["labels_plus_minus_one"] = (t, w) => t.WithLabels(y => 2 * y - 1).Right(w),
        ["labels_one_two"] = (t, w) => t.WithLabels(y => y + 1).Right(w),
        ["labels_exchanged"] = (t, w) => t.WithLabels(y => 1 - y).Right(w),
        ["second_term_sign"] = (t, w) => Mean(t, i => -(t.Y[i] / t.Output(i, w) + (1 - t.Y[i]) / (1 - t.Output(i, w))) * PlainTable.SigmaPrime(t.Logit(i, w))),
        ["one_minus_reciprocal"] = (t, w) => Mean(t, i =>
            -(t.Y[i] / t.Output(i, w) + (1 - t.Y[i]) * (1 - 1 / (t.Output(i, w) - 1))) * PlainTable.SigmaPrime(t.Logit(i, w))),
        ["positives_only"] = (t, w) => Mean(t, i => -t.Y[i] / t.Output(i, w) * PlainTable.SigmaPrime(t.Logit(i, w))),
        ["negatives_only"] = (t, w) => Mean(t, i => (1 - t.Y[i]) / (1 - t.Output(i, w)) * PlainTable.SigmaPrime(t.Logit(i, w))),
        ["labels_broadcast"] = (t, w) => Mean(t, i => t.Samples.Average(k => t.Output(i, w) - t.Y[k])),
        ["outputs_broadcast"] = (t, w) => Mean(t, i => t.Samples.Average(k => t.Output(k, w) - t.Y[i])),
        ["summed_before_chain_rule"] = (t, w) =>
        {
            double scalar = t.Samples.Sum(k => LossSlope(t, w, k)) / t.N;
            return t.Product(i => scalar * PlainTable.SigmaPrime(t.Logit(i, w)));
        },
        ["summed_before_product"] = (t, w) =>
        {
            double residual = t.Samples.Average(i => t.Output(i, w) - t.Y[i]);
            return [.. Enumerable.Range(0, t.M).Select(j => residual * t.X.Average(row => row[j])), residual];
        },
        ["one_sample"] = (t, w) =>
        {
            double[] gradient = [];
            foreach (int i in t.Samples)
                gradient = [.. t.X[i].Append(1).Select(x => (t.Output(i, w) - t.Y[i]) * x)];
            return gradient;
        },
        ["zero"] = (t, w) => new double[t.M + 1],
        ["bias_not_added"] = (t, w) => t.Right([.. w[..^1], 0]),
        ["parameters_ignored"] = (t, w) => t.Right(new double[w.Length]),
        ["no_bias"] = (t, w) => t.Right(w)[..^1],
        ["bias_gradient_zero"] = (t, w) => [.. t.Right(w)[..^1], 0],
        ["bias_wrong_sign"] = (t, w) => [.. t.Right(w)[..^1], -t.Right(w)[^1]],
        ["bias_not_averaged"] = (t, w) => [.. t.Right(w)[..^1], t.N * t.Right(w)[^1]],
        ["bias_averaged_twice"] = (t, w) => [.. t.Right(w)[..^1], t.Right(w)[^1] / t.N],
        ["bias_first"] = (t, w) => [t.Right(w)[^1], .. t.Right(w)[..^1]],
        ["order_reversed"] = (t, w) => [.. t.Right(w)[..^1].Reverse(), t.Right(w)[^1]],
        ["order_permuted"] = (t, w) => [.. t.Right(w)[1..^1], t.Right(w)[0], t.Right(w)[^1]],
        ["data_transposed"] = (t, w) => Reshaped(t, byColumns: false).Right(w),
        ["units_mixed"] = (t, w) => Mean(t, i => t.Standardized().Output(i, w) - t.Y[i]),
        ["some_values"] = (t, w) => [.. t.Right(w).Select((value, j) => j == 1 ? 1.3 * value : value)],
        ["imprecise"] = (t, w) => [.. t.Right(w).Select((value, j) => value + 0.004 * (1 + j % 2) * RootMeanSquare(t, j))],
        ["unrecognised"] = (t, w) => [.. t.Right(w).Select((value, j) => value + Math.Sin(j + 1) * RootMeanSquare(t, j))],
        ["not_finite"] = (t, w) => [.. t.Right(w)[..2], double.NaN, .. t.Right(w)[3..]],
    };

    public static TheoryData<string> Codes() => [.. Mistakes.Keys];

    [Theory]
    [MemberData(nameof(Codes))]
    public void A_mistake_is_named(string code)
    {
        var judgement = Judge(Table, Mistakes[code](Table, Weights), Weights);
        Assert.Equal(GradientVerdict.Wrong, judgement.Verdict);
        Assert.Equal([code], judgement.Findings.Select(finding => finding.Code));
        Assert.NotEmpty(judgement.Findings[0].Remedy);
        Assert.Equal("raw", judgement.Units);
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public void A_mistake_on_standardised_features_is_named_too(string code)
    {
        // Of features in the table's units there is nothing to mix, and nothing else has been made of the rows.
        if (code is "units_mixed") return;
        var table = Table.Standardized();
        var judgement = Judge(Table, Mistakes[code](table, Weights), Weights, standardized: true);
        Assert.Equal([code], judgement.Findings.Select(finding => finding.Code));
        Assert.Equal("standardized", judgement.Units);
    }

    public static TheoryData<bool, bool, string> WrongTranspositions()
    {
        var cases = new TheoryData<bool, bool, string>();
        foreach (bool byColumns in (bool[])[false, true])
        {
            foreach (bool ones in (bool[])[false, true])
            {
                foreach (string where in (string[])["logits", "product", "both"])
                    cases.Add(byColumns, ones, where);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(WrongTranspositions))]
    public void Whichever_product_a_reshape_is_in_it_is_named(bool byColumns, bool ones, string where)
    {
        foreach (bool standardized in (bool[])[false, true])
        {
            var right = standardized ? Table.Standardized() : Table;
            // With a column of ones the bias is one more weight, and its value the last one of the product.
            var wrong = Reshaped(ones ? new PlainTable([.. right.X.Select(row => (double[])[.. row, 1])], right.Y) : right, byColumns);
            double[] w = ones ? [.. Weights, 0] : Weights;
            Func<int, double> output = where is "product" ? i => right.Output(i, Weights) : i => wrong.Output(i, w);
            double[] gradient = Mean(where is "logits" ? right : wrong, i => output(i) - right.Y[i])[..(Table.M + 1)];
            Assert.Equal(["data_transposed"], Judge(Table, gradient, Weights).Findings.Select(finding => finding.Code));
        }
    }

    [Fact]
    public void Names_hold_on_tables_of_many_shapes()
    {
        // Not those whose name depends on the shape, nor those that one sample or two columns cannot show.
        string[] others = ["order_permuted", "some_values", "imprecise", "unrecognised", "not_finite", "divided_by_features", "features_for_samples"];
        string[] codes = [.. Mistakes.Keys.Except(others)];
        var misnamed = new List<string>();
        foreach (var (samples, features) in new[] { (20, 3), (97, 7), (35, 40) })
        {
            var table = PlainTable.Made(samples, features);
            var random = new Random(samples);
            double[] w = [.. Enumerable.Range(0, features + 1).Select(_ => (random.NextDouble() - 0.5) * 2 / Math.Sqrt(features))];
            foreach (string code in codes)
            {
                var judgement = Judge(table, Mistakes[code](table, w), w);
                if (judgement.Explanations is not [[{ } only]] || only.Code != code)
                    misnamed.Add($"{samples} x {features}: {code} is called {string.Join(", ", judgement.Findings.Select(finding => finding.Code))}");
            }

            if (Judge(table, table.Right(w), w).Verdict != GradientVerdict.Right) misnamed.Add($"{samples} x {features}: right");
        }

        Assert.Empty(misnamed);
    }

    [Theory]
    [InlineData("not_averaged", "wrong_sign")]
    [InlineData("factor_two", "sigma_prime_missing")]
    [InlineData("labels_exchanged", "not_averaged")]
    [InlineData("bias_gradient_zero", "wrong_sign")]
    [InlineData("no_bias", "summed_before_chain_rule")]
    public void Two_mistakes_together_are_named(string first, string second)
    {
        double[] gradient = Mistakes[second](first == "labels_exchanged" ? Table.WithLabels(y => 1 - y) : Table, Weights);
        gradient = first switch
        {
            "not_averaged" => PlainTable.Scale(gradient, Table.N),
            "factor_two" => PlainTable.Scale(gradient, 2),
            "bias_gradient_zero" => [.. gradient[..^1], 0],
            "no_bias" => gradient[..^1],
            _ => gradient,
        };
        var judgement = Judge(Table, gradient, Weights);
        Assert.Equal(((string[])[first, second]).Order(), judgement.Findings.Select(finding => finding.Code).Order());
    }

    [Fact]
    public void The_question_as_asked_is_two_mistakes_and_without_a_bias_three()
    {
        double[] asked = AsAsked(Table, Weights);
        Assert.Equal(
            ["one_minus_reciprocal", "summed_before_chain_rule"],
            Judge(Table, asked, Weights).Findings.Select(finding => finding.Code).Order());
        Assert.Equal(
            ["no_bias", "one_minus_reciprocal", "summed_before_chain_rule"],
            Judge(Table, asked[..^1], Weights).Findings.Select(finding => finding.Code).Order());
    }

    [Theory]
    [InlineData("penalty_forgotten", 0.0, 0.0)]
    [InlineData("penalty_on_bias", 1.0, 1.0)]
    [InlineData("penalty_doubled", 2.0, 0.0)]
    [InlineData("penalty_wrong_sign", -1.0, 0.0)]
    public void A_mistake_with_the_penalty_is_named(string code, double weights, double bias)
    {
        double[] gradient = [.. Table.Right(Weights).Select((value, j) => value + L2 * (j < Table.M ? weights : bias) * Weights[j])];
        Assert.Equal([code], Judge(Table, gradient, Weights, l2: L2).Findings.Select(finding => finding.Code));
    }

    [Fact]
    public void A_penalty_averaged_or_absolute_or_that_was_not_asked_for_is_named()
    {
        double[] With(Func<double, double> part) => [.. Table.Right(Weights).Select((value, j) => value + (j < Table.M ? part(Weights[j]) : 0))];
        Assert.Equal(["penalty_averaged"], Judge(Table, With(w => L2 * w / Table.N), Weights, l2: L2).Findings.Select(finding => finding.Code));
        Assert.Equal(["penalty_absolute"], Judge(Table, With(w => L2 * Math.Sign(w)), Weights, l2: L2).Findings.Select(finding => finding.Code));
        Assert.Equal(["penalty_not_asked_for"], Judge(Table, With(w => L2 * w), Weights).Findings.Select(finding => finding.Code));
        Assert.Empty(Judge(Table, With(w => L2 * w), Weights, l2: L2).Findings);
    }

    [Fact]
    public void Sample_weights_that_were_forgotten_or_counted_are_named()
    {
        var table = PlainTable.Made(200, 4, weighted: true);
        double[] w = [0.3, -0.2, 0.1, 0.25, -0.3];
        var plain = new PlainTable(table.X, table.Y);
        Assert.Empty(Judge(table, table.Right(w), w).Findings);
        Assert.Equal(["sample_weights_ignored"], Judge(table, plain.Right(w), w).Findings.Select(finding => finding.Code));
        double[] byCount = PlainTable.Scale(table.Right(w), table.S.Sum() / table.N);
        Assert.Equal(["count_for_weight"], Judge(table, byCount, w).Findings.Select(finding => finding.Code));
    }

    [Fact]
    public void The_right_gradient_is_right_in_whichever_units_it_is_and_says_which()
    {
        Assert.Equal((GradientVerdict.Right, "raw"), VerdictAndUnits(Judge(Table, Table.Right(Weights), Weights)));
        var standardized = Table.Standardized().Right(Weights);
        var judgement = Judge(Table, standardized, Weights);
        Assert.Equal((GradientVerdict.Right, "standardized"), VerdictAndUnits(judgement));
        Assert.Empty(judgement.Findings);
        Assert.True(judgement.RelativeError < 1e-6, $"{judgement.RelativeError:g3}");
        Assert.True(judgement.Angle < 1e-3, $"{judgement.Angle:g3}");
    }

    [Fact]
    public void Units_that_were_said_are_held_to()
    {
        Assert.Equal(["features_not_standardized"], Judge(Table, Table.Right(Weights), Weights, standardized: true).Findings.Select(finding => finding.Code));
        Assert.Equal(["features_standardized"],
            Judge(Table, Table.Standardized().Right(Weights), Weights, standardized: false).Findings.Select(finding => finding.Code));
    }

    [Fact]
    public void Features_that_were_scaled_otherwise_are_no_mistake_but_are_said()
    {
        PlainTable[] scaled =
        [
            Table.Standardized(lost: 1),
            Table.With((x, _) => [.. x.Select(value => (value - x.Min()) / (x.Max() - x.Min()))]),
            Table.With((x, _) => [.. x.Select(value => 2 * (value - x.Min()) / (x.Max() - x.Min()) - 1)]),
            Table.With((x, _) => [.. x.Select(value => value - x.Average())]),
            Table.With((x, _) => [.. x.Select(value => value / x.Max(Math.Abs))]),
        ];
        string[] units = [.. scaled.Select(table =>
        {
            var judgement = Judge(Table, table.Right(Weights), Weights);
            Assert.Equal(GradientVerdict.Right, judgement.Verdict);
            Assert.Equal(["features_scaled_otherwise"], judgement.Findings.Select(finding => finding.Code));
            return judgement.Units;
        })];
        Assert.Equal(["sample_deviation", "zero_to_one", "minus_one_to_one", "centred", "by_maximum"], units);
    }

    [Fact]
    public void A_table_stored_standardised_gives_the_same_judgement()
    {
        foreach (bool stored in (bool[])[false, true])
        {
            foreach (string code in (string[])["wrong_sign", "sigma_prime_missing", "data_transposed", "labels_broadcast"])
                Assert.Equal([code], Judge(Table, Mistakes[code](Table, Weights), Weights, stored: stored).Findings.Select(finding => finding.Code));
            Assert.Empty(Judge(Table, Table.Right(Weights), Weights, stored: stored).Findings);
        }
    }

    [Fact]
    public void At_weights_0_mistakes_that_coincide_are_all_named_and_other_weights_asked_for()
    {
        var zeros = new double[Table.M + 1];
        // z - y = 1/2 - y there: to exchange labels, or Z and Y, is the same.
        var judgement = Judge(Table, PlainTable.Scale(Table.Right(zeros), -1), zeros);
        Assert.Equal(["indistinguishable", "labels_exchanged", "wrong_sign"], judgement.Findings.Select(finding => finding.Code).Order());
        Assert.Equal(2, judgement.Explanations.Count);

        judgement = Judge(Table, Table.Right(zeros), zeros);
        Assert.Equal(GradientVerdict.Right, judgement.Verdict);
        Assert.Equal(["indistinguishable"], judgement.Findings.Select(finding => finding.Code));
        Assert.Contains("exponent_sign", judgement.Findings[0].Message, StringComparison.Ordinal);
        Assert.Contains("--write-weights", judgement.Findings[0].Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void As_asked_with_the_second_slip_mended_balanced_classes_do_not_move_at_0()
    {
        var half = PlainTable.Made(300, 3);
        int[] ones = [.. half.Samples.Where(i => half.Y[i] == 1)], zeros = [.. half.Samples.Where(i => half.Y[i] == 0)];
        int each = Math.Min(ones.Length, zeros.Length);
        int[] rows = [.. ones.Take(each), .. zeros.Take(each)];
        var table = new PlainTable([.. rows.Select(i => half.X[i])], [.. rows.Select(i => half.Y[i])]);
        double[] w = new double[table.M + 1];

        double[] gradient = Mistakes["summed_before_chain_rule"](table, w);

        Assert.All(gradient, value => Assert.Equal(0, value, 1e-12));
        Assert.Contains(Judge(table, gradient, w).Explanations, each => each is [{ Code: "summed_before_chain_rule" }]);
    }

    [Theory]
    [InlineData("g4")]
    [InlineData("f4")]
    [InlineData("g7")]
    public void Few_digits_do_not_hide_what_is_right_or_wrong(string format)
    {
        var table = Table.Standardized();
        foreach (var (gradient, code) in new[] { (table.Right(Weights), null), (Mistakes["sigma_prime_twice"](table, Weights), "sigma_prime_twice") })
        {
            string[] texts = [.. gradient.Select(value => value.ToString(format))];
            double[] rounding = [.. texts.Select(text => format switch
            {
                "f4" => 0.5e-4,
                "g4" => 0.5 * Math.Pow(10, Math.Floor(Math.Log10(Math.Abs(double.Parse(text)))) - 3),
                _ => 0,
            })];
            var judgement = Judge(Table, [.. texts.Select(double.Parse)], Weights, rounding: rounding);
            Assert.Equal(code is null ? [] : [code], judgement.Findings.Select(finding => finding.Code));
        }
    }

    [Fact]
    public void A_gradient_summed_in_float32_is_right()
    {
        float[] sum = new float[Table.M + 1];
        foreach (int i in Table.Samples)
        {
            float residual = (float)(Table.Output(i, Weights) - Table.Y[i]);
            for (int j = 0; j <= Table.M; j++)
                sum[j] += residual * (j < Table.M ? (float)Table.X[i][j] : 1);
        }

        Assert.Equal(GradientVerdict.Right, Judge(Table, [.. sum.Select(value => (double)(value / Table.N))], Weights).Verdict);
    }

    [Fact]
    public void Sums_that_cancel_but_for_the_rounding_of_float32_are_recognised()
    {
        // Averages of standardised columns are 0; in float32 they are 1e-6 or so.
        var table = Table.Standardized();
        double[] gradient = Mistakes["summed_before_product"](table, Weights);
        double[] rounded = [.. gradient.Select((value, j) => value + (j < table.M ? 2e-6 * Math.Sin(j + 1) : 0))];
        Assert.Equal(["summed_before_product"], Judge(Table, rounded, Weights).Findings.Select(finding => finding.Code));
        Assert.Equal(
            ["bias_gradient_zero", "unrecognised"],
            new[] { [.. table.Right(Weights)[..^1], 0], (double[])[.. rounded[..^1].Select(value => 500 * value), rounded[^1]] }
                .SelectMany(given => Judge(Table, given, Weights).Findings).Select(finding => finding.Code));
    }

    [Fact]
    public void What_is_not_recognised_is_told_apart_from_what_was_tried()
    {
        var judgement = Judge(Table, Mistakes["unrecognised"](Table, Weights), Weights);
        Assert.Empty(judgement.Explanations);
        Assert.All(
            (string[])["wrong_sign", "sigma_prime_twice", "summed_before_chain_rule", "data_transposed"], code => Assert.Contains(code, judgement.Excluded));
        Assert.InRange(judgement.Angle, 1, 180);
        Assert.Equal(Table.M + 1, judgement.Coordinates.Count);
        Assert.Equal("(bias)", judgement.Coordinates[^1].Name);
    }

    [Fact]
    public void A_single_feature_is_enough_for_most_mistakes()
    {
        var table = PlainTable.Cars;
        double[] w = [-0.4, 0.9];
        string[] codes = ["wrong_sign", "not_averaged", "sigma_prime_twice", "sigma_prime_missing", "labels_plus_minus_one", "summed_before_chain_rule", "no_bias"];
        Assert.All(codes, code => Assert.Equal([code], Judge(table, Mistakes[code](table, w), w).Findings.Select(finding => finding.Code)));
    }

    [Fact]
    public void A_column_s_name_may_have_led_to_the_order()
    {
        var table = PlainTable.Made(100, 12);
        double[] w = [.. Enumerable.Range(0, 13).Select(j => 0.02 * (j - 6.5))];
        double[] right = table.Right(w);
        int[] sorted = [.. Enumerable.Range(0, 12).OrderBy(j => $"c{j}", StringComparer.Ordinal)];
        Assert.Equal(["columns_sorted"],
            Judge(table, [.. sorted.Select(j => right[j]), right[^1]], [.. sorted.Select(j => w[j]), w[^1]]).Findings.Select(finding => finding.Code));
        Assert.Equal(["bias_first"], Judge(table, [right[^1], .. right[..^1]], [w[^1], .. w[..^1]]).Findings.Select(finding => finding.Code));
    }

    [Theory]
    [InlineData(3, "has 3 values; there must be 9 (c0, c1, c2, c3, c4, c5, c6, c7, bias), or 8 without a bias, in the order")]
    [InlineData(150, "one a sample: the product by X lacks its transpose")]
    [InlineData(1, "summed to one number")]
    [InlineData(150 * 8, "the sum over the samples is missing")]
    public void A_wrong_length_says_which_is_right_and_what_this_one_may_be(int values, string words)
    {
        var failure = Assert.Throws<PerceptronException>(() => Judge(Table, new double[values], []));
        Assert.Equal(Fault.Data, failure.Fault);
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sums_that_nearly_cancel_do_not_explain_whatever_is_small_beside_N_times_their_terms()
    {
        // As z - mean(y) at weights 0 with classes that are nearly balanced, summed over many samples.
        var units = new FeatureUnits("raw", "", [0, 0], [1, 1], [1, 1]);
        var search = new ExplanationSearch(FactorSlips.All(400_000, 400_000, 2), BiasSlips.Factors(400_000), PenaltySlips.All(0, 400_000, false));
        Hypothesis Of(double[] claimed) => new(
            [Residuals.LabelsBroadcast], units, [2e-6, -3e-6, 5e-5], [1, 1, 1], new double[3], [1, 400_000], claimed, new double[3]);
        Assert.Empty(search.Of(Of([0.01, -0.02, 0.03])));
        Assert.Contains(search.Of(Of([0.8, -1.2, 20])), explanation => explanation.Slips is [{ Code: "labels_broadcast" }]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void A_gradient_made_at_random_is_not_explained(int features)
    {
        var table = PlainTable.Made(60, features);
        var random = new Random(features);
        for (int repeat = 0; repeat < 20; repeat++)
        {
            double[] w = [.. Enumerable.Range(0, features + 1).Select(_ => random.NextDouble() - 0.5)];
            double[] gradient = [.. Enumerable.Range(0, features + 1).Select(j => (random.NextDouble() - 0.5) * RootMeanSquare(table, j))];
            var judgement = Judge(table, gradient, w);
            string codes = string.Join(", ", judgement.Findings.Select(finding => finding.Code));
            Assert.True(codes is "unrecognised", $"{repeat}: {codes}");
        }
    }

    [Theory]
    [InlineData("pima", "label")]
    [InlineData("wdbc", "diagnosis")]
    [InlineData("sonar", "label")]
    public void A_gradient_made_at_random_is_not_explained_whatever_its_size(string name, string label)
    {
        var raw = PlainTable.Sample(name, label);
        var random = new Random(7);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        var explained = new List<string>();
        foreach (var table in (PlainTable[])[raw, raw.Standardized()])
        {
            double[] sizes = [.. Enumerable.Range(0, table.M + 1).Select(j => RootMeanSquare(table, j))];
            double[] w = [.. sizes.Select(size => Normal() / size / Math.Sqrt(table.M))];
            double bias = table.Right(w)[^1];
            for (double size = 1e-4; size < 1e5; size *= 10)
            {
                double[] gradient = [.. sizes.Select(each => size * each * Normal())];
                // With a bias's value that is right, as where only the product is wrong, sums that cancel must not explain the rest.
                double[] rightBias = [.. gradient[..^1], bias];
                foreach (var claimed in (double[][])[gradient, rightBias, [.. gradient[..^1], bias / table.N], PlainTable.Scale(rightBias, table.N)])
                {
                    string codes = string.Join(", ", Judge(raw, claimed, w).Findings.Select(finding => finding.Code));
                    if (codes is not "unrecognised") explained.Add($"{size:g1}: {codes}");
                }
            }
        }

        Assert.Empty(explained);
    }

    [Fact]
    public void Where_the_right_gradient_is_nearly_0_it_is_said_that_little_can_be_told()
    {
        // Each sample with either label: the optimum is at weights 0, and this is close to it.
        var table = new PlainTable([.. Table.X, .. Table.X], [.. Table.Samples.Select(_ => 0.0), .. Table.Samples.Select(_ => 1.0)]).Standardized();
        double[] w = [.. Enumerable.Range(0, table.M + 1).Select(j => 1e-7 * (j - 3.5))];
        foreach (double factor in (double[])[1, -1, 0, table.N])
        {
            var judgement = Judge(table, PlainTable.Scale(table.Right(w), factor), w);
            Assert.Equal(GradientVerdict.Right, judgement.Verdict);
            var finding = Assert.Single(judgement.Findings);
            Assert.Equal("indistinguishable", finding.Code);
            Assert.Contains("nearly 0", finding.Message, StringComparison.Ordinal);
            Assert.Contains("--write-weights", finding.Remedy, StringComparison.Ordinal);
            Assert.All(
                (string[])["wrong_sign", "not_averaged", "factor_two", "zero", "bias_gradient_zero", "order_reversed"],
                code => Assert.Contains(code, finding.Message, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_documentation_lists_every_mistake_and_no_other()
    {
        string text = File.ReadAllText(Testing.Repository.PathOf("docs", "gradcheck.md"));
        string[] listed = [.. text.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(line => line.Split('|')[1].Split(',')).Select(code => code.Trim(' ', '`'))];
        Slip[] catalogue =
        [
            .. ResidualRule.Catalogue("no", true, true, true).SelectMany(rule => rule.Slips),
            .. FactorSlips.All(10, 9, 3).SelectMany(factor => factor.Slips), FactorSlips.Scaled(3),
            .. BiasSlips.Factors(9).SelectMany(factor => factor.Slips), BiasSlips.NoBias,
            .. PenaltySlips.All(1, 9, true).SelectMany(term => term.Slips), PenaltySlips.NotAskedFor(1),
            .. ValueOrder.All(["b", "a", "c"], 4, true).SelectMany(order => order.Slips), UnitSlips.Transposed(WrongLayout.RowsAsColumns),
        ];
        string[] others = ["features_standardized", "features_not_standardized", "units_mixed", "order_permuted", "some_values", "imprecise", "not_finite"];
        Assert.Equal(catalogue.Select(slip => slip.Code).Concat(others).Distinct().Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
        Assert.All(Mistakes.Keys.Except(["unrecognised"]), code => Assert.Contains(code, listed));
    }

    private static readonly PlainTable Table = PlainTable.Pima;
    private static readonly double[] Weights = [0.05, -0.011, 0.007, 0.013, -0.002, 0.016, 0.4, 0.012, -0.35];
    private const double L2 = 0.7;

    /// <summary>[−(1/N) (Y (1/z)ᵀ + (1 − Y)(1 − 1/(z − 1))ᵀ)] · σ′(V) · Xᵀ, its brackets a number.</summary>
    internal static double[] AsAsked(PlainTable t, double[] w)
    {
        double scalar = 0;
        foreach (int k in t.Samples)
            scalar += t.Y[k] * (1 / t.Output(k, w)) + (1 - t.Y[k]) * (1 - 1 / (t.Output(k, w) - 1));
        return t.Product(i => -scalar / t.N * PlainTable.SigmaPrime(t.Logit(i, w)));
    }

    /// <summary>X with its values, row by row or column by column, read in the other order.</summary>
    private static PlainTable Reshaped(PlainTable t, bool byColumns)
    {
        double[] flat = byColumns ? [.. Enumerable.Range(0, t.M).SelectMany(j => t.X.Select(row => row[j]))] : [.. t.X.SelectMany(row => row)];
        return new PlainTable(
            [.. t.Samples.Select(i => Enumerable.Range(0, t.M).Select(j => flat[byColumns ? i * t.M + j : j * t.N + i]).ToArray())], t.Y);
    }

    private static double[] Mean(PlainTable table, Func<int, double> coefficient) => PlainTable.Scale(table.Product(coefficient), 1.0 / table.N);

    private static double LossSlope(PlainTable t, double[] w, int i) => (t.Output(i, w) - t.Y[i]) / (t.Output(i, w) * (1 - t.Output(i, w)));

    private static double RootMeanSquare(PlainTable t, int j) => j == t.M ? 1 : Math.Sqrt(t.X.Average(row => row[j] * row[j]));

    private static (GradientVerdict, string) VerdictAndUnits(GradientJudgement judgement) => (judgement.Verdict, judgement.Units);

    private static GradientJudgement Judge(
        PlainTable table, double[] gradient, double[] weights, bool? standardized = null, double l2 = 0, bool stored = false, double[]? rounding = null)
    {
        var (dataset, schema) = table.Encode(stored);
        using (dataset)
        {
            return GradientJudge.Judge(dataset, schema, new GradientClaim
            {
                Gradient = gradient,
                Rounding = rounding ?? [],
                Weights = weights,
                Standardized = standardized,
                L2 = l2,
            });
        }
    }
}
