using System.Runtime.CompilerServices;
using GpuPerceptron.Engines.Simd;
using GpuPerceptron.LinearAlgebra;

namespace GpuPerceptron.Engines.Host;

/// <summary>The float64 sums of a pass over some rows.</summary>
/// <param name="stride">Values a row.</param>
internal sealed unsafe class PassSums(int stride)
{
    /// <summary>Σ s r x, padded to whole registers.</summary>
    public readonly double[] Gradient = new double[FusedRows.PaddedStride(stride)];

    private LossTotal _total;

    /// <summary>Σ s r.</summary>
    public double BiasGradient => _total.Residuals;

    /// <summary>Σ s ℓ.</summary>
    public double Loss => _total.Loss;

    public void Clear()
    {
        Array.Clear(Gradient);
        _total = default;
    }

    /// <summary>Adds the gradient, the bias's last, and gives the losses.</summary>
    /// <param name="gradient">Σ over other rows.</param>
    public double AddTo(Span<double> gradient)
    {
        var weights = gradient[..^1];
        Vectors.Add(weights, Gradient.AsSpan(0, weights.Length));
        gradient[^1] += BiasGradient;
        return Loss;
    }

    /// <summary>Adds sums in float32 of losses and of the bias's gradient, and clears these.</summary>
    /// <param name="losses">Σ s ℓ of up to 1,000 rows.</param>
    /// <param name="residuals">Σ s r, likewise.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Take<TLanes>(ref LossSums<TLanes> losses, ref TLanes residuals)
        where TLanes : struct, ILanes<TLanes> => _total.Take(ref losses, ref residuals);

    /// <summary>Adds sums in float32, and clears these.</summary>
    /// <param name="losses">Σ s ℓ of up to 1,000 rows.</param>
    /// <param name="residuals">Σ s r, likewise.</param>
    /// <param name="gradient">Σ s r x, divided by <paramref name="scale"/>.</param>
    /// <param name="scale">A power of two.</param>
    [MethodImpl(FusedRows.Hot)]
    public void Take<T, TLanes>(ref LossSums<TLanes> losses, ref TLanes residuals, float* gradient, float scale = 1f)
        where T : struct, ISimd<T>
        where TLanes : struct, ILanes<TLanes>
    {
        Take(ref losses, ref residuals);
        fixed (double* sums = Gradient)
        {
            for (int j = 0; j < Gradient.Length; j += T.Count)
            {
                T.AddTo(sums + j, T.Load(gradient + j) * T.Create(scale));
                T.Create(0f).Store(gradient + j);
            }
        }
    }
}
