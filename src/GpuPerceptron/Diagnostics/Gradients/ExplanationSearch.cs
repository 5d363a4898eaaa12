namespace GpuPerceptron.Diagnostics.Gradients;

/// <summary>
/// Tries what can go wrong after the product of residuals and features: factors, the bias's value, the penalty. Each value
/// of the gradient is then h = c ρ̄ + μ w, and for the bias h = c β ρ̄ + ν b.
/// </summary>
/// <param name="factors">c.</param>
/// <param name="biasFactors">β.</param>
/// <param name="penalties">μ and ν.</param>
internal sealed class ExplanationSearch(
    IReadOnlyList<NamedFactor> factors, IReadOnlyList<NamedFactor> biasFactors, IReadOnlyList<PenaltyTerm> penalties)
{
    private const double Vanishing = 1e-3; // the tolerance's part for sums that vanish throughout

    /// <summary>
    /// The largest error of an explanation. The more has to be believed, the less chance may have a hand in it; and chance
    /// has an easy game where there is one value only.
    /// </summary>
    public static double LimitOf(int cost, int values) => cost switch
    {
        0 => 1e-3,
        <= Slip.Usual => values == 1 ? 1e-4 : 1e-3,
        <= Slip.Fitted => 1e-4,
        _ => 1e-5,
    };

    /// <summary>The mistakes that multiply the gradient, or the bias's value, by a number c, and c.</summary>
    public IEnumerable<NamedFactor> SingleFactors => factors.Concat(biasFactors).Where(factor => factor.Slips.Count == 1);

    /// <summary>All explanations that start from a hypothesis and fit.</summary>
    public IEnumerable<Explanation> Of(Hypothesis hypothesis)
    {
        int values = hypothesis.Claimed.Length;
        bool hasBias = values == hypothesis.Values.Length;
        Slip[] start = hasBias ? [.. hypothesis.Slips] : [.. hypothesis.Slips, BiasSlips.NoBias];
        int startCost = start.Sum(slip => slip.Cost);
        int affordable = values switch { 1 => Slip.Usual, 2 => Slip.Fitted, _ => Slip.Fitted + Slip.Usual };
        affordable += hasBias ? 0 : Slip.Usual; // what can be counted is not guessed
        bool mayBeRight = !hypothesis.Slips.Any(slip => slip.IsMistake);
        bool biasShows = hasBias && hypothesis is { WeightsVanish: false, BiasVanishes: false }; // else c alone says as much

        foreach (double natural in hypothesis.Vanishes ? [1] : hypothesis.NaturalFactors)
        {
            foreach (var factor in hypothesis.Vanishes ? factors.Take(1) : factors)
            {
                foreach (var penalty in penalties)
                {
                    // The penalty may be multiplied with the rest or not.
                    double c = natural * factor.Value;
                    foreach (double scale in c == 1 || penalty.Weights == 0 ? [1] : (double[])[1, c])
                    {
                        foreach (var bias in biasShows ? biasFactors : biasFactors.Take(1))
                        {
                            int cost = startCost + factor.Cost + penalty.Cost + bias.Cost;
                            if (cost > affordable) continue;
                            bool right = mayBeRight && cost == startCost;
                            double error = ErrorOf(hypothesis, c, bias.Value, penalty, scale, LimitOf(cost, values), right);
                            if (error <= LimitOf(cost, values))
                                yield return new Explanation(hypothesis, [.. start, .. factor.Slips, .. penalty.Slips, .. bias.Slips], cost, error);
                        }
                    }
                }
            }
        }

        foreach (var fitted in Fitted(hypothesis, start, startCost, affordable))
            yield return fitted;
    }

    /// <summary>A factor, or a penalty, that is none of the named ones but fits.</summary>
    private IEnumerable<Explanation> Fitted(Hypothesis hypothesis, Slip[] start, int startCost, int affordable)
    {
        int values = hypothesis.Claimed.Length;
        int cost = startCost + Slip.Fitted;
        if (hypothesis.Vanishes || cost > affordable || values < (startCost == 0 ? 2 : 3)) yield break;
        double limit = LimitOf(cost, values);

        var penalty = penalties[0];
        double[] right = [.. Enumerable.Range(0, values).Select(j => ValueOf(hypothesis, j, 1, 1, penalty, 1))];
        double c = Projection(hypothesis, hypothesis.Claimed, right);
        if (c != 0 && double.IsFinite(c) && ErrorOf(hypothesis, c, 1, penalty, c, limit) is var error && error <= limit)
            yield return new Explanation(hypothesis, [.. start, FactorSlips.Scaled(c)], cost, error);

        bool weighs = hypothesis.Parameters.AsSpan(0, hypothesis.Parameters.Length - 1).ContainsAnyExcept(0);
        if (penalty.Weights != 0 || !weighs || values < 3) yield break;
        double[] rest = [.. hypothesis.Claimed.Select((value, j) => value - right[j])];
        double[] weights = [.. Enumerable.Range(0, values).Select(j => j < hypothesis.Parameters.Length - 1 ? hypothesis.Parameters[j] : 0)];
        var found = new PenaltyTerm(Projection(hypothesis, rest, weights), 0, []);
        if (found.Weights > 0 && double.IsFinite(found.Weights) && ErrorOf(hypothesis, 1, 1, found, 1, limit) is var other && other <= limit)
            yield return new Explanation(hypothesis, [.. start, PenaltySlips.NotAskedFor(found.Weights)], cost, other);
    }

    /// <summary>The largest error of a value, relative to its scale; infinite as soon as it is above the limit.</summary>
    private static double ErrorOf(
        Hypothesis hypothesis, double c, double beta, PenaltyTerm penalty, double penaltyScale, double limit, bool right = false)
    {
        var weights = new PartError();
        var bias = new PartError();
        for (int j = 0; j < hypothesis.Claimed.Length; j++)
        {
            bool isBias = j == hypothesis.Values.Length - 1;
            double value = ValueOf(hypothesis, j, c, beta, penalty, penaltyScale);
            double factor = Math.Abs(c) * (isBias ? Math.Abs(beta) : 1);
            double scale = factor * hypothesis.Scale[j] + Math.Abs(value - (isBias ? c * beta : c) * hypothesis.Values[j]);
            double difference = Math.Max(0, Math.Abs(hypothesis.Claimed[j] - value) - hypothesis.Rounding[j]);
            double error = difference == 0 ? 0 : difference / scale;
            if (!(error <= limit)) return double.PositiveInfinity;
            (isBias ? ref bias : ref weights).Add(error, value == 0 ? 0 : Math.Abs(value) / scale);
        }

        if (right) return Math.Max(weights.Error, bias.Error);
        double rounding = hypothesis.Vanishes ? Vanishing * limit : Math.Min(GradientJudge.Rounding, limit * Math.Max(weights.Kept, bias.Kept));
        double largest = Math.Max(weights.ErrorOfRest(rounding), bias.ErrorOfRest(rounding));
        return largest <= limit ? largest : double.PositiveInfinity;
    }

    /// <summary>The errors of the weights' values, or of the bias's.</summary>
    private struct PartError
    {
        private double _remainder;

        public double Error { get; private set; }

        /// <summary>The tolerance that sums which nearly cancel leave.</summary>
        public readonly double Kept => Math.Min(1, 100 * _remainder);

        public void Add(double error, double remainder)
        {
            Error = Math.Max(Error, error);
            _remainder = Math.Max(_remainder, remainder);
        }

        /// <summary>
        /// The largest. Beside the terms of sums that nearly cancel whatever is small would be close, so that a mistake is
        /// held to what is left of them; the right gradient is not, for its rounding is that of the terms. Rounding is
        /// none of its errors either, where the other part shows how large the whole is.
        /// </summary>
        public readonly double ErrorOfRest(double rounding) => Error <= rounding ? Error : Error / Kept;
    }

    private static double ValueOf(Hypothesis hypothesis, int j, double c, double beta, PenaltyTerm penalty, double penaltyScale)
    {
        double parameter = hypothesis.Parameters[j];
        if (j == hypothesis.Values.Length - 1)
            return c * beta * hypothesis.Values[j] + penaltyScale * penalty.Bias * parameter;
        return c * hypothesis.Values[j] + penaltyScale * penalty.Weights * (penalty.IsAbsolute ? Math.Sign(parameter) : parameter);
    }

    /// <summary>The number a for which a·model comes closest to the target, each value measured by its scale.</summary>
    private static double Projection(Hypothesis hypothesis, double[] target, double[] model)
    {
        double product = 0, square = 0;
        for (int j = 0; j < target.Length; j++)
        {
            double scale = hypothesis.Scale[j] * hypothesis.Scale[j];
            product += target[j] * model[j] / scale;
            square += model[j] * model[j] / scale;
        }

        return product / square;
    }
}
