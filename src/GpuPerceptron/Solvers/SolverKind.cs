using GpuPerceptron.Models;

namespace GpuPerceptron.Solvers;

/// <summary>A solver, as <c>--solver</c> names it.</summary>
public enum SolverKind
{
    /// <summary>The fastest that fits the problem: see <see cref="SolverFactory.Choose"/>.</summary>
    Auto,

    /// <summary><see cref="Solvers.GradientDescent"/>: "gd".</summary>
    GradientDescent,

    /// <summary><see cref="Solvers.Nesterov"/>: "nesterov".</summary>
    Nesterov,

    /// <summary><see cref="Solvers.Lbfgs"/>: "lbfgs".</summary>
    Lbfgs,

    /// <summary><see cref="Solvers.Newton"/>: "newton".</summary>
    Newton,

    /// <summary><see cref="Solvers.TruncatedNewton"/>: "newton-cg", for sparse features.</summary>
    TruncatedNewton,

    /// <summary><see cref="StochasticGradient"/>: "sgd".</summary>
    StochasticGradient,

    /// <summary><see cref="Solvers.Adam"/>: "adam".</summary>
    Adam,
}

/// <summary>Chooses the solver that a kind names.</summary>
public static class SolverFactory
{
    /// <summary>The names that <see cref="Parse"/> takes.</summary>
    public static IReadOnlyList<string> Names { get; } = ["auto", "gd", "nesterov", "lbfgs", "newton", "newton-cg", "sgd",
        "adam"];

    /// <summary>Reads one of <see cref="Names"/>.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="PerceptronException">It is none of them.</exception>
    public static SolverKind Parse(string name) => name switch
    {
        "auto" => SolverKind.Auto,
        "gd" => SolverKind.GradientDescent,
        "nesterov" => SolverKind.Nesterov,
        "lbfgs" => SolverKind.Lbfgs,
        "newton" => SolverKind.Newton,
        "newton-cg" => SolverKind.TruncatedNewton,
        "sgd" => SolverKind.StochasticGradient,
        "adam" => SolverKind.Adam,
        _ => throw new PerceptronException(Fault.Options, $"'{name}' is not a solver; use one of {string.Join(", ", Names)}"),
    };

    /// <summary>The solver that options ask for, or the fastest that fits the problem.</summary>
    /// <param name="options">The options.</param>
    /// <param name="features">Features (M).</param>
    /// <param name="samples">Samples (N), at least 1.</param>
    /// <param name="sparse">Whether the features are sparse.</param>
    /// <exception cref="PerceptronException">The solver asked for is not for so many features, or a batch for so few samples.</exception>
    public static SolverChoice Choose(TrainingOptions options, int features, long samples, bool sparse = false)
    {
        if (options.Solver is SolverKind.StochasticGradient or SolverKind.Adam)
        {
            var settings = MiniBatchSettings.From(options, samples, features);
            return options.Solver == SolverKind.Adam
                ? new SolverChoice(new Adam(settings), settings.Describe(), settings.Record(momentum: null))
                : new SolverChoice(
                    new StochasticGradient(settings), $"momentum {settings.Momentum}, {settings.Describe()}", settings.Record(settings.Momentum));
        }

        if (options.Solver == SolverKind.Newton) Newton.CheckFeatures(features);
        if (options.Solver != SolverKind.Auto) return new SolverChoice(Create(options.Solver, options.L1 > 0), "");
        if (options.LearningRate is not null) return new SolverChoice(new Nesterov(), "a learning rate is given");
        return features <= Newton.MaximumFeatures
            ? new SolverChoice(new Newton(), $"at most {Newton.MaximumFeatures:N0} features")
            : sparse
            ? new SolverChoice(new TruncatedNewton(), $"sparse, and more than {Newton.MaximumFeatures:N0} features: too many for newton's Hessian")
            : new SolverChoice(new Lbfgs(options.L1 > 0), $"more than {Newton.MaximumFeatures:N0} features{(options.L1 > 0 ? " and an l1 penalty" : "")}");
    }

    /// <summary>Whether the solver that options ask for takes no learning rate: it finds its steps itself, in any units.</summary>
    /// <param name="options">The options.</param>
    public static bool SetsItsSteps(TrainingOptions options) => options.Solver switch
    {
        SolverKind.Auto => options.LearningRate is null,
        SolverKind.Lbfgs or SolverKind.Newton or SolverKind.TruncatedNewton => true,
        _ => false,
    };

    /// <summary>
    /// The solver of a kind that needs no settings; <see cref="SolverKind.Auto"/> without knowing the problem is
    /// <see cref="Lbfgs"/>.
    /// </summary>
    /// <param name="kind">The kind.</param>
    /// <param name="absolutePenalty">Whether there is a penalty λ₁, with which lbfgs is OWL-QN.</param>
    public static ISolver Create(SolverKind kind, bool absolutePenalty = false) => kind switch
    {
        SolverKind.GradientDescent => new GradientDescent(),
        SolverKind.Nesterov => new Nesterov(),
        SolverKind.Newton => new Newton(),
        SolverKind.TruncatedNewton => new TruncatedNewton(),
        SolverKind.Auto or SolverKind.Lbfgs => new Lbfgs(absolutePenalty),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "it needs settings"),
    };
}

/// <summary>A solver, and why it was taken.</summary>
/// <param name="Solver">The solver.</param>
/// <param name="Reason">Why, or with which settings, in a few words; empty where there is nothing to say.</param>
/// <param name="MiniBatches">How it takes mini-batches; null where it takes all samples at once.</param>
public sealed record SolverChoice(ISolver Solver, string Reason, MiniBatchRecord? MiniBatches = null);
