using GpuPerceptron.LinearAlgebra;
using GpuPerceptron.Models;
using GpuPerceptron.Objectives;

namespace GpuPerceptron.Solvers;

/// <summary>Why a solver ended.</summary>
public enum StopReason
{
    /// <summary>The gradient's max-norm (with λ₁ that of the subgradient of least norm) fell to the tolerance.</summary>
    Converged,

    /// <summary>The cap on epochs was reached first.</summary>
    EpochLimit,

    /// <summary>The objective grew, or was no longer finite: the learning rate is too large.</summary>
    Diverged,

    /// <summary>The gradient is still above the tolerance, but rounding in float32 allows no further progress.</summary>
    Stalled,

    /// <summary>The validation loss stopped falling.</summary>
    EarlyStopping,

    /// <summary>The user stopped it.</summary>
    Interrupted,
}

/// <summary>When a solver ends.</summary>
public readonly record struct SolverOptions
{
    /// <summary>The options' defaults.</summary>
    public SolverOptions() { }

    /// <summary>η, greater than 0; for solvers that take one.</summary>
    public double LearningRate { get; init; } = 1;

    /// <summary>Ends when max |∇F|, by weights per deviation of their feature where these are known, is at most this.</summary>
    public double Tolerance { get; init; } = 1e-6;

    /// <summary>Epochs (steps) at most.</summary>
    public int MaximumEpochs { get; init; } = int.MaxValue;

    /// <summary>What the gradient's norm is of; null: of the gradient as it is.</summary>
    internal StandardizedGradient? Units { get; init; }

    /// <summary>max |∇F| as the tolerance means it.</summary>
    internal double NormOf(ReadOnlySpan<double> gradient) => Units?.Norm(gradient) ?? Vectors.MaxNorm(gradient);
}

/// <summary>The state after an epoch, which is one step and one evaluation of the objective.</summary>
/// <param name="Epoch">From 1; 0 is the start.</param>
/// <param name="Objective">F.</param>
/// <param name="GradientNorm">max |∇F|, as the tolerance means it.</param>
public readonly record struct EpochReport(int Epoch, double Objective, double GradientNorm);

/// <summary>Is told of the start and of every epoch, with the parameters reached; returns a reason to stop, or null.</summary>
public delegate StopReason? EpochObserver(in EpochReport report, ReadOnlySpan<double> parameters);

/// <summary>Where a solver ended.</summary>
/// <param name="Parameters">θ; the last point evaluated (after divergence: the last one before the growth).</param>
/// <param name="Objective">F(θ).</param>
/// <param name="GradientNorm">max |∇F(θ)|, as the tolerance means it.</param>
/// <param name="Epochs">Steps taken.</param>
/// <param name="StopReason">Why.</param>
/// <param name="FailedObjective">After divergence: the objective that was larger than the one before, or not finite.</param>
public sealed record SolverResult(
    double[] Parameters, double Objective, double GradientNorm, int Epochs, StopReason StopReason, double? FailedObjective = null);

/// <summary>Minimises an objective of which it sees the value and the gradient, never a device or a file.</summary>
public interface ISolver
{
    /// <summary>The name that <c>--solver</c> knows it by.</summary>
    string Name { get; }

    /// <summary>Whether it steps by a learning rate; if not, it finds its steps by itself.</summary>
    bool TakesLearningRate { get; }

    /// <summary>η where nobody gives one: 1/L, at which gradient descent is sure to descend, unless the solver knows better.</summary>
    /// <param name="lipschitz">L, the largest curvature.</param>
    /// <param name="dimension">Number of parameters.</param>
    /// <param name="samples">N.</param>
    double AutomaticRate(double lipschitz, int dimension, long samples) => 1 / lipschitz;

    /// <summary>Epochs at most where nobody says.</summary>
    /// <param name="samples">N.</param>
    int DefaultEpochs(long samples) => TrainingOptions.DefaultEpochs;

    /// <summary>Minimises from a start.</summary>
    /// <param name="objective">F.</param>
    /// <param name="start">θ₀, of the objective's dimension.</param>
    /// <param name="options">Step size and when to end.</param>
    /// <param name="onEpoch">Is told of every epoch.</param>
    SolverResult Minimize(IObjective objective, ReadOnlySpan<double> start, SolverOptions options, EpochObserver? onEpoch = null);
}
