namespace GpuPerceptron.Diagnostics.Gradients;

/// <summary>Mistakes that only the bias's part of the gradient shows.</summary>
internal static class BiasSlips
{
    private const string Right = "dL/db = (1/N) sum (z - y)";

    /// <summary>There is none.</summary>
    public static Slip NoBias { get; } = new("no_bias",
        "the gradient has no value for the bias: without one the boundary passes through the origin, and classes that do not lie "
        + "around it cannot be told apart",
        $"v = w x + b, with {Right}; or append a feature that is 1 throughout");

    /// <summary>Factors of the bias's value that the weights' values lack.</summary>
    /// <param name="totalWeight">Σs.</param>
    public static IReadOnlyList<NamedFactor> Factors(double totalWeight) =>
    [
        new(1, []),
        new(0, [new Slip("bias_gradient_zero", "the bias's value is 0: the bias is never learned", Right)]),
        new(-1, [new Slip("bias_wrong_sign", "the bias's value has the opposite sign", Right)]),
        new(totalWeight, [new Slip("bias_not_averaged", "the bias's value is a sum, the others are means: its 1/N is missing", Right)]),
        new(1 / totalWeight, [new Slip("bias_averaged_twice", "the bias's value is divided by N twice, the others once", Right)]),
    ];
}
