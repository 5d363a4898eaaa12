using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Models;
using GpuPerceptron.Solvers;

namespace GpuPerceptron;

/// <summary>What a training is asked to do.</summary>
public sealed record TrainingOptions
{
    /// <summary>Epochs at most where <see cref="Epochs"/> does not say.</summary>
    public const int DefaultEpochs = 10_000;

    /// <summary>Where the passes run.</summary>
    public DeviceRequest Device { get; init; }

    /// <summary>Host threads; 0 for one a processor.</summary>
    public int Threads { get; init; }

    /// <summary>How the training samples' features are kept; <see cref="FeatureStorage.Float16"/> rounds them, for half the bytes.</summary>
    public FeatureStorage Storage { get; init; }

    /// <summary>What the whole process may take: lbfgs does without matrices that are too large for it. Null for no limit.</summary>
    public MemoryBudget? Memory { get; init; }

    /// <summary>The method.</summary>
    public SolverKind Solver { get; init; }

    /// <summary>η; null for what suits the solver: 1/L for full batches, which is sure to converge where there is an optimum.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Epochs at most; null for <see cref="DefaultEpochs"/>, of mini-batches fewer.</summary>
    public int? Epochs { get; init; }

    /// <summary>Samples a mini-batch, for the solvers sgd and adam; null for up to 4,096.</summary>
    public int? BatchSize { get; init; }

    /// <summary>μ of the solver sgd, from 0 to below 1; null for 0.9.</summary>
    public double? Momentum { get; init; }

    /// <summary>How the learning rate of sgd and adam falls; null for <see cref="ScheduleKind.Cosine"/>.</summary>
    public ScheduleKind? Schedule { get; init; }

    /// <summary>Epochs during which the learning rate of sgd and adam first rises from 0; null for none.</summary>
    public double? WarmUpEpochs { get; init; }

    /// <summary>λ₁, the weight of the penalty λ₁ ‖w‖₁ (the bias is free), in the model's units; it makes weights exactly 0.</summary>
    public double L1 { get; init; }

    /// <summary>λ₂, the weight of the penalty λ₂/2 ‖w‖² (the bias is free), in the model's units.</summary>
    public double L2 { get; init; }

    /// <summary>Whether both classes weigh the same, whatever their samples' numbers and weights.</summary>
    public ClassWeight ClassWeight { get; init; }

    /// <summary>A model over the same features and labels to start from; null for all parameters 0.</summary>
    public PerceptronModel? Start { get; init; }

    /// <summary>Training ends when max |∇F|, by weights per deviation of their feature, is at most this; of sparse features by weights as they are.</summary>
    public double Tolerance { get; init; } = 1e-6;

    /// <summary>Ends when the validation loss has not fallen for so many epochs, and goes back to its lowest; null for never.</summary>
    public int? EarlyStopping { get; init; }

    /// <summary>The seed of whatever is random.</summary>
    public ulong Seed { get; init; }

    /// <summary>Checks each value's range.</summary>
    /// <exception cref="PerceptronException">One is out of its range.</exception>
    public void Validate()
    {
        Require(LearningRate is null or (> 0 and < double.PositiveInfinity), $"the learning rate is {LearningRate}; it must be 'auto' or a finite number above 0");
        Require(Epochs is null or > 0, $"epochs are {Epochs}; they must be at least 1");
        Require(L1 is >= 0 and < double.PositiveInfinity, $"the l1 penalty is {L1}; it must be a finite number, at least 0");
        Require(L2 is >= 0 and < double.PositiveInfinity, $"the l2 penalty is {L2}; it must be a finite number, at least 0");
        Require(Tolerance is > 0 and < double.PositiveInfinity, $"the tolerance is {Tolerance}; it must be a finite number above 0");
        Require(EarlyStopping is null or > 0, $"early stopping is after {EarlyStopping} epochs; it must be at least 1");
        Require(L1 == 0 || Solver is SolverKind.Auto or SolverKind.Lbfgs or SolverKind.Newton or SolverKind.TruncatedNewton,
            "an l1 penalty is for the solvers lbfgs (then OWL-QN), newton and newton-cg; use --solver auto");
        Require(LearningRate is null || Solver is not (SolverKind.Lbfgs or SolverKind.Newton or SolverKind.TruncatedNewton),
            "lbfgs, newton and newton-cg find their step by themselves; drop --learning-rate, or use --solver nesterov");
        Require(LearningRate is null || L1 == 0, "with an l1 penalty the step is found by itself; drop --learning-rate");
        bool takesBatches = Solver is SolverKind.StochasticGradient or SolverKind.Adam;
        Require(BatchSize is null or > 0, $"the batch size is {BatchSize}; it must be at least 1");
        Require(Momentum is null or (>= 0 and < 1), $"the momentum is {Momentum}; it must be at least 0 and below 1");
        Require(WarmUpEpochs is null or (>= 0 and < int.MaxValue), $"the warm-up is {WarmUpEpochs} epochs; it must be a finite number, at least 0");
        Require(WarmUpEpochs is null || !(WarmUpEpochs >= Epochs), $"the warm-up takes {WarmUpEpochs} of {Epochs} epochs; leave some for the rest");
        Require(takesBatches || (BatchSize is null && Schedule is null && WarmUpEpochs is null),
            "batch size, schedule and warm-up are for mini-batches; add --solver sgd or --solver adam");
        Require(Momentum is null || Solver == SolverKind.StochasticGradient, "the momentum is for the solver sgd; add --solver sgd");
        Require(Threads >= 0, $"threads are {Threads}; they must be at least 1");
    }

    /// <summary>Checks what depends on the kind of the features, which may be known before they are read.</summary>
    /// <param name="sparse">Whether the features are sparse.</param>
    /// <exception cref="PerceptronException">Such features are not for the solver or the storage.</exception>
    public void ValidateFor(bool sparse)
    {
        if (sparse)
        {
            Require(Solver is not (SolverKind.StochasticGradient or SolverKind.Adam), "sgd and adam are not for sparse features; use --solver auto");
            Require(Storage == FeatureStorage.Float32, "sparse features are kept in float32; drop --storage float16");
        }
        else
        {
            Require(Solver != SolverKind.TruncatedNewton, "newton-cg is for sparse features; use --solver newton or lbfgs");
        }
    }

    private static void Require(bool condition, string message)
    {
        if (!condition) throw new PerceptronException(Fault.Options, message);
    }
}

/// <summary>How much the classes weigh.</summary>
public enum ClassWeight
{
    /// <summary>As much as their samples.</summary>
    None,

    /// <summary>The same: a sample weighs Σs/(2 Σs of its class), times its own weight.</summary>
    Balanced,
}
