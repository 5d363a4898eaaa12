using GpuPerceptron.Diagnostics;
using GpuPerceptron.Metrics;
using GpuPerceptron.Models;

namespace GpuPerceptron.Cli.Json;

/// <summary>What <c>inspect --statistics --json</c> adds: in raw units, Wald's test of each parameter against 0.</summary>
/// <param name="Weights">In the order of the matrix's columns; null where there are none.</param>
/// <param name="Bias">Of the bias.</param>
/// <param name="Unavailable">Why there are none; null where there are.</param>
/// <param name="ConditionNumber">λmax/λmin of the Hessian at the optimum, standardised; null where it is infinite or not known.</param>
/// <param name="Findings">Columns that depend on each other, or nearly do.</param>
internal sealed record StatisticsReport(
    IReadOnlyList<ParameterStatistics>? Weights, ParameterStatistics? Bias, string? Unavailable, double? ConditionNumber, IReadOnlyList<Finding> Findings)
{
    public static StatisticsReport From(PerceptronModel model)
    {
        var findings = model.Conditioning?.Findings ?? [];
        if (model.StandardErrors is not { } errors)
            return new StatisticsReport(null, null, StandardErrors.WhyNone(model), model.Conditioning?.ConditionNumber, findings);
        var names = model.Schema.Features.Select(feature => feature.Name).ToArray();
        return new StatisticsReport(
            [.. names.Select((name, j) => ParameterStatistics.Of(name, model.Raw.Weights[j], errors.WeightsRaw[j]))],
            ParameterStatistics.Of("(bias)", model.Raw.Bias, errors.BiasRaw),
            null, model.Conditioning?.ConditionNumber, findings);
    }
}

/// <summary>A parameter, its standard error, z = weight / error, and P(|Z| ≥ |z|) were it 0.</summary>
internal sealed record ParameterStatistics(string Feature, double Weight, double StandardError, double Z, double P)
{
    public static ParameterStatistics Of(string feature, double weight, double error) =>
        new(feature, weight, error, weight / error, NormalDistribution.TwoSidedP(weight / error));
}
