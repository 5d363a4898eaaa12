namespace GpuPerceptron.Solvers;

/// <summary>A solver, as <c>--solver</c> names it.</summary>
public enum SolverKind
{
    /// <summary>The fastest that fits the problem: <see cref="Nesterov"/>.</summary>
    Auto,

    /// <summary><see cref="Solvers.GradientDescent"/>: "gd".</summary>
    GradientDescent,

    /// <summary><see cref="Solvers.Nesterov"/>: "nesterov".</summary>
    Nesterov,

    /// <summary><see cref="Solvers.Lbfgs"/>: "lbfgs".</summary>
    Lbfgs,

    /// <summary><see cref="Solvers.Newton"/>: "newton".</summary>
    Newton,
}

/// <summary>Chooses the solver that a kind names.</summary>
public static class SolverFactory
{
    /// <summary>The names that <see cref="Parse"/> takes.</summary>
    public static IReadOnlyList<string> Names { get; } = ["auto", "gd", "nesterov", "lbfgs", "newton"];

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
        _ => throw new PerceptronException(Fault.Options, $"'{name}' is not a solver; use one of {string.Join(", ", Names)}"),
    };

    /// <summary>The solver of a kind.</summary>
    /// <param name="kind">The kind.</param>
    public static ISolver Create(SolverKind kind) => kind switch
    {
        SolverKind.GradientDescent => new GradientDescent(),
        SolverKind.Lbfgs => new Lbfgs(),
        SolverKind.Newton => new Newton(),
        _ => new Nesterov(),
    };
}
