namespace GpuPerceptron.Solvers;

/// <summary>How the learning rate falls while mini-batches are taken, as <c>--schedule</c> names it.</summary>
public enum ScheduleKind
{
    /// <summary>η, falling to 0 along half a cosine: "cosine" (Loshchilov and Hutter, "SGDR", 2017).</summary>
    Cosine,

    /// <summary>η throughout: "constant". The noise of the batches then keeps the parameters at a distance from the optimum.</summary>
    Constant,

    /// <summary>η, then η/10, then η/100, a third of the way each: "step".</summary>
    Step,

    /// <summary>
    /// η / (1 + 31p) after the part p of the way, in the end η/32: "inverse", or "1/t", as it is of Robbins and Monro ("A stochastic
    /// approximation method", 1951).
    /// </summary>
    Inverse,
}

/// <summary>The learning rate of each step.</summary>
/// <param name="Kind">How it falls.</param>
/// <param name="LearningRate">η, which it starts from.</param>
/// <param name="Epochs">Epochs planned, at least 1.</param>
/// <param name="WarmUpEpochs">Epochs during which it first rises from 0 in a straight line.</param>
/// <param name="StepsPerEpoch">Steps an epoch, at least 1.</param>
public sealed record LearningRateSchedule(
    ScheduleKind Kind, double LearningRate, int Epochs, double WarmUpEpochs, long StepsPerEpoch)
{
    /// <summary>The names that <see cref="Parse"/> takes.</summary>
    public static IReadOnlyList<string> Names { get; } = ["cosine", "constant", "step", "inverse", "1/t"];

    /// <summary>Reads one of <see cref="Names"/>.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="PerceptronException">It is none of them.</exception>
    public static ScheduleKind Parse(string name) => name switch
    {
        "cosine" => ScheduleKind.Cosine,
        "constant" => ScheduleKind.Constant,
        "step" => ScheduleKind.Step,
        "inverse" or "1/t" => ScheduleKind.Inverse,
        _ => throw new PerceptronException(Fault.Options, $"'{name}' is not a schedule; use one of {string.Join(", ", Names)}"),
    };

    /// <summary>The learning rate of a step.</summary>
    /// <param name="step">From 0.</param>
    public double At(long step)
    {
        // In the middle of the step, so that neither the first nor the last comes to nothing.
        double epochs = (step + 0.5) / StepsPerEpoch - WarmUpEpochs;
        if (epochs < 0) return LearningRate * (1 + epochs / WarmUpEpochs);
        double part = Math.Min(1, epochs / Math.Max(Epochs - WarmUpEpochs, double.Epsilon));
        return LearningRate * Kind switch
        {
            ScheduleKind.Cosine => (1 + Math.Cos(Math.PI * part)) / 2,
            ScheduleKind.Step => part < 1.0 / 3 ? 1 : part < 2.0 / 3 ? 0.1 : 0.01,
            ScheduleKind.Inverse => 1 / (1 + 31 * part),
            _ => 1,
        };
    }
}
