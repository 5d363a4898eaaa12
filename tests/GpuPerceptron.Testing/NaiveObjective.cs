using GpuPerceptron.Objectives;

namespace GpuPerceptron.Testing;

/// <summary>The objective of logistic regression in float64, written to be read: what solvers are tested on without an engine.</summary>
/// <param name="features">X, a row a sample.</param>
/// <param name="labels">y.</param>
/// <param name="l2">λ₂.</param>
/// <param name="l1">λ₁.</param>
public sealed class NaiveObjective(double[][] features, double[] labels, double l2 = 0, double l1 = 0)
    : ISampledObjective, IProductObjective
{
    public double L1 => l1;

    public long Samples => labels.Length;

    public double RarerPart => Math.Min(labels.Average(), 1 - labels.Average());

    public int Dimension => features[0].Length + 1;

    /// <summary>Evaluations of all samples so far, and those with a Hessian among them.</summary>
    public int Evaluations { get; private set; }

    public int HessianEvaluations { get; private set; }

    /// <summary>Products with a Hessian so far.</summary>
    public int Products { get; private set; }

    public bool HasProducts => true;

    private double[] _last = [], _held = [];

    /// <summary>From standard normal features, labels drawn from a logistic model.</summary>
    public static NaiveObjective Made(int samples, int features, double l2 = 0, double l1 = 0, int seed = 1)
    {
        using var dataset = SyntheticData.Logistic(samples, features, seed);
        return Of(dataset, l2, l1);
    }

    /// <summary>From a dataset's samples, whose weights are all 1.</summary>
    public static NaiveObjective Of(Data.Dataset dataset, double l2 = 0, double l1 = 0)
    {
        var block = dataset.Blocks.SelectMany(b => Enumerable.Range(0, b.Rows).Select(i => (b, i)));
        return new NaiveObjective(
            [.. block.Select(row => row.b.Row(row.i).ToArray().Select(x => (double)x).ToArray())],
            [.. block.Select(row => (double)row.b.Labels[row.i])], l2, l1);
    }

    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient) => Evaluate(parameters, gradient, default);

    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient, Span<double> hessian)
    {
        Evaluations++;
        if (!hessian.IsEmpty) HessianEvaluations++;
        _last = parameters.ToArray();
        int n = labels.Length, d = Dimension;
        gradient.Clear();
        hessian.Clear();
        double total = 0;
        double[] x = new double[d];
        for (int i = 0; i < n; i++)
        {
            features[i].CopyTo(x, 0);
            x[^1] = 1;
            double v = 0;
            for (int j = 0; j < d; j++)
                v += parameters[j] * x[j];
            double z = NaiveReference.Sigmoid(v), residual = labels[i] == 1 ? -NaiveReference.Sigmoid(-v) : z;
            total += NaiveReference.Softplus(labels[i] == 1 ? -v : v);
            for (int j = 0; j < d; j++)
            {
                gradient[j] += residual * x[j] / n;
                if (hessian.IsEmpty) continue;
                for (int k = 0; k < d; k++)
                    hessian[j * d + k] += z * (1 - z) * x[j] * x[k] / n;
            }
        }

        double objective = total / n;
        for (int j = 0; j < d - 1; j++)
        {
            objective += l2 / 2 * parameters[j] * parameters[j];
            gradient[j] += l2 * parameters[j];
            if (!hessian.IsEmpty) hessian[j * d + j] += l2;
        }

        return objective;
    }

    public void HoldHessian(Span<double> diagonal)
    {
        _held = new double[Dimension * Dimension];
        Evaluate(_last, new double[Dimension], _held);
        for (int j = 0; j < Dimension; j++)
            diagonal[j] = _held[j * Dimension + j];
    }

    public void HessianTimes(ReadOnlySpan<double> direction, Span<double> product)
    {
        Products++;
        for (int j = 0; j < Dimension; j++)
        {
            product[j] = 0;
            for (int k = 0; k < Dimension; k++)
                product[j] += _held[j * Dimension + k] * direction[k];
        }
    }

    public ObjectiveSample? Sample(long count, double ridge)
    {
        int[] order = [.. Enumerable.Range(0, labels.Length)];
        new Random(7).Shuffle(order);
        var chosen = order.Take((int)count);
        return new ObjectiveSample(new NaiveObjective(
            [.. chosen.Select(i => features[i])], [.. chosen.Select(i => labels[i])], l2 + ridge, l1));
    }
}
