using GpuPerceptron.Solvers;
using Xunit;

namespace GpuPerceptron.Tests.Solvers;

public sealed class PenalizedQuadraticTests
{
    private const int Size = 41;

    /// <summary>0 where |slope| ≤ λ₁, else slope = −λ₁ sign(u); for the bias slope = 0.</summary>
    [Theory]
    [InlineData(0.0, 0.01), InlineData(0.0, 1.0), InlineData(0.9, 0.1), InlineData(0.999, 0.0), InlineData(0.999, 0.01), InlineData(0.999, 3.0), InlineData(0.99999, 0.01)]
    public void At_the_minimum_the_conditions_of_optimality_hold(double correlation, double l1)
    {
        double[] curvature = Correlations(correlation);
        var from = From(curvature);
        using var model = new PenalizedQuadratic(Size);
        model.Learn(curvature, damping: 0);
        double fall = model.Minimize(from, l1, exactness: 1e-9);

        double[] slope = SlopeAt(model.Target, curvature, from);
        for (int j = 0; j < Size; j++)
        {
            double u = model.Target[j], penalty = j == Size - 1 ? 0 : l1;
            Assert.Equal(slope[j], model.Slope[j], 1e-9);
            if (u == 0 && j < Size - 1) Assert.InRange(Math.Abs(slope[j]), 0, penalty + 1e-7);
            else Assert.Equal(-penalty * Math.Sign(u), slope[j], 1e-7);
        }

        Assert.Equal(Value(from.Parameters, curvature, from, l1) - Value(model.Target, curvature, from, l1), fall, 1e-9);
    }

    [Fact]
    public void A_rough_minimum_leaves_a_part_of_the_subgradient()
    {
        double[] curvature = Correlations(0.99);
        var from = From(curvature);
        using var model = new PenalizedQuadratic(Size);
        model.Learn(curvature, damping: 0);
        double exact = model.Minimize(from, 0.01, exactness: 1e-10), rough = model.Minimize(from, 0.01, exactness: 0.1);
        Assert.InRange(rough / exact, 0.9, 1);
    }

    [Fact]
    public void Two_equal_features_and_one_of_zeros_have_a_minimum_too()
    {
        double[] curvature = Correlations(0.5);
        for (int i = 0; i < Size; i++)
        {
            curvature[i * Size + 1] = curvature[i * Size];
            curvature[i * Size + 2] = 0;
        }

        for (int j = 0; j < Size; j++)
        {
            curvature[Size + j] = curvature[j];
            curvature[2 * Size + j] = 0;
        }

        var from = From(curvature);
        using var model = new PenalizedQuadratic(Size);
        model.Learn(curvature, damping: 0);
        model.Minimize(from, 0.05, exactness: 1e-9);
        double[] slope = SlopeAt(model.Target, curvature, from);
        Assert.Equal(from.Parameters[2], model.Target[2]);
        Assert.All(Enumerable.Range(0, Size - 1).Where(j => j != 2), j => Assert.InRange(Math.Abs(slope[j]), 0, 0.05 + 1e-7));
    }

    [Fact]
    public void A_correction_fits_the_last_step()
    {
        double[] truth = Correlations(0.3);
        using var model = new PenalizedQuadratic(Size);
        model.Learn(Correlations(0.8), damping: 0);
        for (int step = 0; step < 3; step++)
        {
            double[] s = [.. Enumerable.Range(0, Size).Select(j => Math.Sin(j * (step + 1.3)))], y = Times(truth, s);
            model.Correct(s, y, Times(model.Curvature, s));
            Assert.All(Times(model.Curvature, s).Zip(y), pair => Assert.Equal(pair.Second, pair.First, 1e-9));
        }

        var curvature = model.Curvature;
        for (int i = 0; i < Size * Size; i++)
            Assert.Equal(curvature[i], curvature[i % Size * Size + i / Size], 1e-9);
    }

    [Fact]
    public void A_step_without_curvature_corrects_nothing()
    {
        double[] curvature = Correlations(0.5), s = [.. Enumerable.Repeat(1.0, Size)];
        using var model = new PenalizedQuadratic(Size);
        model.Learn(curvature, damping: 0);
        model.Correct(s, new double[Size], Times(curvature, s));
        Assert.Equal(curvature, model.Curvature.ToArray());
    }

    private static Iterate From(double[] curvature)
    {
        var random = new Random(3);
        var from = new Iterate([.. Enumerable.Range(0, Size).Select(j => j % 4 == 0 ? 0 : random.NextDouble() - 0.5)]);
        double[] optimum = [.. Enumerable.Range(0, Size).Select(_ => random.NextDouble() - 0.5)];
        Times(curvature, [.. optimum.Zip(from.Parameters, (a, b) => b - a)]).CopyTo(from.Gradient, 0);
        return from;
    }

    private static double[] SlopeAt(double[] u, double[] curvature, Iterate from) =>
        [.. Times(curvature, [.. u.Zip(from.Parameters, (a, b) => a - b)]).Zip(from.Gradient, (a, b) => a + b)];

    private static double Value(double[] u, double[] curvature, Iterate from, double l1)
    {
        double[] d = [.. u.Zip(from.Parameters, (a, b) => a - b)], product = Times(curvature, d);
        return d.Select((x, j) => x * (from.Gradient[j] + product[j] / 2)).Sum() + l1 * u[..^1].Sum(Math.Abs);
    }

    private static double[] Correlations(double correlation) =>
        [.. Enumerable.Range(0, Size * Size).Select(i => Math.Pow(correlation, Math.Abs(i / Size - i % Size)))];

    private static double[] Times(ReadOnlySpan<double> a, double[] x)
    {
        double[] product = new double[Size];
        for (int i = 0; i < Size * Size; i++)
            product[i / Size] += a[i] * x[i % Size];
        return product;
    }
}
