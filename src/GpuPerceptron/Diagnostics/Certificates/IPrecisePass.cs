using GpuPerceptron.Engines;

namespace GpuPerceptron.Diagnostics.Certificates;

/// <summary>Reads of X in float64 on the host.</summary>
internal interface IPrecisePass : IDisposable
{
    /// <summary>Features and the bias (D = M + 1).</summary>
    int Dimension { get; }

    /// <summary>Reads of X so far.</summary>
    int Passes { get; }

    /// <summary>Reads X once.</summary>
    /// <param name="loss">ℓ, of which the sums and the derivatives are taken.</param>
    /// <param name="parameters">θ, in the units of the pass, the bias last.</param>
    /// <param name="hessianStride">Every how-many-th row goes into the Hessian; 0 for none.</param>
    /// <param name="logits">Where each sample's logit goes, if anybody asks.</param>
    PreciseSums Run(PassLoss loss, ReadOnlySpan<double> parameters, long hessianStride = 0, double[]? logits = null);
}
