namespace GpuPerceptron.Testing;

/// <summary>Newton's method with Gaussian elimination, to the last bits of float64: the optimum that proofs are held against.</summary>
public static class NaiveOptimum
{
    /// <summary>F* and where it is, of an objective without λ₁ that has a finite optimum.</summary>
    public static (double Objective, double[] Parameters) Of(NaiveObjective objective)
    {
        int size = objective.Dimension;
        double[] here = new double[size], gradient = new double[size], hessian = new double[size * size];
        double value = objective.Evaluate(here, gradient, hessian);
        for (int step = 0; step < 100 && gradient.Max(Math.Abs) > 1e-15; step++)
        {
            double[] direction = Solve(hessian, gradient);
            double length = 1, next;
            double[] trial;
            do
            {
                trial = [.. here.Zip(direction, (a, b) => a - length * b)];
                next = objective.Evaluate(trial, gradient, hessian);
                length /= 2;
            }
            while (next > value + 1e-15 && length > 1e-6);
            (here, value) = (trial, next);
        }

        return (value, here);
    }

    /// <summary>A⁻¹b by elimination with pivots.</summary>
    public static double[] Solve(double[] matrix, double[] right)
    {
        int size = right.Length;
        double[] a = [.. matrix], x = [.. right];
        for (int k = 0; k < size; k++)
        {
            int pivot = Enumerable.Range(k, size - k).MaxBy(i => Math.Abs(a[i * size + k]));
            for (int j = 0; j < size; j++)
                (a[k * size + j], a[pivot * size + j]) = (a[pivot * size + j], a[k * size + j]);
            (x[k], x[pivot]) = (x[pivot], x[k]);
            for (int i = k + 1; i < size; i++)
            {
                double factor = a[i * size + k] / a[k * size + k];
                for (int j = k; j < size; j++)
                    a[i * size + j] -= factor * a[k * size + j];
                x[i] -= factor * x[k];
            }
        }

        for (int i = size - 1; i >= 0; i--)
        {
            for (int j = i + 1; j < size; j++)
                x[i] -= a[i * size + j] * x[j];
            x[i] /= a[i * size + i];
        }

        return x;
    }
}
