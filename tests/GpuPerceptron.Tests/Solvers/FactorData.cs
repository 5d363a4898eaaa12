using GpuPerceptron.Data;
using GpuPerceptron.LinearAlgebra;
using GpuPerceptron.Testing;

namespace GpuPerceptron.Tests.Solvers;

/// <summary>Normal features, each from some factors and something of its own, of which the mean Hessian over all that could be drawn is known.</summary>
internal sealed class FactorData
{
    private const int Piece = 500; // samples of one seed

    private readonly double[][] _factors; // what a feature has of each
    private readonly double[] _deviations; // of what it has of its own

    /// <param name="features">M.</param>
    /// <param name="factors">How many.</param>
    /// <param name="ownPart">What part of its variance a feature has of its own; null for a fifth to a third.</param>
    public FactorData(int features, int factors, Func<int, double>? ownPart = null)
    {
        var random = new Random(3);
        _factors = [.. Enumerable.Range(0, factors).Select(_ =>
            Enumerable.Range(0, features).Select(_ => Normal(random) / Math.Sqrt(factors)).ToArray())];
        _deviations = [.. Enumerable.Range(0, features).Select(j =>
            (ownPart is null ? 0.5 + 0.2 * random.NextDouble() : Math.Sqrt(ownPart(j) / (1 - ownPart(j)))) * Math.Sqrt(_factors.Sum(factor => factor[j] * factor[j])))]; // a fifth to a third of the variance
    }

    /// <summary>Without factors.</summary>
    /// <param name="deviations">The features'.</param>
    public FactorData(double[] deviations) => (_factors, _deviations) = ([], deviations);

    private int Features => _deviations.Length;

    /// <summary>A θ.</summary>
    /// <param name="deviation">Of the logits.</param>
    /// <param name="bias">Their mean.</param>
    /// <param name="seed">Of the weights' direction.</param>
    public double[] Parameters(double deviation, double bias = 0.5, int seed = 5)
    {
        double[] w = SyntheticData.Parameters(Features, seed)[..^1];
        double scale = deviation / Math.Sqrt(Vectors.Dot(w, Covariances(w)));
        return [.. w.Select(value => scale * value), bias];
    }

    /// <summary>Samples with labels from the logistic model of θ.</summary>
    /// <param name="samples">How many.</param>
    /// <param name="parameters">θ.</param>
    /// <param name="copies">So many features are copies of others.</param>
    /// <param name="difference">The copies' deviation from these.</param>
    public Dataset Draw(int samples, double[] parameters, int copies = 0, double difference = 0)
    {
        float[] x = new float[samples * Features], y = new float[samples];
        Parallel.For(0, (samples + Piece - 1) / Piece, piece =>
        {
            var random = new Random(piece);
            double[] values = new double[Features];
            for (int row = piece * Piece; row < Math.Min(samples, (piece + 1) * Piece); row++)
            {
                for (int j = 0; j < Features; j++)
                    values[j] = _deviations[j] * Normal(random);
                foreach (double[] factor in _factors)
                    Vectors.AddScaled(values, Normal(random), factor);
                for (int j = 0; j < copies; j++)
                    values[Features - 1 - j] = values[j] + difference * Normal(random);
                for (int j = 0; j < Features; j++)
                    x[row * Features + j] = (float)values[j];
                y[row] = random.NextDouble() < NaiveReference.Sigmoid(Vectors.Dot(values, parameters) + parameters[^1]) ? 1 : 0;
            }
        });
        return Dataset.FromRows(x, y, Features);
    }

    /// <summary>
    /// The mean Hessian over all that could be drawn. Features are b = Σw/s times the logit in units of its deviation, t, and something independent
    /// of it: E c xxᵀ = E(c) (Σ − bbᵀ) + E(ct²) bbᵀ, and E cx = E(ct) b.
    /// </summary>
    /// <param name="parameters">θ.</param>
    /// <returns>Its products.</returns>
    public Func<double[], double[]> Hessian(double[] parameters)
    {
        double[] b = Covariances(parameters[..^1]);
        double deviation = Math.Sqrt(Vectors.Dot(b, parameters));
        if (deviation > 0) Vectors.Divide(b, deviation);
        double c = 0, ct = 0, ctt = 0;
        const double Step = 0.01;
        for (double t = -8; t < 8; t += Step)
        {
            double v = parameters[^1] + deviation * t;
            double density = Math.Exp(-t * t / 2) / Math.Sqrt(2 * Math.PI) * Step * NaiveReference.Sigmoid(v) * NaiveReference.Sigmoid(-v);
            c += density;
            ct += density * t;
            ctt += density * t * t;
        }

        return x =>
        {
            double along = Vectors.Dot(b, x);
            double[] product = [.. Covariances(x[..^1]).Select(value => c * value), c * x[^1] + ct * along];
            Vectors.AddScaled(product.AsSpan(0, Features), (ctt - c) * along + ct * x[^1], b);
            return product;
        };
    }

    /// <summary>From the normal distribution.</summary>
    public static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private double[] Covariances(double[] x)
    {
        double[] product = [.. x.Zip(_deviations, (value, deviation) => value * deviation * deviation)];
        foreach (double[] factor in _factors)
            Vectors.AddScaled(product, Vectors.Dot(factor, x), factor);
        return product;
    }
}
