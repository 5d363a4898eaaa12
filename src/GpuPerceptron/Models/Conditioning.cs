using GpuPerceptron.Diagnostics;

namespace GpuPerceptron.Models;

/// <summary>How well the samples hold each weight by itself, at the end of a training without a penalty.</summary>
/// <param name="Findings">Columns that depend on each other, or nearly do; none where the condition number is small.</param>
/// <param name="ConditionNumber">
/// λmax/λmin of ∇²F at the optimum, of standardised features; null where it is infinite, or no finite optimum is proved.
/// </param>
public sealed record Conditioning(IReadOnlyList<Finding> Findings, double? ConditionNumber = null);
