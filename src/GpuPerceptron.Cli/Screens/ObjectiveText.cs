using GpuPerceptron.Models;

namespace GpuPerceptron.Cli.Screens;

/// <summary>The objective in words.</summary>
internal static class ObjectiveText
{
    /// <param name="l1">λ₁.</param>
    /// <param name="l2">λ₂.</param>
    /// <param name="classWeight">How much the classes weigh.</param>
    /// <param name="schema">In which units features, and so the penalised weights, are.</param>
    public static string Of(double l1, double l2, ClassWeight classWeight, Schema schema)
    {
        string units = !schema.Standardized ? "in raw units" : schema.Sparse is null ? "standardised" : "scaled";
        string penalty = (l1 == 0 ? "" : $" + {Numbers.Short(l1)} |w|_1") + (l2 == 0 ? "" : $" + {Numbers.Short(l2)}/2 |w|^2");
        string mean = classWeight == ClassWeight.Balanced ? "mean log-loss over balanced classes" : "mean log-loss";
        return $"{mean}{(penalty.Length == 0 ? ", no penalty" : $"{penalty}, bias free")}; features {units}";
    }
}
