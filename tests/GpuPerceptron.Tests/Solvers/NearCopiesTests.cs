using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Models;
using GpuPerceptron.Objectives;
using GpuPerceptron.Solvers;
using Xunit;

namespace GpuPerceptron.Tests.Solvers;

/// <summary>Features that are nearly, or wholly, copies of one another: flat directions, in which signs change at every step.</summary>
public sealed class NearCopiesTests
{
    private const int Rows = 50_000;
    private const int Features = 30;

    /// <param name="kind">The solver.</param>
    /// <param name="difference">The copies' deviation from what they are copies of.</param>
    /// <param name="l1">λ₁.</param>
    /// <param name="most">Reads.</param>
    [Theory]
    [InlineData(SolverKind.Newton, 0.03, 0.0, 12), InlineData(SolverKind.Newton, 0.003, 0.0, 15)]
    [InlineData(SolverKind.Newton, 0.03, 1e-4, 12), InlineData(SolverKind.Newton, 0.003, 1e-4, 15), InlineData(SolverKind.Newton, 0.0, 1e-4, 12)]
    [InlineData(SolverKind.Lbfgs, 0.03, 0.0, 15), InlineData(SolverKind.Lbfgs, 0.003, 0.0, 30)]
    [InlineData(SolverKind.Lbfgs, 0.03, 1e-4, 20), InlineData(SolverKind.Lbfgs, 0.003, 1e-4, 40), InlineData(SolverKind.Lbfgs, 0.0, 1e-4, 12)]
    public void They_take_few_reads(SolverKind kind, double difference, double l1, int most)
    {
        var random = new Random(5);
        float[] features = new float[Rows * Features], labels = new float[Rows];
        for (int row = 0; row < Rows; row++)
        {
            var values = features.AsSpan(row * Features, Features);
            double common = Normal(random);
            foreach (ref float value in values)
                value = (float)(common + difference * Normal(random));
            labels[row] = random.NextDouble() < 1 / (1 + Math.Exp(-(values[0] + values[1]) / 2)) ? 1 : 0;
        }

        using var dataset = Dataset.FromRows(features, labels, Features);
        var schema = NumericSchema.Fit(dataset, new LabelSchema("label", "0", "1"));
        using var engine = new CpuEngine(dataset);
        var objective = new DatasetObjective(engine, dataset, l2: 0, l1, meanSquares: schema.MeanSquares());
        var result = SolverFactory.Create(kind, l1 > 0).Minimize(objective, new double[Features + 1], new SolverOptions());
        Assert.Equal(StopReason.Converged, result.StopReason);
        Assert.InRange(engine.Passes, 3, most);
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
