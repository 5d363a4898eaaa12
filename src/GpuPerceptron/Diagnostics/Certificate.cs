namespace GpuPerceptron.Diagnostics;

/// <summary>What proves how near a training came to the optimum.</summary>
public enum CertificateMethod
{
    /// <summary>Nothing does.</summary>
    None,

    /// <summary>A feasible point of the dual problem: F is nowhere below its value. Needs a penalty.</summary>
    DualityGap,

    /// <summary>The Newton decrement and the generalised self-concordance of the loss. Needs a Hessian.</summary>
    NewtonDecrement,
}

/// <summary>
/// What is proved, in float64 and over all training samples, of the point that a training ended at.
/// </summary>
public sealed record Certificate
{
    /// <summary>max |∇F|, by weights per deviation of their feature; of sparse ones as they were trained.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>An upper bound on F(θ) − F*; null where nothing is proved.</summary>
    public double? Gap { get; init; }

    /// <summary>What proves it.</summary>
    public required CertificateMethod Method { get; init; }

    /// <summary>Reads of the training features that it took, besides those of the training.</summary>
    public required int Passes { get; init; }
}
