namespace GpuPerceptron.Cli.Screens;

/// <summary>The objective in words.</summary>
internal static class ObjectiveText
{
    /// <param name="l2">λ₂.</param>
    /// <param name="standardized">Whether features, and so the penalised weights, are in standardised units.</param>
    public static string Of(double l2, bool standardized)
    {
        string penalty = l2 == 0 ? ", no penalty" : $" + {Numbers.Short(l2)}/2 |w|^2, bias free";
        return $"mean log-loss{penalty}; features {(standardized ? "standardised" : "in raw units")}";
    }
}
