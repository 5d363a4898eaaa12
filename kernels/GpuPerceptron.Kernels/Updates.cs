using ILGPU.Algorithms;

namespace GpuPerceptron.Kernels;

/// <summary>A parameter and what a method remembers of its gradients, in float64: small steps must not be lost on large weights.</summary>
public struct ParameterState
{
    /// <summary>θ.</summary>
    public double Value { get; set; }

    /// <summary>The first moment: of momentum or Adam.</summary>
    public double First { get; set; }

    /// <summary>Adam's second moment.</summary>
    public double Second { get; set; }
}

/// <summary>A step's update of one parameter. A struct, so that kernels are compiled with it inlined.</summary>
public interface IUpdate
{
    /// <summary>The parameter after the step.</summary>
    /// <param name="state">The parameter before it.</param>
    /// <param name="gradient">g: the estimate of ∂F/∂θ.</param>
    ParameterState Apply(ParameterState state, double gradient);
}

/// <summary>
/// Momentum: u ← μu + g; θ ← θ − ηu. Without momentum, μ = 0, plain stochastic gradient descent (Robbins and Monro 1951;
/// Polyak 1964).
/// </summary>
/// <param name="rate">η.</param>
/// <param name="momentum">μ.</param>
public readonly struct MomentumUpdate(double rate, double momentum) : IUpdate
{
    private readonly double _rate = rate;
    private readonly double _momentum = momentum;

    /// <inheritdoc/>
    public ParameterState Apply(ParameterState state, double gradient)
    {
        state.First = _momentum * state.First + gradient;
        state.Value -= _rate * state.First;
        return state;
    }
}

/// <summary>
/// Adam at step t (Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1): m ← β₁m + (1 − β₁)g;
/// v ← β₂v + (1 − β₂)g²; θ ← θ − η m̂ / (√v̂ + ε) with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ).
/// </summary>
public readonly struct AdamUpdate : IUpdate
{
    /// <summary>β₁.</summary>
    public const double Beta1 = 0.9;

    /// <summary>β₂.</summary>
    public const double Beta2 = 0.999;

    private const double Epsilon = 1e-8;

    private readonly double _rate;
    private readonly double _secondScale;

    /// <summary>The update of a step.</summary>
    /// <param name="rate">η.</param>
    /// <param name="step">t, from 1.</param>
    public AdamUpdate(double rate, long step)
    {
        _rate = rate / (1 - Math.Pow(Beta1, step));
        _secondScale = 1 / (1 - Math.Pow(Beta2, step));
    }

    /// <inheritdoc/>
    public ParameterState Apply(ParameterState state, double gradient)
    {
        state.First = Beta1 * state.First + (1 - Beta1) * gradient;
        state.Second = Beta2 * state.Second + (1 - Beta2) * gradient * gradient;
        state.Value -= _rate * state.First / (XMath.Sqrt(_secondScale * state.Second) + Epsilon);
        return state;
    }
}
