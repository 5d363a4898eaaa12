namespace GpuPerceptron.Diagnostics.Gradients;

/// <summary>A mistake in a gradient.</summary>
/// <param name="Code">Names it to a program.</param>
/// <param name="Message">What was computed, and why that is wrong.</param>
/// <param name="Remedy">What to compute in its place.</param>
/// <param name="Cost">How much it takes to believe in it; of two explanations that fit, the cheaper one is taken.</param>
internal sealed record Slip(string Code, string Message, string Remedy, int Cost = Slip.Usual)
{
    /// <summary>What a mistake of the catalogue costs.</summary>
    public const int Usual = 2;

    /// <summary>What it costs to fit a number to the gradient in order to explain it: more than two mistakes do that explain the number.</summary>
    public const int Fitted = 5;

    /// <summary>What it costs to differ without being wrong.</summary>
    public const int Harmless = 1;

    /// <summary>Whether the gradient is wrong for it.</summary>
    public bool IsMistake => Cost > Harmless;

    /// <summary>Whether it is lost in rounding on large tables, so that nothing is said of it where it cannot be seen.</summary>
    public bool Vanishes { get; init; }

    public Finding ToFinding() => new(Code, Message, Remedy);
}
