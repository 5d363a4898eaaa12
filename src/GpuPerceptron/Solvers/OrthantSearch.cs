namespace GpuPerceptron.Solvers;

/// <summary>
/// Finds a step along a direction for F = f + λ₁‖w‖₁ that stays in the orthant of θ, within which F is smooth (Andrew and Gao, "Scalable
/// training of L1-regularized log-linear models", 2007).
/// </summary>
/// <remarks>
/// The orthant is θ's, and that of −◇F where θⱼ is 0, with ◇F the least subgradient: what would leave it becomes exactly 0. α is
/// halved until F(π(θ + αd)) ≤ F(θ) + γ ◇F·(π(θ + αd) − θ).
/// </remarks>
internal static class OrthantSearch
{
    private const double Gamma = 1e-4;

    /// <param name="from">θ, evaluated.</param>
    /// <param name="direction">d.</param>
    /// <param name="firstStep">The first α to try.</param>
    /// <param name="trials">How many, at most.</param>
    /// <param name="to">Takes π(θ + αd).</param>
    /// <param name="evaluate">Evaluates it.</param>
    /// <param name="means">By how much the bias follows each weight that becomes 0 on the way; empty for not at all.</param>
    /// <returns>α; 0 where there was no such step.</returns>
    public static double Find(
        Iterate from, ReadOnlySpan<double> direction, double firstStep, int trials, Iterate to, Action<Iterate> evaluate,
        ReadOnlySpan<double> means = default)
    {
        double step = firstStep;
        for (int trial = 0; trial < trials; trial++, step /= 2)
        {
            Project(from, direction, step, to, means);
            double fall = 0;
            for (int j = 0; j < direction.Length; j++)
                fall += from.Subgradient[j] * (to.Parameters[j] - from.Parameters[j]);
            if (fall >= 0) continue; // what is left of d does not descend
            evaluate(to);
            if (DescentMonitor.Improves(from, to, Gamma * fall)) return step;
        }

        return 0;
    }

    /// <summary>Whether a weight's value is outside θ's orthant.</summary>
    /// <param name="from">θ, evaluated.</param>
    /// <param name="j">Which weight.</param>
    /// <param name="value">The value.</param>
    public static bool Leaves(Iterate from, int j, double value)
    {
        double here = from.Parameters[j];
        return Math.Sign(value) != (here != 0 ? Math.Sign(here) : -Math.Sign(from.Subgradient[j]));
    }

    /// <summary>π(θ + αd), the bias unbound.</summary>
    private static void Project(Iterate from, ReadOnlySpan<double> direction, double step, Iterate to, ReadOnlySpan<double> means)
    {
        double follows = 0;
        for (int j = 0; j < direction.Length - 1; j++)
        {
            double here = from.Parameters[j], there = here + step * direction[j];
            if (Leaves(from, j, there))
            {
                if (!means.IsEmpty) follows += means[j] * there;
                there = 0;
            }

            to.Parameters[j] = there;
        }

        to.Parameters[^1] = from.Parameters[^1] + step * direction[^1] + follows;
    }
}
