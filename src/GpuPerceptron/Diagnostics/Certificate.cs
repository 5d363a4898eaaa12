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
/// <param name="GradientNorm">max |∇F|, in the units trained in.</param>
/// <param name="Gap">An upper bound on F(θ) − F*; null where nothing is proved.</param>
/// <param name="Method">What proves it.</param>
/// <param name="Passes">Reads of the training features that it took, besides those of the training.</param>
public sealed record Certificate(double GradientNorm, double? Gap, CertificateMethod Method, int Passes);
