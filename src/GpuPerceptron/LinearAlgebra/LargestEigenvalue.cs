namespace GpuPerceptron.LinearAlgebra;

/// <summary>λmax of a symmetric matrix, positive semidefinite, that is only known by its products.</summary>
/// <remarks>
/// Locally optimal conjugate gradients with one vector and no preconditioner (Knyazev, "Toward the Optimal Preconditioned
/// Eigensolver", 2001): the next vector is the best in the plane of the present one x, of its residual Ax − (x·Ax)x, and of the last step.
/// That takes one product an iteration, as power iteration does, but about the root of the number of iterations.
/// </remarks>
internal static class LargestEigenvalue
{
    private const int MaximumIterations = 1000;
    private const double Dependent = 1e-6; // what is left of a direction's length where it adds nothing

    /// <summary>Estimates it, from below.</summary>
    /// <param name="start">Any vector to which the eigenvector is not orthogonal; overwritten.</param>
    /// <param name="times">Writes the product with its first argument over its second.</param>
    /// <param name="relativeChange">Ends when an iteration raises the estimate by less than this part of it.</param>
    /// <param name="cancellation">Ends early, with the estimate so far.</param>
    /// <returns>λmax; 0 where the matrix or the start is 0.</returns>
    public static double Estimate(
        double[] start, Action<double[], double[]> times, double relativeChange, CancellationToken cancellation = default)
    {
        var x = new Direction(start, new double[start.Length]);
        Direction residual = Direction.Zero(start.Length), step = Direction.Zero(start.Length);
        if (!x.Normalize()) return 0;
        times(x.Vector, x.Product);
        double value = x.Times(x);
        bool hasStep = false;
        for (int iteration = 0; iteration < MaximumIterations && !cancellation.IsCancellationRequested; iteration++)
        {
            x.Product.CopyTo(residual.Vector, 0);
            Vectors.AddScaled(residual.Vector, -value, x.Vector);
            Vectors.AddScaled(residual.Vector, -Vectors.Dot(residual.Vector, x.Vector), x.Vector); // what rounding left
            if (!residual.Normalize()) break;
            times(residual.Vector, residual.Product);
            if (hasStep) hasStep = step.IsMadeOrthonormalTo(x, residual);

            Direction[] basis = hasStep ? [x, residual, step] : [x, residual];
            double[] best = LargestEigenvector(basis);
            step.Combine(residual, best[1], hasStep ? best[2] : 0);
            x.Combine(step, 1, best[0]);
            hasStep = step.Normalize(withProduct: true);
            if (!x.Normalize(withProduct: true)) break;
            double next = x.Times(x);
            bool settled = !(next > value * (1 + relativeChange));
            value = Math.Max(value, next);
            if (settled) break;
        }

        // ‖Ax‖ ≥ x·Ax, and both are at most λmax: the larger one is the better bound from below.
        return Math.Max(value, Math.Sqrt(Vectors.Dot(x.Product, x.Product)));
    }

    /// <summary>The eigenvector of the largest eigenvalue of BᵀAB, of an orthonormal basis B of up to three directions.</summary>
    /// <remarks>By Jacobi's rotations (Golub and Van Loan, Matrix Computations, 8.5).</remarks>
    private static double[] LargestEigenvector(Direction[] basis)
    {
        int size = basis.Length;
        var a = new double[size, size];
        var vectors = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            vectors[i, i] = 1;
            for (int j = 0; j < size; j++)
                a[i, j] = (basis[i].Times(basis[j]) + basis[j].Times(basis[i])) / 2;
        }

        for (int sweep = 0; sweep < 20; sweep++)
        {
            for (int p = 0; p < size; p++)
            {
                for (int q = p + 1; q < size; q++)
                    Rotate(a, vectors, p, q);
            }
        }

        int largest = 0;
        for (int i = 1; i < size; i++)
        {
            if (a[i, i] > a[largest, largest]) largest = i;
        }

        double[] result = new double[size];
        for (int i = 0; i < size; i++)
            result[i] = vectors[i, largest];
        return result;
    }

    /// <summary>Turns the plane of two axes so that aₚq becomes 0.</summary>
    private static void Rotate(double[,] a, double[,] vectors, int p, int q)
    {
        if (a[p, q] == 0) return;
        double theta = (a[q, q] - a[p, p]) / (2 * a[p, q]);
        double tangent = (theta < 0 ? -1 : 1) / (Math.Abs(theta) + Math.Sqrt(theta * theta + 1));
        double cosine = 1 / Math.Sqrt(tangent * tangent + 1), sine = tangent * cosine;
        int size = a.GetLength(0);
        for (int k = 0; k < size; k++)
            (a[k, p], a[k, q]) = (cosine * a[k, p] - sine * a[k, q], sine * a[k, p] + cosine * a[k, q]);
        for (int k = 0; k < size; k++)
            (a[p, k], a[q, k]) = (cosine * a[p, k] - sine * a[q, k], sine * a[p, k] + cosine * a[q, k]);
        for (int k = 0; k < size; k++)
            (vectors[k, p], vectors[k, q]) = (cosine * vectors[k, p] - sine * vectors[k, q], sine * vectors[k, p] + cosine * vectors[k, q]);
    }

    /// <summary>A vector v and Av.</summary>
    private sealed record Direction(double[] Vector, double[] Product)
    {
        public static Direction Zero(int size) => new(new double[size], new double[size]);

        /// <summary>v·Aw.</summary>
        public double Times(Direction other) => Vectors.Dot(Vector, other.Product);

        /// <summary>Scales v to length 1, and Av where it is known; false where v is 0, or no number.</summary>
        public bool Normalize(bool withProduct = false)
        {
            double length = Math.Sqrt(Vectors.Dot(Vector, Vector));
            if (!(length > 0 && double.IsFinite(length))) return false;
            Vectors.Divide(Vector, length);
            if (withProduct) Vectors.Divide(Product, length);
            return true;
        }

        /// <summary>v ← scale · v + factor · w, and so the products. With a scale of 0 what v was does not matter.</summary>
        public void Combine(Direction other, double factor, double scale)
        {
            Combine(Vector, other.Vector, factor, scale);
            Combine(Product, other.Product, factor, scale);
        }

        /// <summary>Takes from v what it has of two orthonormal directions, and scales the rest to length 1.</summary>
        /// <returns>Whether there was enough of a rest.</returns>
        public bool IsMadeOrthonormalTo(Direction first, Direction second)
        {
            double before = Math.Sqrt(Vectors.Dot(Vector, Vector));
            Combine(first, -Vectors.Dot(Vector, first.Vector), 1);
            Combine(second, -Vectors.Dot(Vector, second.Vector), 1);
            double rest = Math.Sqrt(Vectors.Dot(Vector, Vector));
            return rest > Dependent * before && Normalize(withProduct: true);
        }

        private static void Combine(double[] target, double[] other, double factor, double scale)
        {
            for (int j = 0; j < target.Length; j++)
                target[j] = scale * target[j] + factor * other[j];
        }
    }
}
