namespace GpuPerceptron.Engines;

/// <summary>How a step moves the parameters.</summary>
public enum MiniBatchMethod
{
    /// <summary>u ← μu + g; θ ← θ − ηu: stochastic gradient descent with momentum μ.</summary>
    Momentum,

    /// <summary>Adam, with β₁ = 0.9, β₂ = 0.999 and ε = 1e-8.</summary>
    Adam,
}

/// <summary>How mini-batches are taken.</summary>
public readonly record struct MiniBatchOptions
{
    /// <summary>Rows a batch at most, at least 1. Batches of a window differ by one row at most.</summary>
    public required int BatchRows { get; init; }

    /// <summary>How a step moves the parameters.</summary>
    public required MiniBatchMethod Method { get; init; }

    /// <summary>μ, from 0 to below 1; of no meaning to Adam.</summary>
    public double Momentum { get; init; }

    /// <summary>Of the rows' order.</summary>
    public ulong Seed { get; init; }
}

/// <summary>
/// Steps along gradients of F = (1/Σs) Σ sᵢ ℓᵢ + λ₂/2 ‖w‖² that a few rows estimate. Parameters and moments live on the engine's
/// device, in float64; the pass over a batch rounds the parameters to float32, as every pass does.
/// </summary>
/// <remarks>
/// With N rows, of which n are in the batch, g = (N / (n Σs)) Σ sᵢ ∇ℓᵢ + λ₂(w, 0): over a random batch its mean is ∇F, weights
/// or none. Each row comes once an epoch, in an order that seed and epoch give, wherever the samples are: see
/// <see cref="Kernels.SampleOrder"/>. The same calls give the same bits.
/// </remarks>
public interface IMiniBatches : IDisposable
{
    /// <summary>Batches an epoch: of each window of some 32 MB its rows / <see cref="MiniBatchOptions.BatchRows"/>, rounded up.</summary>
    long StepsPerEpoch { get; }

    /// <summary>Takes an epoch's steps, which counts as a pass. Nothing is read back, and none of it may have run when this returns.</summary>
    /// <param name="epoch">From 0; the steps before are epoch × <see cref="StepsPerEpoch"/>.</param>
    /// <param name="learningRate">η of a step, counted from 0 over all epochs; called from any thread.</param>
    /// <exception cref="PerceptronException">The device failed.</exception>
    void Run(int epoch, Func<long, double> learningRate);

    /// <summary>Waits for the steps, and reads the parameters.</summary>
    /// <param name="parameters">θ: M weights, then the bias; overwritten.</param>
    /// <exception cref="PerceptronException">The device failed.</exception>
    void Read(Span<double> parameters);
}

/// <summary>The bounds of a window's batches: as even as they can be.</summary>
internal readonly struct BatchBounds(long rows, int batchRows)
{
    /// <summary>Batches.</summary>
    public long Count { get; } = (rows + batchRows - 1) / batchRows;

    /// <summary>Rows of the largest batch; 0 without rows.</summary>
    public int MaximumRows => Count == 0 ? 0 : (int)((rows + Count - 1) / Count);

    /// <summary>The place of a batch's first row; of <see cref="Count"/> the number of rows.</summary>
    public long FirstOf(long batch) => batch * (rows / Count) + Math.Min(batch, rows % Count);
}
