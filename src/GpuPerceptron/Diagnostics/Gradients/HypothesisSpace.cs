using GpuPerceptron.Data;
using GpuPerceptron.Models;

namespace GpuPerceptron.Diagnostics.Gradients;

/// <summary>All gradients that the catalogue's mistakes give on a table, save factors and penalties.</summary>
internal sealed class HypothesisSpace
{
    private readonly Dataset _dataset;
    private readonly Schema _schema;
    private readonly GradientClaim _claim;
    private readonly IReadOnlyList<FeatureUnits> _units;
    private readonly IReadOnlyList<ValueOrder> _orders;
    private readonly double[] _rounding;

    public HypothesisSpace(Dataset dataset, Schema schema, GradientClaim claim)
    {
        (_dataset, _schema, _claim) = (dataset, schema, claim);
        _units = FeatureUnits.All(dataset, schema.Standardized, schema.Features);
        _orders = ValueOrder.All(
            [.. schema.Features.Select(feature => feature.Name)], claim.Gradient.Count,
            weightsVary: claim.Model is null && claim.Weights.Any(weight => weight != 0));
        _rounding = claim.Rounding.Count == 0 ? new double[claim.Gradient.Count] : [.. claim.Rounding];
    }

    /// <summary>The right gradients, by the units' code.</summary>
    public Dictionary<string, Hypothesis> Right { get; } = [];

    /// <summary>Computes them all.</summary>
    public IEnumerable<Hypothesis> All(CancellationToken cancellation)
    {
        foreach (var units in _units)
        {
            double[] parameters = ParametersIn(units, _orders[0]);
            var pass = new HypothesisPass(_dataset, units.ToStored(parameters), parameters[^1]);
            var rules = ResidualRule.Catalogue(
                _schema.Label.Negative, parameters[^1] != 0, parameters.AsSpan().ContainsAnyExcept(0), _dataset.HasSampleWeights);
            var sums = pass.Run(rules, cancellation);
            var unitSlips = UnitSlips.Of(units, _claim.Standardized);
            for (int r = 0; r < rules.Count; r++)
            {
                var hypothesis = Make(
                    [.. unitSlips, .. rules[r].Slips], units, sums[r], parameters, _orders[0], rules[r].NaturalFactors(_dataset.Samples));
                if (rules[r] == ResidualRule.Right) Right[units.Code] = hypothesis;
                yield return hypothesis;
            }

            if (!units.AreOurs) continue;
            foreach (var hypothesis in Mixed(units, sums[0], parameters).Concat(Transposed(units, pass, parameters, cancellation)))
                yield return hypothesis;
            foreach (var order in _orders.Skip(1))
                yield return Ordered(order, units, sums[0], parameters, cancellation);
        }
    }

    private Hypothesis Ordered(ValueOrder order, FeatureUnits units, HypothesisSums sums, double[] parameters, CancellationToken cancellation)
    {
        if (order.HoldsForWeights)
        {
            parameters = ParametersIn(units, order);
            sums = new HypothesisPass(_dataset, units.ToStored(parameters), parameters[^1]).Run([ResidualRule.Right], cancellation)[0];
        }

        return Make([.. UnitSlips.Of(units, _claim.Standardized), .. order.Slips], units, sums, parameters, order, [1]);
    }

    /// <summary>Logits from features in one unit, the product with features in another.</summary>
    private IEnumerable<Hypothesis> Mixed(FeatureUnits forward, HypothesisSums sums, double[] parameters)
    {
        foreach (var backward in _units)
        {
            if (!backward.AreOurs || backward == forward || !parameters.AsSpan().ContainsAnyExcept(0)) continue;
            yield return Make([UnitSlips.Mixed(forward, backward)], backward, sums, parameters, _orders[0], [1]);
        }
    }

    /// <summary>
    /// X laid out wrongly, with a column of ones for the bias or without, in the logits and in the product by the residuals
    /// or in one of them.
    /// </summary>
    private IEnumerable<Hypothesis> Transposed(FeatureUnits units, HypothesisPass pass, double[] parameters, CancellationToken cancellation)
    {
        bool weighs = parameters.AsSpan(0, _dataset.Features).ContainsAnyExcept(0);
        foreach (var layout in Enum.GetValues<WrongLayout>())
        {
            foreach (bool ones in _claim.Gradient.Count > _dataset.Features ? [false, true] : (bool[])[false])
            {
                using var rearranged = UnitSlips.Rearranged(_dataset, units, layout, ones);
                if (rearranged is null) continue;
                IReadOnlyList<Slip> slips = [.. UnitSlips.Of(units, _claim.Standardized), UnitSlips.Transposed(layout)];
                var own = FeatureUnits.Stored(rearranged, units.Code, units.Text);
                var forward = new HypothesisPass(rearranged, ones ? [.. parameters, 0] : parameters, parameters[^1]);
                foreach (var sums in (HypothesisPass[])[forward, pass.With(rearranged)])
                    yield return Make(slips, own, sums.Run([ResidualRule.Right], cancellation)[0], parameters, _orders[0], [1]);
                if (weighs)
                    yield return Make(slips, units, forward.With(_dataset).Run([ResidualRule.Right], cancellation)[0], parameters, _orders[0], [1]);
            }
        }
    }

    private Hypothesis Make(
        IReadOnlyList<Slip> slips, FeatureUnits units, HypothesisSums sums, double[] parameters, ValueOrder order, IReadOnlyList<double> naturalFactors)
    {
        double size = Math.Sqrt(sums.Squares);
        double[] scale = [.. units.RootMeanSquare.Select(feature => feature * size), size];
        int values = _dataset.Features + 1; // a column of ones has the bias's value, and the sum after it is none
        return new Hypothesis(
            slips, units, units.SumsFromStored(sums.Values)[..values], scale[..values], parameters, naturalFactors,
            order.Arrange(_claim.Gradient), order.Arrange(_rounding));
    }

    /// <summary>w and b in these units: a model's are converted, numbers are taken as they are.</summary>
    private double[] ParametersIn(FeatureUnits units, ValueOrder order)
    {
        int features = _dataset.Features;
        if (_claim.Model is { } model)
            return units.FromStored(_units[0].ToStored([.. model.Raw.Weights, model.Raw.Bias]));
        if (_claim.Weights.Count == 0) return new double[features + 1];
        double[] given = _claim.Weights.Count == features ? [.. _claim.Weights, 0] : [.. _claim.Weights];
        if (!order.HoldsForWeights) return given;
        double[] arranged = order.Arrange(given);
        return arranged.Length == features ? [.. arranged, given[^1]] : arranged;
    }
}
