using GpuPerceptron.LinearAlgebra;

namespace GpuPerceptron.Solvers;

/// <summary>
/// Finds a step α along a direction d of descent, for which φ(α) = f(θ + αd) has fallen enough and its slope has flattened.
/// The first trial is α = 1 or as told, and for (quasi-)Newton directions nearly always the last: one pass a step.
/// </summary>
/// <remarks>
/// A step is taken when it meets the Wolfe conditions, φ(α) ≤ φ(0) + δ α φ′(0) and φ′(α) ≥ σ φ′(0), or the approximate ones of
/// Hager and Zhang ("A new conjugate gradient method with guaranteed descent and an efficient line search", 2005, eq. 2.4),
/// (2δ − 1) φ′(0) ≥ φ′(α) ≥ σ φ′(0) with φ(α) ≤ φ(0) + ε: these are judged by slopes, so that they still work where the fall
/// of φ drowns in rounding. Else the step is bracketed, and the bracket cut where the secant through the slopes at its ends
/// is 0. Where two cuts leave more than half of the bracket, the next is in its middle, or, while no trial was too short, at a
/// tenth: far beyond the minimum the loss is nearly linear, and the secant of its slope, steep before the minimum and flat
/// beyond, would stay there for long.
/// </remarks>
internal static class WolfeSearch
{
    private const double Delta = 0.1;
    private const double Sigma = 0.9;
    private const int MaximumTrials = 30;

    /// <param name="from">θ, evaluated.</param>
    /// <param name="direction">d, with ∇f·d &lt; 0.</param>
    /// <param name="firstStep">The first α to try.</param>
    /// <param name="to">Takes θ + αd.</param>
    /// <param name="evaluate">Evaluates it.</param>
    /// <returns>Whether there was such a step.</returns>
    public static bool Find(Iterate from, ReadOnlySpan<double> direction, double firstStep, Iterate to, Action<Iterate> evaluate)
    {
        double startSlope = Vectors.Dot(from.Gradient, direction);
        if (!(startSlope < 0)) return false;

        double ceiling = from.Objective + DescentMonitor.Rounding * Math.Abs(from.Objective);
        var low = new End(0, startSlope);
        var high = new End(double.PositiveInfinity, double.NaN);
        double step = firstStep, lastWidth = double.PositiveInfinity, widthBefore = double.PositiveInfinity;
        for (int trial = 0; trial < MaximumTrials; trial++)
        {
            for (int j = 0; j < direction.Length; j++)
                to.Parameters[j] = from.Parameters[j] + step * direction[j];
            evaluate(to);
            double value = to.Objective, slope = Vectors.Dot(to.Gradient, direction);

            if (!double.IsFinite(value) || !double.IsFinite(slope))
            {
                high = new End(step, double.NaN);
            }
            else
            {
                bool fell = value <= from.Objective + Delta * step * startSlope
                    || (value <= ceiling && slope <= (2 * Delta - 1) * startSlope);
                if (fell && slope >= Sigma * startSlope) return true;
                if (value > ceiling || slope >= 0) high = new End(step, slope);
                else low = new End(step, slope);
            }

            double width = high.Step - low.Step;
            step = Next(low, high, slow: width > widthBefore / 2);
            (widthBefore, lastWidth) = (lastWidth, width);
            if (!(step > low.Step && step < high.Step)) return false; // the bracket is empty
        }

        return false;
    }

    /// <summary>The next trial.</summary>
    /// <param name="low">Where φ still falls.</param>
    /// <param name="high">Where it rises, or is too high.</param>
    /// <param name="slow">Whether the secants hardly made the bracket smaller.</param>
    private static double Next(End low, End high, bool slow)
    {
        if (double.IsPositiveInfinity(high.Step)) return 4 * low.Step;
        double width = high.Step - low.Step;
        if (high.Slope > 0 && !slow)
        {
            double secant = low.Step + width * low.Slope / (low.Slope - high.Slope);
            return Math.Clamp(secant, low.Step + 0.05 * width, high.Step - 0.05 * width);
        }

        bool isFarTooLong = double.IsNaN(high.Slope) || (slow && low.Step == 0);
        return low.Step + width / (isFarTooLong ? 10 : 2);
    }

    private readonly record struct End(double Step, double Slope);
}
