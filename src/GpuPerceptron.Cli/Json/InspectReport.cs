using System.Text.Json.Serialization;
using GpuPerceptron.Models;

namespace GpuPerceptron.Cli.Json;

/// <summary>What <c>inspect --json</c> writes.</summary>
/// <param name="Label">The labels' names.</param>
/// <param name="Bias">b.</param>
/// <param name="Weights">w, in the order of the matrix's columns.</param>
/// <param name="Schema">How a table becomes features.</param>
/// <param name="Training">How the model came about.</param>
/// <param name="Statistics">Standard errors and what follows from them, if they were asked for.</param>
internal sealed record InspectReport(
    LabelSchema Label, InBothUnits Bias, IReadOnlyList<WeightInBothUnits> Weights, Schema Schema, TrainingRecord Training,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] StatisticsReport? Statistics = null)
{
    /// <summary>Takes a model apart.</summary>
    /// <remarks>w·x + b = Σ (w sd)·(x − mean)/sd + (b + Σ w mean), whichever units it was trained in.</remarks>
    public static InspectReport From(PerceptronModel model)
    {
        var weights = model.Schema.Features.Zip(model.Raw.Weights, (feature, raw) =>
            new WeightInBothUnits(feature.Name, raw * feature.StandardDeviation, raw)).ToArray();
        double standardizedBias = model.Raw.Bias + model.Schema.Features.Zip(model.Raw.Weights, (feature, raw) => raw * feature.Mean).Sum();
        return new InspectReport(
            model.Schema.Label, new InBothUnits(standardizedBias, model.Raw.Bias), weights, model.Schema, model.Training);
    }
}

/// <summary>A parameter in standardised units and in the table's own.</summary>
internal sealed record InBothUnits(double Standardized, double Raw);

/// <summary>A feature's weight in standardised units and in the table's own.</summary>
internal sealed record WeightInBothUnits(string Feature, double Standardized, double Raw);
