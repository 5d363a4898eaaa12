namespace GpuPerceptron.Diagnostics.Gradients;

/// <summary>What a penalty adds to a gradient: μ w for the weights and ν b for the bias.</summary>
/// <param name="Weights">μ.</param>
/// <param name="Bias">ν.</param>
/// <param name="Slips">The mistakes; none for μ = λ₂, ν = 0.</param>
internal readonly record struct PenaltyTerm(double Weights, double Bias, IReadOnlyList<Slip> Slips)
{
    /// <summary>Whether λ₂ sign(w) is added in place of μ w.</summary>
    public bool IsAbsolute { get; init; }

    public int Cost { get; } = Slips.Sum(slip => slip.Cost);
}

/// <summary>Mistakes with the penalty λ₂/2 ‖w‖², whose gradient is λ₂ w, and 0 for the bias.</summary>
internal static class PenaltySlips
{
    private const string Right = "add lambda w to the weights' gradient after the mean over the samples, and nothing to the bias's";

    /// <summary>The right term and the wrong ones.</summary>
    /// <param name="l2">λ₂.</param>
    /// <param name="totalWeight">Σs.</param>
    /// <param name="shows">Whether w ≠ 0, so that they differ.</param>
    public static IReadOnlyList<PenaltyTerm> All(double l2, double totalWeight, bool shows)
    {
        if (l2 == 0 || !shows) return [new PenaltyTerm(l2, 0, [])];
        return
        [
            new(l2, 0, []),
            new(0, 0, [new Slip("penalty_forgotten", "the penalty's part, lambda w, is missing", Right + ", or leave --l2 out")]),
            new(l2, l2, [new Slip("penalty_on_bias", "the bias is penalised too, which draws the boundary towards the origin", Right)]),
            new(2 * l2, 0, [new Slip("penalty_doubled",
                "the penalty's part is 2 lambda w, the gradient of lambda |w|^2; here the penalty is lambda/2 |w|^2",
                Right + ", or give twice the --l2")]),
            new(l2 / totalWeight, 0, [new Slip("penalty_averaged",
                "the penalty's part is divided by N: it was added before the mean was taken", Right + ", or give --l2 divided by N")]),
            new(-l2, 0, [new Slip("penalty_wrong_sign", "the penalty's part has the opposite sign, which drives the weights apart", Right)]),
            new(l2, 0, [new Slip("penalty_absolute",
                "the penalty's part is lambda sign(w), the gradient of lambda |w|; here the penalty is lambda/2 |w|^2", Right)])
            {
                IsAbsolute = true,
            },
        ];
    }

    /// <summary>A penalty that F does not have.</summary>
    public static Slip NotAskedFor(double l2) => new("penalty_not_asked_for",
        $"it contains a penalty's part, {l2:g5} w, and no --l2 was given", $"give --l2 {l2:g5} here, or leave the penalty out there", Slip.Fitted);
}
