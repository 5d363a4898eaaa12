using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Objectives;
using GpuPerceptron.Solvers;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Solvers;

public sealed class RowCurvatureTests
{
    private const int Samples = 8_000, Features = 520; // little above the least
    private const double Penalty = 1e-3;

    [Fact]
    public void It_is_the_inverse_of_the_rows_products_and_a_multiple_of_a_diagonal()
    {
        using var samples = Factors(weighted: true);
        using var engine = new CpuEngine(samples);
        var objective = new DatasetObjective(engine, samples, Penalty);
        double[] parameters = SyntheticData.Parameters(Features, scale: 0.3);
        var curvature = RowCurvature.Of(objective, parameters);
        Assert.NotNull(curvature);

        // B = S⁻¹(δI + SRᵀRS)S⁻¹ = RᵀR + δ diag(RᵀR + λ₂), of the rows that it took: B times a solution is what was solved for.
        const int Count = 240;
        float[] rows = new float[Count * (Features + 1)];
        Assert.Equal(Penalty, objective.CurvatureRows(parameters, Count, Features + 1, rows));
        double[] right = [.. Enumerable.Range(0, Features + 1).Select(j => Math.Sin(j))], x = [.. right];
        curvature.Apply(x);
        double[] products = new double[Features + 1], diagonal = new double[Features + 1];
        for (int row = 0; row < Count; row++)
        {
            var r = rows.AsSpan(row * (Features + 1), Features + 1);
            double dot = 0;
            for (int j = 0; j <= Features; j++)
            {
                dot += r[j] * x[j];
                diagonal[j] += (double)r[j] * r[j] + (j < Features ? Penalty / Count : 0);
            }

            for (int j = 0; j <= Features; j++)
                products[j] += dot * r[j];
        }

        Assert.All(Enumerable.Range(0, Features + 1), j =>
            Assert.Equal(right[j], products[j] + curvature.Added * diagonal[j] * x[j], 1e-3));
        Assert.InRange(curvature.Added, 0.02, 0.2); // M/n of the 2 to 7 % that features have of their own
    }

    [Fact]
    public void Its_rows_add_up_to_the_hessian()
    {
        using var samples = Factors(weighted: true);
        using var engine = new CpuEngine(samples);
        var objective = new DatasetObjective(engine, samples, l2: 0);
        double[] parameters = SyntheticData.Parameters(Features, scale: 0.3), gradient = new double[Features + 1];
        float[] rows = new float[Samples * (Features + 1)];
        Assert.Equal(0, objective.CurvatureRows(parameters, Samples, Features + 1, rows));
        double[] hessian = new double[(Features + 1) * (Features + 1)];
        objective.Evaluate(parameters, gradient, hessian);
        foreach (var (i, j) in new[] { (0, 0), (7, 3), (Features, 5), (Features, Features) })
        {
            double sum = 0;
            for (int row = 0; row < Samples; row++)
                sum += (double)rows[row * (Features + 1) + i] * rows[row * (Features + 1) + j];
            Assert.Equal(hessian[i * (Features + 1) + j], sum, 1e-5 * hessian[^1]);
        }
    }

    [Fact]
    public void Features_of_a_few_factors_take_half_of_the_reads()
    {
        using var samples = Factors();
        int with = PassesOf(samples, long.MaxValue, out double objective), without = PassesOf(samples, 0, out double plain);
        Assert.Equal(plain, objective, 1e-7); // where gradients of 1e-6 may end
        Assert.True(2 * with < without, $"{with} and {without} passes");
    }

    [Fact]
    public void It_is_had_only_where_it_pays_and_there_is_memory()
    {
        using var samples = Factors();
        using var few = SyntheticData.Create(500, Features);
        using var narrow = SyntheticData.Create(Samples, 20);
        Assert.NotNull(Of(samples));
        Assert.Null(Of(few));
        Assert.Null(Of(narrow));
        Assert.Null(Of(samples, l1: 0.1));
        Assert.Null(Of(samples, bytes: 100_000));

        static RowCurvature? Of(Dataset samples, double l1 = 0, long bytes = long.MaxValue)
        {
            using var engine = new CpuEngine(samples);
            return RowCurvature.Of(new DatasetObjective(engine, samples, 0, l1, solverBytes: bytes), new double[samples.Features + 1]);
        }
    }

    private static int PassesOf(Dataset samples, long bytes, out double objective)
    {
        using var engine = new CpuEngine(samples);
        var result = new Lbfgs().Minimize(
            new DatasetObjective(engine, samples, Penalty, solverBytes: bytes), new double[Features + 1], new SolverOptions { Tolerance = 1e-6 });
        Assert.Equal(StopReason.Converged, result.StopReason);
        objective = result.Objective;
        return (int)engine.Passes;
    }

    /// <summary>Each feature from ten factors and a little of its own.</summary>
    private static Dataset Factors(bool weighted = false)
    {
        const int Factors = 10;
        var random = new Random(1);
        double[] loadings = [.. Enumerable.Range(0, Features * Factors).Select(_ => random.NextDouble() - 0.5)];
        float[] x = new float[Samples * Features], y = new float[Samples];
        double[] factors = new double[Factors];
        for (int i = 0; i < Samples; i++)
        {
            for (int k = 0; k < Factors; k++)
                factors[k] = random.NextDouble() - 0.5;
            for (int j = 0; j < Features; j++)
            {
                double value = 0.2 * (random.NextDouble() - 0.5);
                for (int k = 0; k < Factors; k++)
                    value += loadings[j * Factors + k] * factors[k];
                x[i * Features + j] = (float)value;
            }

            y[i] = random.NextDouble() < NaiveReference.Sigmoid(4 * factors[0] - 2 * factors[1] + 5 * x[i * Features]) ? 1 : 0;
        }

        float[] s = weighted ? [.. Enumerable.Range(0, Samples).Select(i => i % 7 == 3 ? 0f : 0.5f + i % 3)] : [];
        return Dataset.FromRows(x, y, Features, s);
    }
}
