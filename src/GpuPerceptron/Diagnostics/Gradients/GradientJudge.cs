using GpuPerceptron.Data;
using GpuPerceptron.Models;

namespace GpuPerceptron.Diagnostics.Gradients;

/// <summary>
/// Judges a gradient that somebody computed with code of their own, and names the mistake in it: every mistake of a
/// catalogue is made on the same table at the same weights, and the one whose gradient is the given one is the answer.
/// </summary>
public static class GradientJudge
{
    /// <summary>Values this close are equal: what float32 and the order of summing change.</summary>
    internal const double Rounding = 1e-5;

    /// <summary>An explanation that fits so many times better than another goes before it, whatever it costs.</summary>
    private const double Decisive = 20;

    /// <summary>A gradient this close is the right one, computed imprecisely.</summary>
    private const double Imprecise = 3e-2;

    private const int NamesShown = 8;

    /// <summary>Judges a gradient.</summary>
    /// <param name="dataset">X (float32), y, s: all the samples that the gradient is of.</param>
    /// <param name="schema">What the dataset's columns are, and whether they are stored standardised.</param>
    /// <param name="claim">The gradient.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="PerceptronException">The gradient or the weights do not have a value for each feature, or a weight is not finite.</exception>
    public static GradientJudgement Judge(Dataset dataset, Schema schema, GradientClaim claim, CancellationToken cancellation = default)
    {
        Check(dataset, schema, claim);
        var space = new HypothesisSpace(dataset, schema, claim);
        bool weighs = claim.Model is not null || claim.Weights.Take(schema.FeatureCount).Any(weight => weight != 0);
        var search = new ExplanationSearch(
            FactorSlips.All(dataset.Samples, dataset.TotalWeight, dataset.Features), BiasSlips.Factors(dataset.TotalWeight),
            PenaltySlips.All(claim.L2, dataset.TotalWeight, weighs));
        bool finite = claim.Gradient.All(double.IsFinite);
        var tried = new List<Slip>();
        var fits = new List<Explanation>();
        var alone = new List<Hypothesis>();
        foreach (var hypothesis in space.All(cancellation))
        {
            tried.AddRange(hypothesis.Slips);
            if (hypothesis.Slips is [{ IsMistake: true }] && hypothesis.IsFinite) alone.Add(hypothesis);
            if (finite && hypothesis.IsFinite) fits.AddRange(search.Of(hypothesis));
        }

        if (!finite) return Unexplained(space, schema, claim, NotFinite(schema, claim), []);
        var best = Cheapest(fits, claim.Gradient.Count);
        if (best.Count > 0) return Explained(best, right => SameHere(right, alone, fits, search, claim.L2), space, schema, claim, weighs);
        var excluded = tried.Where(slip => slip.IsMistake).Select(slip => slip.Code)
            .Concat(["wrong_sign", "not_averaged", "factor_two", "factor_half", "scaled"]).Distinct().ToArray();
        return Unexplained(space, schema, claim, finding: null, excluded);
    }

    /// <summary>Of the explanations that fit about as well as the best one, those that take the least to believe.</summary>
    private static List<Explanation> Cheapest(List<Explanation> fits, int values)
    {
        if (fits.Count == 0) return fits;
        double threshold = Math.Max(Rounding, Decisive * fits.Min(fit => fit.Error));
        var close = fits.Where(fit => fit.Error <= Math.Min(threshold, ExplanationSearch.LimitOf(fit.Cost, values))).ToList();
        int cost = close.Min(fit => fit.Cost);
        return [.. close.Where(fit => fit.Cost == cost).DistinctBy(CodesOf)];
    }

    private static string CodesOf(Explanation explanation) =>
        string.Join('+', explanation.Slips.Select(slip => slip.Code).Order(StringComparer.Ordinal));

    private static GradientJudgement Explained(
        List<Explanation> best, Func<Explanation, string[]> sameHere, HypothesisSpace space, Schema schema, GradientClaim claim, bool weighs)
    {
        var first = best[0];
        bool right = !first.Slips.Any(slip => slip.IsMistake);
        var findings = new List<Finding>(best.SelectMany(fit => fit.Slips).Select(slip => slip.ToFinding()).Distinct());
        string[] same = right ? sameHere(first) : best.Count > 1 ? [.. best.Select(CodesOf)] : [];
        double remainder = right ? first.Hypothesis.RemainderWith(claim.L2) : 1;
        bool nearlyZero = remainder <= ExplanationSearch.LimitOf(0, claim.Gradient.Count);
        if (same.Length > 0 || nearlyZero)
        {
            findings.Add(new Finding(
                "indistinguishable",
                nearlyZero
                    ? $"the right gradient is nearly 0 at these weights, {remainder:g2} of the size of the terms that a value is summed from, so that a "
                        + $"wrong one that is as small would pass as well{(same.Length > 0 ? $": {string.Join(", ", same)}" : "")}"
                    : right ? $"at these weights some mistakes would give the same gradient: {string.Join(", ", same)}"
                    : $"at these weights {same.Length} mistakes give the same gradient, and it cannot be told which one was made: "
                        + string.Join(", ", same),
                $"compute it at {(weighs ? "other weights" : "weights other than 0, and a bias other than 0")}: "
                + "gradcheck's --write-weights FILE writes some, --weights FILE says that they were used"));
        }

        string units = claim.Standardized is { } standardized ? OwnUnits(standardized) : first.Hypothesis.Units.Code;
        var explanations = right ? [] : best.Select(fit => (IReadOnlyList<Finding>)[.. fit.Slips.Select(slip => slip.ToFinding())]).ToArray();
        return Build(right ? GradientVerdict.Right : GradientVerdict.Wrong, findings, explanations, space.Right[units], schema, claim, []);
    }

    /// <summary>The single mistakes that would not show at these weights.</summary>
    private static string[] SameHere(Explanation right, List<Hypothesis> alone, List<Explanation> fits, ExplanationSearch search, double l2)
    {
        // Where the right gradient vanishes no factor can be told, and whatever is as small passes.
        var hypothesis = right.Hypothesis;
        double unseen = Math.Max(right.Error, hypothesis.Vanishes ? ExplanationSearch.LimitOf(0, hypothesis.Claimed.Length) : Rounding);
        double remainder = hypothesis.RemainderWith(l2);
        return
        [
            .. alone.Where(mistake => mistake.Distance(l2) <= unseen).Select(mistake => mistake.Slips[0])
                .Concat(search.SingleFactors.Where(factor => Math.Abs(factor.Value - 1) * remainder <= unseen).Select(factor => factor.Slips[0]))
                .Concat(fits.Where(fit => fit.Slips.Count == 1 && fit.Error <= unseen).Select(fit => fit.Slips[0]))
                .Where(slip => slip is { IsMistake: true, Cost: Slip.Usual, Vanishes: false }).Select(slip => slip.Code).Distinct(),
        ];
    }

    private static GradientJudgement Unexplained(
        HypothesisSpace space, Schema schema, GradientClaim claim, Finding? finding, IReadOnlyList<string> excluded)
    {
        var nearest = new[] { FeatureUnits.RawCode, FeatureUnits.StandardizedCode }
            .Where(code => claim.Standardized is null || code == OwnUnits(claim.Standardized.Value))
            .Select(code => space.Right[code])
            .Select(right => (Right: right, Coordinates: Coordinates(right, schema, claim)))
            .OrderByDescending(each => each.Coordinates.Count(coordinate => coordinate.RelativeError <= Rounding))
            .ThenBy(each => each.Coordinates.Select(coordinate => coordinate.RelativeError).Where(error => !double.IsNaN(error)).DefaultIfEmpty().Max())
            .First();
        finding ??= Permuted(nearest.Coordinates) ?? Few(nearest.Coordinates) ?? Close(nearest.Coordinates, nearest.Right.RemainderWith(claim.L2));
        IReadOnlyList<Finding>[] explanations = finding is null ? [] : [[finding]];
        finding ??= new Finding("unrecognised",
            "it is not the right gradient, and none of the mistakes in the catalogue, nor two of them together, gives it",
            "compare value by value, first at weights 0 and on a few rows; the angle to the right gradient and the ratios may give it away");
        return Build(GradientVerdict.Wrong, [finding], explanations, nearest.Right, schema, claim, explanations.Length > 0 ? [] : excluded);
    }

    private static GradientJudgement Build(
        GradientVerdict verdict, IReadOnlyList<Finding> findings, IReadOnlyList<IReadOnlyList<Finding>> explanations,
        Hypothesis right, Schema schema, GradientClaim claim, IReadOnlyList<string> excluded)
    {
        var coordinates = Coordinates(right, schema, claim);
        return new GradientJudgement
        {
            Verdict = verdict,
            Findings = findings,
            Explanations = explanations,
            Units = right.Units.Code,
            UnitsText = right.Units.Text,
            RelativeError = coordinates.Max(coordinate => coordinate.RelativeError),
            Angle = Angle(coordinates),
            Coordinates = coordinates,
            Excluded = excluded,
        };
    }

    private static GradientCoordinate[] Coordinates(Hypothesis right, Schema schema, GradientClaim claim)
    {
        string[] names = [.. schema.Features.Select(feature => feature.Name), "(bias)"];
        return
        [
            .. claim.Gradient.Select((given, j) =>
            {
                double penalty = right.PenaltyOf(j, claim.L2);
                double value = right.Values[j] + penalty;
                double difference = Math.Abs(given - value);
                return new GradientCoordinate(names[j], given, value, difference == 0 ? 0 : difference / (right.Scale[j] + Math.Abs(penalty)));
            }),
        ];
    }

    private static double Angle(GradientCoordinate[] coordinates)
    {
        double product = 0, given = 0, right = 0;
        foreach (var coordinate in coordinates)
        {
            product += coordinate.Given * coordinate.Right;
            given += coordinate.Given * coordinate.Given;
            right += coordinate.Right * coordinate.Right;
        }

        return double.RadiansToDegrees(Math.Acos(Math.Clamp(product / Math.Sqrt(given * right), -1, 1)));
    }

    private static Finding NotFinite(Schema schema, GradientClaim claim)
    {
        int j = claim.Gradient.TakeWhile(double.IsFinite).Count();
        string name = j < schema.FeatureCount ? $"feature {schema.Features.ElementAt(j).Name}" : "the bias";
        return new Finding("not_finite",
            $"its value for {name} is {claim.Gradient[j]}: where z rounds to 0 or 1, log z, 1/z and 1/(1 - z) are not finite",
            "use dL/dv = (z - y)/N, in which 1/z and 1/(1 - z) have cancelled; scale the features, so that the logits stay small");
    }

    /// <summary>The right values, each at another's place.</summary>
    private static Finding? Permuted(GradientCoordinate[] coordinates)
    {
        var rights = coordinates.OrderBy(coordinate => coordinate.Right).ToArray();
        var givens = coordinates.OrderBy(coordinate => coordinate.Given).ToArray();
        bool same = rights.Zip(givens).All(pair => Math.Abs(pair.First.Right - pair.Second.Given) <= Rounding * Math.Abs(pair.First.Right));
        if (coordinates.Length < 3 || !same) return null;
        var moved = givens.Zip(rights).First(pair => pair.First.Name != pair.Second.Name && pair.First.RelativeError > Rounding);
        return new Finding("order_permuted",
            $"its values are the right ones in another order; the one that stands at {moved.First.Name} is that of {moved.Second.Name}",
            "give them in the order of the table's columns, the bias last");
    }

    /// <summary>Most values are right.</summary>
    private static Finding? Few(GradientCoordinate[] coordinates)
    {
        string[] wrong = [.. coordinates.Where(coordinate => !(coordinate.RelativeError <= Rounding)).Select(coordinate => coordinate.Name)];
        if (wrong.Length == 0 || 2 * wrong.Length >= coordinates.Length) return null;
        string names = string.Join(", ", wrong.Take(NamesShown)) + (wrong.Length > NamesShown ? $" and {wrong.Length - NamesShown} more" : "");
        return new Finding("some_values",
            $"{coordinates.Length - wrong.Length} of {coordinates.Length} values are right, and these are not: {names}",
            "look at those columns: how gaps are filled, texts encoded and units converted, and whether a value was misprinted");
    }

    /// <summary>All values are nearly right: by much less than they are large.</summary>
    private static Finding? Close(GradientCoordinate[] coordinates, double remainder)
    {
        double error = coordinates.Max(coordinate => coordinate.RelativeError);
        return !(error <= Math.Min(Imprecise, remainder / 10)) ? null : new Finding("imprecise",
            $"it is the right gradient to within {error:g2} of the size of its terms, but not more: a coarse difference quotient, float16, few digits, or "
            + "samples that differ from the table's",
            "compute it in float64 from (1/N) (Z - Y) X^T and write all digits");
    }

    private static string OwnUnits(bool standardized) => standardized ? FeatureUnits.StandardizedCode : FeatureUnits.RawCode;

    private static void Check(Dataset dataset, Schema schema, GradientClaim claim)
    {
        int features = schema.FeatureCount;
        if (dataset.Samples == 0) throw new PerceptronException(Fault.Data, "there are no samples");
        if (dataset.Features != features)
            throw new PerceptronException(Fault.Data, $"the samples have {dataset.Features} features, the schema {features}");
        if (!(dataset.TotalWeight > 0))
            throw new PerceptronException(Fault.Data, "the sample weights add up to 0; at least one must be above 0");
        if (!(claim.L2 >= 0 && double.IsFinite(claim.L2)))
            throw new PerceptronException(Fault.Options, $"the l2 penalty is {claim.L2}; it must be a finite number, at least 0");
        int values = claim.Gradient.Count;
        if (values != features && values != features + 1)
            throw new PerceptronException(Fault.Data, $"{claim.Name} has {Values(values)}{Shape(values, dataset)}; {Expected(schema)}");
        if (claim.Model is { } model)
        {
            var names = schema.Features.Select(feature => feature.Name);
            if (!names.SequenceEqual(model.Schema.Features.Select(feature => feature.Name)))
            {
                throw new PerceptronException(Fault.Data,
                    "the model's features are not those of the table; train it on the same columns, or give its weights as numbers");
            }

            return;
        }

        int weights = claim.Weights.Count;
        if (weights != 0 && weights != features && weights != features + 1)
            throw new PerceptronException(Fault.Data, $"there are {Values(weights)} for the weights; {Expected(schema)}");
        int bad = claim.Weights.TakeWhile(double.IsFinite).Count();
        if (bad < weights)
            throw new PerceptronException(Fault.Data, $"weight {bad + 1} is {claim.Weights[bad]}; weights must be finite");
    }

    private static string Values(int count) => count == 1 ? "1 value" : $"{count} values";

    /// <summary>What a gradient of the wrong length may be.</summary>
    private static string Shape(int values, Dataset dataset)
    {
        long samples = dataset.Samples;
        int features = dataset.Features;
        if (values == samples)
            return $", one a sample: the product by X lacks its transpose, (1 x N) X^T (N x M), or is missing";
        if (values == 1)
            return ": it was summed to one number, where each feature has its own";
        if (values == samples * features || values == samples * (features + 1))
            return ", one for each entry of X: the sum over the samples is missing, (Z - Y) X^T";
        return "";
    }

    private static string Expected(Schema schema)
    {
        int features = schema.FeatureCount;
        string[] names = [.. schema.Features.Select(feature => feature.Name)];
        string listed = features <= NamesShown ? string.Join(", ", names) : $"{string.Join(", ", names.Take(NamesShown - 2))}, ..., {names[^1]}";
        return $"there must be {features + 1} ({listed}, bias), or {features} without a bias, in the order of the table's columns";
    }
}
