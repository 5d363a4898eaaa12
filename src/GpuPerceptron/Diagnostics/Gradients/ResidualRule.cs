namespace GpuPerceptron.Diagnostics.Gradients;

/// <summary>
/// A way, right or wrong, to a sample's coefficient ρ in (1/Σs) Σ s ρ x̃. The right one is ρ = z − y.
/// </summary>
/// <param name="Slips">What is wrong with it; none for the right one.</param>
/// <param name="Coefficient">ρ.</param>
internal sealed record ResidualRule(IReadOnlyList<Slip> Slips, Func<SampleState, ForwardMeans, double> Coefficient)
{
    /// <summary>The size of what ρ was summed from, where that is not |ρ|: sums that cancel are judged by it.</summary>
    public Func<SampleState, ForwardMeans, double>? Magnitude { get; init; }

    /// <summary>Factors that go with the mistake, so that they are none of their own; from N.</summary>
    public Func<long, IReadOnlyList<double>> NaturalFactors { get; init; } = static _ => [1];

    /// <summary>Whether samples count alike whatever their weights.</summary>
    public bool IgnoresSampleWeights { get; init; }

    /// <summary>The right one.</summary>
    public static ResidualRule Right { get; } = new([], static (sample, _) => sample.Residual);

    /// <summary>The right one and all the wrong ones that can show with these parameters.</summary>
    /// <param name="negative">The label that is 0, for messages.</param>
    /// <param name="hasBias">Whether b ≠ 0.</param>
    /// <param name="hasWeights">Whether (w, b) ≠ 0.</param>
    /// <param name="hasSampleWeights">Whether s differs from sample to sample.</param>
    public static IReadOnlyList<ResidualRule> Catalogue(string negative, bool hasBias, bool hasWeights, bool hasSampleWeights) =>
    [
        Right,
        new([Residuals.LabelsPlusMinusOne], static (sample, _) => sample.Output - (2 * sample.Label - 1)),
        new([Residuals.LabelsOneTwo], static (sample, _) => sample.Output - (sample.Label + 1)),
        new([Residuals.LabelsExchanged(negative)], static (sample, _) => sample.Output - (1 - sample.Label)),
        new([Residuals.SigmaPrimeTwice], static (sample, _) => sample.Residual * sample.Slope) { NaturalFactors = static _ => [1, 2] },
        new([Residuals.SigmaPrimeMissing], static (sample, _) => sample.LossSlope),
        new([Residuals.SigmaPrimeOfOutput], static (sample, _) => sample.LossSlope * Slope(sample.Output)),
        new([Residuals.SlopeOfLogit], static (sample, _) => sample.LossSlope * sample.Logit * (1 - sample.Logit)),
        new([Residuals.SigmaPrimeTwice, Residuals.SigmaPrimeOfOutput], static (sample, _) => sample.Residual * Slope(sample.Output))
        {
            NaturalFactors = static _ => [1, 2],
        },
        new([Residuals.SigmaPrimeTwice, Residuals.SlopeOfLogit], static (sample, _) => sample.Residual * sample.Logit * (1 - sample.Logit))
        {
            NaturalFactors = static _ => [1, 2],
        },
        new([Residuals.SigmoidMissing], static (sample, _) => sample.Logit - sample.Label) { NaturalFactors = static _ => [1, 2] },
        new([Residuals.SigmoidTwice], static (sample, _) => SampleState.Sigmoid(sample.Output) - sample.Label),
        new([Residuals.SigmoidTwice], static (sample, _) => (SampleState.Sigmoid(sample.Output) - sample.Label) * sample.Slope),
        new([Residuals.Thresholded], static (sample, _) => (sample.Logit >= 0 ? 1 : 0) - sample.Label),
        new([Residuals.SecondTermSign], static (sample, _) => sample.Label == 1 ? sample.Residual : -sample.Residual),
        new([Residuals.OneMinusReciprocal], static (sample, _) => sample.LossSlopeAsAsked * sample.Slope),
        new([Residuals.PositivesOnly], static (sample, _) => sample.Label * sample.Residual),
        new([Residuals.NegativesOnly], static (sample, _) => (1 - sample.Label) * sample.Residual),
        new([Residuals.LabelsBroadcast], static (sample, means) => sample.Output - means.Label)
        {
            Magnitude = static (sample, means) => sample.Output + means.Label,
            NaturalFactors = static samples => [1, samples],
        },
        new([Residuals.OutputsBroadcast], static (sample, means) => means.Output - sample.Label)
        {
            Magnitude = static (sample, means) => sample.Label + means.Output,
            NaturalFactors = static samples => [1, samples],
        },
        new([Residuals.SummedEarly], static (sample, means) => means.LossSlope * sample.Slope)
        {
            Magnitude = static (sample, means) => means.LossSlopeSize * sample.Slope,
            NaturalFactors = static samples => [samples, 1],
        },
        new([Residuals.SummedEarly, Residuals.OneMinusReciprocal], static (sample, means) => means.LossSlopeAsAsked * sample.Slope)
        {
            NaturalFactors = static samples => [samples, 1],
        },
        new([Residuals.MeansMultiplied], static (_, means) => means.Residual)
        {
            Magnitude = static (_, means) => means.ResidualSize,
            NaturalFactors = static samples => [1, samples],
        },
        new([Residuals.FirstSampleOnly], static (sample, _) => sample.Row == 0 ? sample.Residual : 0) { NaturalFactors = static samples => [samples, 1] },
        new([Residuals.LastSampleOnly], static (sample, means) => sample.Row == means.Samples - 1 ? sample.Residual : 0)
        {
            NaturalFactors = static samples => [samples, 1],
        },
        new([Residuals.ExponentSign], static (sample, _) => sample.Complement - sample.Label),
        new([Residuals.Zero], static (_, _) => 0) { Magnitude = static (sample, _) => sample.Residual },
        .. hasBias
            ? [new ResidualRule([Residuals.BiasNotAdded], static (sample, _) => SampleState.Sigmoid(sample.Logit - sample.Bias) - sample.Label)]
            : Array.Empty<ResidualRule>(),
        .. hasWeights ? [new ResidualRule([Residuals.ParametersIgnored], static (sample, _) => 0.5 - sample.Label)] : Array.Empty<ResidualRule>(),
        .. hasSampleWeights
            ? [new ResidualRule([Residuals.SampleWeightsIgnored], static (sample, _) => sample.Residual) { IgnoresSampleWeights = true }]
            : Array.Empty<ResidualRule>(),
    ];

    private static double Slope(double logit) => SampleState.Sigmoid(logit) * SampleState.Sigmoid(-logit);
}
