using GpuPerceptron.Data;

namespace GpuPerceptron.Engines;

/// <summary>What a pass sums over the samples: ℓ as a function of the logit v (and the label y).</summary>
public enum PassLoss
{
    /// <summary>Binary cross-entropy: ℓ = log(1 + eᵛ) − y·v, with ∂ℓ/∂v = σ(v) − y.</summary>
    Logistic,

    /// <summary>
    /// ℓ = v²/2, with ∂ℓ/∂v = v; labels are ignored. Its gradient at u is X̃ᵀSX̃u, what a power iteration needs.
    /// </summary>
    HalfSquare,
}

/// <summary>
/// A dataset, resident on a device, ready for passes: the only code that touches the features while training.
/// Implementations are not safe for concurrent use, and own what they allocated, not the dataset.
/// </summary>
/// <remarks>
/// With X̃ = [X, 1] (a column of ones for the bias), parameters θ = (w, b), logits v = X̃θ and sample weights s, one read
/// of X gives the sum of losses L = Σ sᵢ ℓ(vᵢ, yᵢ) and its gradient ∇L = X̃ᵀ (s ∘ ∂ℓ/∂v): forward product, sigmoid,
/// residuals Z − Y and the reduction into the gradient, fused. Neither is divided by Σs and neither holds a penalty.
/// Logits are computed in float32; losses and gradients are summed in float32 over small groups of rows, then in
/// float64, in an order that depends on the shape of the data alone: the same call gives the same bits.
/// </remarks>
public interface IEngine : IDisposable
{
    /// <summary>The device, as <c>--device</c> names it: "cpu", "cuda:0", "opencl:1", "emulator".</summary>
    string Device { get; }

    /// <summary>The device in words, for people: its name, and what runs on it.</summary>
    string Description { get; }

    /// <summary>Host threads that the engine keeps busy.</summary>
    int Threads { get; }

    /// <summary>Features a sample (M).</summary>
    int Features { get; }

    /// <summary>Features at most for <see cref="HessianPass"/>.</summary>
    int MaximumHessianFeatures { get; }

    /// <summary>Passes so far: full reads of X.</summary>
    long Passes { get; }

    /// <summary>One read of X: returns Σ sᵢ ℓ(vᵢ, yᵢ) and writes its gradient.</summary>
    /// <param name="loss">ℓ.</param>
    /// <param name="parameters">θ: M weights, then the bias. Rounded to float32 by the engine.</param>
    /// <param name="gradient">∇L: M + 1 values, the bias last; overwritten.</param>
    /// <returns>L. Not finite only where logits overflow float32.</returns>
    /// <exception cref="PerceptronException">The device failed.</exception>
    double Pass(PassLoss loss, ReadOnlySpan<double> parameters, Span<double> gradient);

    /// <summary>
    /// One read of X: returns Σ sᵢ ℓ(vᵢ, yᵢ) with the logistic ℓ, writes its gradient X̃ᵀ(s ∘ (z − y)) and its Hessian
    /// X̃ᵀ diag(s ∘ z(1 − z)) X̃.
    /// </summary>
    /// <param name="parameters">θ: M weights, then the bias. Rounded to float32 by the engine.</param>
    /// <param name="gradient">∇L: M + 1 values, the bias last; overwritten.</param>
    /// <param name="hessian">
    /// ∇²L: (M + 1)² values, row-major, both triangles (symmetric to the bit), the bias last; overwritten.
    /// </param>
    /// <returns>L. Not finite only where logits overflow float32.</returns>
    /// <remarks>
    /// The cpu reads X once for M(M + 1)N flops. GPUs read it once for the loss and the gradient, once for the curvatures,
    /// and once or, where M is more than 63, several times for the product.
    /// </remarks>
    /// <exception cref="PerceptronException">
    /// The device failed, or there are more features than <see cref="MaximumHessianFeatures"/>.
    /// </exception>
    double HessianPass(ReadOnlySpan<double> parameters, Span<double> gradient, Span<double> hessian);

    /// <summary>Another engine on the same device, over other samples: what was found, opened and compiled is used again.</summary>
    /// <param name="dataset">Other samples, with as many features; as for this engine, the caller keeps it.</param>
    /// <returns>The engine, to be disposed by the caller before this one.</returns>
    /// <exception cref="PerceptronException">The device has too little memory, or failed.</exception>
    IEngine Over(Dataset dataset);

    /// <summary>Begins a training by mini-batches, whose state lives on the device.</summary>
    /// <param name="options">How batches are taken.</param>
    /// <param name="totalWeight">Σs, greater than 0.</param>
    /// <param name="l2">λ₂, at least 0.</param>
    /// <param name="parameters">θ to start from: M weights, then the bias.</param>
    /// <returns>The batches, to be disposed before the engine, which can take passes in between.</returns>
    /// <exception cref="PerceptronException">The device failed, or has too little memory for a batch.</exception>
    /// <exception cref="NotSupportedException">The features are sparse.</exception>
    IMiniBatches MiniBatches(MiniBatchOptions options, double totalWeight, double l2, ReadOnlySpan<double> parameters);
}
