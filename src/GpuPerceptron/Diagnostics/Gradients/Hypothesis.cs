namespace GpuPerceptron.Diagnostics.Gradients;

/// <summary>What the gradient would be if certain mistakes were made in it, save factors and penalties.</summary>
/// <param name="Slips">The mistakes; none for the right one.</param>
/// <param name="Units">The features' units.</param>
/// <param name="Values">(1/Σs) Σ s ρ x̃, without a penalty: M + 1 values, the bias last.</param>
/// <param name="Scale">The size of what each value is summed from: √(mean ρ²) √(mean x²).</param>
/// <param name="Parameters">w and b in the same units.</param>
/// <param name="NaturalFactors">Factors that go with the mistakes.</param>
/// <param name="Claimed">The gradient to be judged, in the schema's order.</param>
/// <param name="Rounding">Half a unit of each claimed value's last digit.</param>
internal sealed record Hypothesis(
    IReadOnlyList<Slip> Slips, FeatureUnits Units, double[] Values, double[] Scale, double[] Parameters, IReadOnlyList<double> NaturalFactors,
    double[] Claimed, double[] Rounding)
{
    private const double Cancelled = 1e-6;
    private const double NearlyCancelled = 1e-4; // ten times what float32 changes

    /// <summary>What it costs to believe in it.</summary>
    public int Cost { get; } = Slips.Sum(slip => slip.Cost);

    /// <summary>How much of the terms is left when they are summed: from 0, where all cancel, to 1.</summary>
    public double Remainder { get; } = Largest(Values, Scale);

    /// <summary>Whether it is 0, or sums that cancel: a factor is then none.</summary>
    public bool Vanishes => Remainder <= Cancelled;

    /// <summary>Whether the weights' values are so, or nearly.</summary>
    public bool WeightsVanish { get; } = Largest(Values[..^1], Scale[..^1]) <= NearlyCancelled;

    /// <summary>Whether the bias's value is so, or nearly.</summary>
    public bool BiasVanishes { get; } = Largest(Values[^1..], Scale[^1..]) <= NearlyCancelled;

    /// <summary>Whether all of it can be compared with.</summary>
    public bool IsFinite => Array.TrueForAll(Values, double.IsFinite) && Array.TrueForAll(Scale, double.IsFinite);

    /// <summary>The largest difference of a claimed value from this one with a penalty's part, relative to the size of the terms.</summary>
    public double Distance(double l2) => Largest(
        [.. Claimed.Select((claimed, j) => claimed - Values[j] - PenaltyOf(j, l2))], [.. Scale.Select((scale, j) => scale + Math.Abs(PenaltyOf(j, l2)))]);

    /// <summary><see cref="Remainder"/> with a penalty's part.</summary>
    public double RemainderWith(double l2) => Largest(
        [.. Values.Select((value, j) => value + PenaltyOf(j, l2))], [.. Scale.Select((scale, j) => scale + Math.Abs(PenaltyOf(j, l2)))]);

    /// <summary>λ₂ w of a weight, 0 of the bias.</summary>
    public double PenaltyOf(int j, double l2) => j < Values.Length - 1 ? l2 * Parameters[j] : 0;

    private static double Largest(double[] values, double[] scale) =>
        values.Zip(scale).Max(pair => pair.First == 0 ? 0 : Math.Abs(pair.First) / pair.Second);
}

/// <summary>An explanation of a gradient, and how well it fits.</summary>
/// <param name="Hypothesis">What it starts from.</param>
/// <param name="Slips">All its mistakes; none where the gradient is right.</param>
/// <param name="Cost">What it costs to believe in it.</param>
/// <param name="Error">The largest difference of a value, relative to the size of what it is summed from.</param>
internal sealed record Explanation(Hypothesis Hypothesis, IReadOnlyList<Slip> Slips, int Cost, double Error);
