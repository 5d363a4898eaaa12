using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Models;
using GpuPerceptron.Objectives;
using GpuPerceptron.Solvers;
using Xunit;

namespace GpuPerceptron.Tests.Solvers;

/// <summary>
/// Levels of a text, one feature each, most of them rare, and amounts of which a few are very large: a sample of the rows lacks much of
/// what the features are made of.
/// </summary>
public sealed class RareLevelsTests
{
    private const int Rows = 40_000;
    private const int Texts = 2;
    private const int Levels = 60;
    private const int Amounts = 2;
    private const int Features = Texts * Levels + Amounts;

    [Theory]
    [InlineData(SolverKind.Newton, 0.0, 0.0, true), InlineData(SolverKind.Newton, 1e-3, 0.0, true), InlineData(SolverKind.Newton, 0.0, 1e-3, true)]
    [InlineData(SolverKind.Lbfgs, 0.0, 0.0, true), InlineData(SolverKind.Lbfgs, 1e-3, 0.0, true), InlineData(SolverKind.Lbfgs, 0.0, 1e-3, true)]
    [InlineData(SolverKind.Newton, 1e-4, 0.0, false), InlineData(SolverKind.Lbfgs, 1e-4, 0.0, false)]
    public void They_take_few_reads(SolverKind kind, double l2, double l1, bool standardize)
    {
        using var dataset = Made();
        var schema = NumericSchema.Fit(dataset, new LabelSchema("label", "0", "1"), standardize: standardize);
        using var engine = new CpuEngine(dataset);
        var objective = new DatasetObjective(engine, dataset, l2, l1, meanSquares: schema.MeanSquares());
        var result = SolverFactory.Create(kind, l1 > 0).Minimize(objective, new double[Features + 1], new SolverOptions());
        Assert.Equal(StopReason.Converged, result.StopReason);
        Assert.InRange(engine.Passes, 3, standardize ? 30 : 60);
    }

    /// <summary>A sample's Hessian that lacks them, since nobody knows the features' mean squares, is given up.</summary>
    [Theory]
    [InlineData(SolverKind.Newton, 0.0), InlineData(SolverKind.Newton, 1e-4)]
    [InlineData(SolverKind.Lbfgs, 0.0), InlineData(SolverKind.Lbfgs, 1e-4)]
    public void Without_a_word_on_the_features_the_optimum_is_the_same(SolverKind kind, double l1)
    {
        using var dataset = Made();
        var schema = NumericSchema.Fit(dataset, new LabelSchema("label", "0", "1"));
        using var engine = new CpuEngine(dataset);
        var solver = SolverFactory.Create(kind, l1 > 0);
        double[] start = new double[Features + 1];
        var knowing = solver.Minimize(new DatasetObjective(engine, dataset, 0, l1, meanSquares: schema.MeanSquares()), start, new SolverOptions());
        var unknowing = solver.Minimize(new DatasetObjective(engine, dataset, 0, l1), start, new SolverOptions());
        Assert.Equal(StopReason.Converged, knowing.StopReason);
        Assert.Equal(StopReason.Converged, unknowing.StopReason);
        Assert.Equal(knowing.Objective, unknowing.Objective, 1e-6);
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public void The_schema_knows_the_features_mean_squares(bool standardize)
    {
        using var dataset = Made();
        double[] squares = NumericSchema.Fit(dataset, new LabelSchema("label", "0", "1"), standardize: standardize).MeanSquares();
        double[] sums = new double[Features];
        foreach (var block in dataset.Blocks)
        {
            for (int row = 0; row < block.Rows; row++)
            {
                for (int j = 0; j < Features; j++)
                    sums[j] += (double)block.Row(row)[j] * block.Row(row)[j] / Rows;
            }
        }

        Assert.All(sums.Zip(squares), pair => Assert.Equal(pair.First, pair.Second, 1e-3 * pair.First));
    }

    private static Dataset Made()
    {
        var random = new Random(11);
        float[] features = new float[Rows * Features], labels = new float[Rows];
        for (int row = 0; row < Rows; row++)
        {
            var values = features.AsSpan(row * Features, Features);
            double logit = 0;
            for (int text = 0; text < Texts; text++)
            {
                int level = (int)Math.Min(Levels - 1, Math.Pow(1 - random.NextDouble(), -1.2) - 1);
                values[text * Levels + level] = 1;
                logit += Math.Sin(3 * level + text);
            }

            for (int amount = 0; amount < Amounts; amount++)
                values[Texts * Levels + amount] = (float)Math.Exp(4 * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5));
            labels[row] = random.NextDouble() < 1 / (1 + Math.Exp(-logit)) ? 1 : 0;
        }

        return Dataset.FromRows(features, labels, Features);
    }
}
