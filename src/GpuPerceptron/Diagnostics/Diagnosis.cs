namespace GpuPerceptron.Diagnostics;

/// <summary>Whether a plane tells the classes apart without an error.</summary>
public enum Separability
{
    /// <summary>Yes: parameters were found at which every sample is on its label's side of it.</summary>
    Yes,

    /// <summary>No: a finite optimum without a penalty is proved, which separable classes do not have.</summary>
    No,

    /// <summary>Neither was proved.</summary>
    Undecided,
}

/// <summary>What a table is like to learn from, by plain gradient descent and at all.</summary>
public sealed record Diagnosis
{
    /// <summary>Samples (N).</summary>
    public required long Samples { get; init; }

    /// <summary>Features (M).</summary>
    public required int Features { get; init; }

    /// <summary>Samples with the positive label.</summary>
    public required long Positives { get; init; }

    /// <summary>Whether the figures below, where they do not say, are of standardised features or of raw ones.</summary>
    public required bool Standardized { get; init; }

    /// <summary>L = λmax(X̃ᵀSX̃)/(4 Σs), the largest curvature of the loss anywhere, of raw features.</summary>
    public required double LipschitzRaw { get; init; }

    /// <summary>The same, of standardised features.</summary>
    public required double LipschitzStandardized { get; init; }

    /// <summary>1/L, the learning rate at which gradient descent is sure to make progress.</summary>
    public required double SafeLearningRate { get; init; }

    /// <summary>2/L: below it the loss is sure to fall at every step. Larger rates may work; it is no sharp limit.</summary>
    public required double DescentLimit { get; init; }

    /// <summary>
    /// 2/λmax(∇²F(θ*)): above it gradient descent cannot settle at the optimum; below it, it may still cycle elsewhere. Null where no
    /// finite optimum is proved.
    /// </summary>
    public required double? LocalLimit { get; init; }

    /// <summary>
    /// λmax/λmin of ∇²F at the optimum without a penalty; infinite where columns depend on each other. Null where no finite optimum
    /// is proved.
    /// </summary>
    public required double? ConditionNumber { get; init; }

    /// <summary>
    /// About how many epochs gradient descent at 1/L takes to reduce the gradient a millionfold: ln(10⁶) L/λmin(∇²F(θ*)).
    /// </summary>
    public required double? GradientDescentEpochs { get; init; }

    /// <summary>The mean log-loss at the optimum without a penalty, to within 1e-9; null where no finite optimum is proved.</summary>
    public required double? OptimalLogLoss { get; init; }

    /// <summary>Whether a plane tells the classes apart.</summary>
    public required Separability Separable { get; init; }

    /// <summary>What is worth knowing, and what mends it.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>What was not looked for, and why.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}

/// <summary>How to diagnose.</summary>
public sealed record DiagnosisOptions
{
    /// <summary>Whether the training that it is for standardises the features.</summary>
    public bool Standardize { get; init; } = true;

    /// <summary>Columns that were left out of the dataset because they hold one value only.</summary>
    public IReadOnlyList<string> ConstantColumns { get; init; } = [];

    /// <summary>Where to train on tables too large for float64.</summary>
    public Engines.DeviceRequest Device { get; init; }

    /// <summary>Host threads; 0 for one a processor.</summary>
    public int Threads { get; init; }
}
