using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.LinearAlgebra;
using GpuPerceptron.Objectives;
using GpuPerceptron.Solvers;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Solvers;

public sealed class FactorCurvatureTests
{
    private const int Samples = 6_000, Features = 600, Factors = 20;

    private static readonly FactorData Data = new(Features, Factors);

    [Theory]
    [InlineData(0.0), InlineData(1.0), InlineData(3.0)]
    public void Of_features_with_factors_it_is_nearly_the_hessian_of_all_that_could_be_drawn(double deviation)
    {
        double[] parameters = Data.Parameters(deviation);
        using var samples = Data.Draw(Samples, parameters);
        using var model = Of(samples, parameters);
        Assert.NotNull(model);
        Assert.InRange(model.Count, Factors, Factors + 4); // the bias has much of its own, and θ's direction may be one more
        var (least, largest) = Spread(model, Data.Hessian(parameters));
        Assert.True(least > 0.5 && largest < 2, $"from {least:g3} to {largest:g3}");
    }

    [Fact]
    public void It_moves_to_another_point()
    {
        double[] before = Data.Parameters(0), after = Data.Parameters(3, bias: -1);
        using var samples = Data.Draw(Samples, after);
        using var engine = new CpuEngine(samples);
        var objective = new DatasetObjective(engine, samples, l2: 0);
        using var model = FactorCurvature.Of(objective, ridge: 0, objective, before);
        Assert.NotNull(model);
        var hessian = Data.Hessian(after);
        double leastBefore = Spread(model, hessian).Least;
        for (int time = 0; time < 2; time++) // there it may stay
        {
            Assert.True(model.MoveTo(objective, ridge: 0, objective, after));
            Assert.InRange(model.Count, Factors, Factors + 5);
            var (least, largest) = Spread(model, hessian);
            Assert.True(leastBefore < 0.3 && least > 0.5 && largest < 2, $"from {least:g3} to {largest:g3}, {leastBefore:g3} before");
        }
    }

    [Fact]
    public void Chance_is_not_taken_for_factors_where_features_have_unequal_parts_of_their_own()
    {
        var data = new FactorData(Features, factors: 10, j => j % 2 == 0 ? 0.2 : 0.9);
        double[] parameters = data.Parameters(1);
        using var samples = data.Draw(Samples, parameters);
        using var engine = new CpuEngine(samples);
        var objective = new DatasetObjective(engine, samples, l2: 0);
        using var model = FactorCurvature.Of(objective, ridge: 0, objective, parameters);
        Assert.NotNull(model);
        for (int time = 0; time < 3; time++)
        {
            Assert.InRange(model.Count, 10, 14);
            Assert.True(model.MoveTo(objective, ridge: 0, objective, parameters));
        }
    }

    [Fact]
    public void Independent_features_have_no_factors_and_keep_their_sizes()
    {
        var data = new FactorData([.. Enumerable.Range(0, Features).Select(j => Math.Pow(10, j % 5 - 2))]);
        double[] parameters = data.Parameters(1);
        using var samples = data.Draw(Samples, parameters);
        using var model = Of(samples, parameters);
        Assert.NotNull(model);
        Assert.InRange(model.Count, 0, 1);
        double[] x = data.Hessian(new double[Features + 1])([.. Enumerable.Repeat(1.0, Features + 1)]);
        double bias = x[^1];
        model.Apply(x);
        Assert.All(x, value => Assert.InRange(value, 1, 1.5)); // 1/4 of θ = 0 is some 1/5 at θ
        Assert.Equal(0.25, bias, 1e-6);
    }

    [Fact]
    public void A_feature_that_is_always_0_harms_no_other()
    {
        double[] parameters = Data.Parameters(1);
        using var samples = Data.Draw(Samples, parameters);
        using var without = Of(samples, parameters);
        foreach (var block in samples.Blocks)
        {
            for (int row = 0; row < block.Rows; row++)
                block.Row(row)[7] = 0;
        }

        using var with = Of(samples, parameters);
        Assert.NotNull(without);
        Assert.NotNull(with);
        double[] x = [.. Enumerable.Range(0, Features + 1).Select(j => j == 7 ? 0.0 : Math.Sin(j))], same = [.. x];
        without.Apply(x);
        with.Apply(same);
        Assert.Equal(0, same[7]);
        double[] difference = [.. x.Zip(same, (a, b) => a - b)];
        difference[7] = 0;
        Assert.True(Vectors.MaxNorm(difference) < 0.1 * Vectors.MaxNorm(x));
    }

    [Fact]
    public void The_samples_own_penalty_is_left_out_and_that_of_all_is_not()
    {
        const double Penalty = 0.2, Ridge = 0.5;
        double[] parameters = Data.Parameters(1);
        using var samples = Data.Draw(Samples, parameters);
        using var engine = new CpuEngine(samples);
        var all = new DatasetObjective(engine, samples, Penalty);
        using ObjectiveSample? sample = all.Sample(Samples, ridge: 0), sampleWithRidge = all.Sample(Samples, Ridge);
        using var plain = FactorCurvature.Of((IDirectionalObjective)sample!.Objective, ridge: 0, all, parameters);
        using var ridged = FactorCurvature.Of((IDirectionalObjective)sampleWithRidge!.Objective, Ridge, all, parameters);
        Assert.NotNull(plain);
        Assert.NotNull(ridged);
        double[] x = [.. Enumerable.Range(0, Features + 1).Select(j => Math.Sin(j))], same = [.. x];
        plain.Apply(x);
        ridged.Apply(same);
        Assert.All(x.Zip(same), pair => Assert.Equal(pair.First, pair.Second, 1e-3 * Vectors.MaxNorm(x)));

        var hessian = Data.Hessian(parameters);
        var (least, largest) = Spread(plain, v => [.. hessian(v).Select((value, j) => value + (j < Features ? Penalty * v[j] : 0))]);
        Assert.True(least > 0.5 && largest < 2, $"from {least:g3} to {largest:g3}");
    }

    [Fact]
    public void Features_of_a_series_have_none()
    {
        const double Correlation = 0.9;
        var random = new Random(1);
        float[] x = new float[Samples * Features], y = new float[Samples];
        for (int i = 0; i < x.Length; i++)
        {
            double normal = FactorData.Normal(random);
            x[i] = (float)(i % Features == 0 ? normal : Correlation * x[i - 1] + Math.Sqrt(1 - Correlation * Correlation) * normal);
        }

        for (int i = 0; i < Samples; i++)
            y[i] = i % 2;
        using var samples = Dataset.FromRows(x, y, Features);
        Assert.Null(Of(samples, new double[Features + 1]));
    }

    [Fact]
    public void The_same_bits_twice_and_at_any_number_of_threads()
    {
        double[] parameters = Data.Parameters(1), x = [.. Enumerable.Range(0, Features + 1).Select(j => Math.Sin(j))];
        using var samples = Data.Draw(Samples, parameters);
        double[] once = Applied(1);
        Assert.Equal(once, Applied(1));
        Assert.Equal(once, Applied(3));

        double[] Applied(int threads)
        {
            using var model = Of(samples, parameters, threads);
            double[] product = [.. x];
            model!.Apply(product);
            return product;
        }
    }

    private static FactorCurvature? Of(Dataset samples, double[] parameters, int threads = 0)
    {
        using var engine = new CpuEngine(samples, threads);
        var objective = new DatasetObjective(engine, samples, l2: 0);
        return FactorCurvature.Of(objective, ridge: 0, objective, parameters);
    }

    /// <summary>The least and the largest eigenvalue of B⁻¹H: by power iterations, and by those of c − B⁻¹H.</summary>
    private static (double Least, double Largest) Spread(FactorCurvature model, Func<double[], double[]> hessian)
    {
        double largest = Largest(0);
        return (largest - Largest(largest), largest);

        double Largest(double shift)
        {
            double[] x = SyntheticData.Parameters(Features);
            double length = 0;
            for (int step = 0; step < 200; step++)
            {
                double[] next = hessian(x);
                model.Apply(next);
                if (shift > 0) next = [.. next.Select((value, j) => shift * x[j] - value)];
                length = Math.Sqrt(Vectors.Dot(next, next));
                Vectors.Divide(next, length);
                x = next;
            }

            return length;
        }
    }
}
