using GpuPerceptron.Solvers;
using Xunit;

namespace GpuPerceptron.Tests.Solvers;

public sealed class InverseCurvatureTests
{
    private const int Size = 60;
    private const int SamplesPerParameter = 6;

    [Fact]
    public void The_inverse_is_that_of_the_hessian()
    {
        double[] hessian = SecondMoments(correlation: 0.5);
        Assert.All(AddedTo(hessian, curvature => curvature.Factor(hessian)), added => Assert.Equal(0, added, 1e-9));
    }

    [Fact]
    public void A_part_of_the_diagonal_is_added_to_the_hessian_of_few_samples()
    {
        double[] hessian = SecondMoments(correlation: 0);
        double[] added = AddedTo(hessian, curvature => curvature.FactorOfSample(hessian, SamplesPerParameter));
        Assert.All(added, part => Assert.Equal(1.5 / SamplesPerParameter, part, 1e-9));
    }

    [Theory]
    [InlineData(0.9), InlineData(0.99), InlineData(0.9999)]
    public void No_more_is_added_than_flat_directions_bear(double correlation)
    {
        double[] hessian = SecondMoments(correlation);
        double[] added = AddedTo(hessian, curvature => curvature.FactorOfSample(hessian, SamplesPerParameter));
        double least = LeastEigenvalue(hessian);
        Assert.All(added, part => Assert.InRange(part, 0.5 * least, 6 * least));
    }

    /// <summary>With correlated features little is added, and little won.</summary>
    [Theory]
    [InlineData(0.0, 0.7), InlineData(0.9, 1.05), InlineData(0.99, 1.05)]
    public void With_it_steps_meet_a_better_condition(double correlation, double most)
    {
        double[] sample = SecondMoments(correlation), truth = Correlations(correlation);
        double plain = Spread(truth, curvature => curvature.Factor(sample));
        double shrunk = Spread(truth, curvature => curvature.FactorOfSample(sample, SamplesPerParameter));
        Assert.InRange(shrunk / plain, 0, most);
    }

    /// <summary>What was added to each element of the diagonal, as a part of it: B x = H x + added ∘ diag(H) ∘ x.</summary>
    private static double[] AddedTo(double[] hessian, Action<InverseCurvature> factor)
    {
        using var curvature = new InverseCurvature(Size, []);
        factor(curvature);
        double[] right = [.. Enumerable.Range(0, Size).Select(j => 1.0 + j % 7)], x = [.. right];
        Apply(curvature, x);
        double[] product = Times(hessian, x);
        return [.. Enumerable.Range(0, Size).Select(j => (right[j] - product[j]) / (hessian[j * Size + j] * x[j]))];
    }

    /// <summary>The condition number of B⁻¹A: by power iterations, and by those of c − B⁻¹A.</summary>
    private static double Spread(double[] a, Action<InverseCurvature> factor)
    {
        using var curvature = new InverseCurvature(Size, []);
        factor(curvature);
        double largest = Largest(0), least = largest - Largest(largest);
        return largest / least;

        double Largest(double shift)
        {
            double[] x = [.. Enumerable.Range(0, Size).Select(j => 1 + 0.1 * (j % 5) * (j % 2 == 0 ? 1 : -1))];
            double length = 0;
            for (int step = 0; step < 3000; step++)
            {
                double[] next = Times(a, x);
                Apply(curvature, next);
                if (shift > 0) next = [.. next.Select((value, j) => shift * x[j] - value)];
                length = Math.Sqrt(next.Sum(value => value * value));
                x = [.. next.Select(value => value / length)];
            }

            return length;
        }
    }

    private static void Apply(InverseCurvature curvature, double[] x)
    {
        var point = new Iterate(Size);
        x.CopyTo(point.Gradient, 0);
        curvature.Apply(point, x);
    }

    private static double LeastEigenvalue(double[] hessian)
    {
        double[] x = [.. Enumerable.Range(0, Size).Select(j => j % 2 == 0 ? 1.0 : -1)];
        double[] scaled = [.. hessian.Select((value, k) => value / Math.Sqrt(hessian[k / Size * (Size + 1)] * hessian[k % Size * (Size + 1)]))];
        using var inverse = new InverseCurvature(Size, []);
        inverse.Factor(scaled);
        double length = 1;
        for (int step = 0; step < 200; step++)
        {
            Apply(inverse, x);
            length = Math.Sqrt(x.Sum(value => value * value));
            x = [.. x.Select(value => value / length)];
        }

        return 1 / length;
    }

    private static double[] Times(double[] matrix, double[] x) =>
        [.. Enumerable.Range(0, Size).Select(i => Enumerable.Range(0, Size).Sum(j => matrix[i * Size + j] * x[j]))];

    private static double[] Correlations(double correlation) =>
        [.. Enumerable.Range(0, Size * Size).Select(k => Math.Pow(correlation, Math.Abs(k / Size - k % Size)))];

    /// <summary>(1/n) Σ xxᵀ of autoregressive normal features, which have <see cref="Correlations"/>.</summary>
    private static double[] SecondMoments(double correlation)
    {
        const int Samples = SamplesPerParameter * Size;
        var random = new Random(1);
        double[] moments = new double[Size * Size], x = new double[Size];
        for (int i = 0; i < Samples; i++)
        {
            for (int j = 0; j < Size; j++)
            {
                double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
                x[j] = j == 0 ? normal : correlation * x[j - 1] + Math.Sqrt(1 - correlation * correlation) * normal;
            }

            for (int k = 0; k < moments.Length; k++)
                moments[k] += x[k / Size] * x[k % Size] / Samples;
        }

        return moments;
    }
}
