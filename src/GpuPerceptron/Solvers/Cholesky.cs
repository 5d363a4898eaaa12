namespace GpuPerceptron.Solvers;

/// <summary>A = LLᵀ, of a symmetric matrix that should be positive definite.</summary>
internal static class Cholesky
{
    /// <summary>Writes L over A's lower triangle.</summary>
    /// <param name="matrix">A, row-major; the upper triangle is neither read nor written.</param>
    /// <param name="size">Rows of A.</param>
    /// <param name="smallestPivot">The least that a pivot Lⱼⱼ² may be.</param>
    /// <returns>Whether A is so positive definite; if not, the lower triangle is of no use.</returns>
    public static bool TryFactor(double[] matrix, int size, double smallestPivot)
    {
        for (int i = 0; i < size; i++)
        {
            var row = matrix.AsSpan(i * size, i + 1);
            for (int j = 0; j < i; j++)
            {
                var other = matrix.AsSpan(j * size, j + 1);
                row[j] = (row[j] - Vectors.Dot(other[..j], row[..j])) / other[j];
            }

            double pivot = row[i] - Vectors.Dot(row[..i], row[..i]);
            if (!(pivot >= smallestPivot)) return false;
            row[i] = Math.Sqrt(pivot);
        }

        return true;
    }

    /// <summary>x ← A⁻¹x, by Ly = x and Lᵀx = y.</summary>
    public static void Solve(double[] factor, int size, Span<double> x)
    {
        for (int i = 0; i < size; i++)
        {
            var row = factor.AsSpan(i * size, i + 1);
            x[i] = (x[i] - Vectors.Dot(row[..i], x[..i])) / row[i];
        }

        for (int i = size - 1; i >= 0; i--)
        {
            var row = factor.AsSpan(i * size, i + 1);
            x[i] /= row[i];
            Vectors.AddScaled(x[..i], -x[i], row[..i]);
        }
    }
}
