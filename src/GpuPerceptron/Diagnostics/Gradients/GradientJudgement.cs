namespace GpuPerceptron.Diagnostics.Gradients;

/// <summary>Whether a gradient is right.</summary>
public enum GradientVerdict
{
    /// <summary>It is.</summary>
    Right,

    /// <summary>It is not; the findings say why, where that could be found out.</summary>
    Wrong,
}

/// <summary>What was found out about a gradient.</summary>
public sealed record GradientJudgement
{
    /// <summary>Whether it is right.</summary>
    public required GradientVerdict Verdict { get; init; }

    /// <summary>What is wrong with it, or to be said of it: those of <see cref="Explanations"/>, then general ones.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>
    /// The explanations that fit, each of one mistake or of several together. More than one where the weights cannot tell
    /// them apart; none where the gradient is right, or is wrong in a way that is not in the catalogue.
    /// </summary>
    public required IReadOnlyList<IReadOnlyList<Finding>> Explanations { get; init; }

    /// <summary>Names the units of the features that the gradient was compared in.</summary>
    public required string Units { get; init; }

    /// <summary>The units in words: "features …".</summary>
    public required string UnitsText { get; init; }

    /// <summary>
    /// The largest difference from the right gradient, each coordinate's relative to the size of the terms that it is summed
    /// from, √(mean (z − y)²) √(mean x²).
    /// </summary>
    public required double RelativeError { get; init; }

    /// <summary>The angle between the two, in degrees; NaN where one of them is 0.</summary>
    public required double Angle { get; init; }

    /// <summary>Every coordinate, the bias last.</summary>
    public required IReadOnlyList<GradientCoordinate> Coordinates { get; init; }

    /// <summary>Codes of the mistakes that it is not, where none fits.</summary>
    public required IReadOnlyList<string> Excluded { get; init; }
}

/// <summary>A coordinate of a gradient.</summary>
/// <param name="Name">The feature's name, or "(bias)".</param>
/// <param name="Given">The value to be judged.</param>
/// <param name="Right">The right value.</param>
/// <param name="RelativeError">The difference relative to the size of the terms that the coordinate is summed from.</param>
public sealed record GradientCoordinate(string Name, double Given, double Right, double RelativeError);
