namespace GpuPerceptron.Solvers;

/// <summary>Arithmetic on vectors of parameters.</summary>
internal static class Vectors
{
    /// <summary>a·b.</summary>
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int j = 0; j < a.Length; j++)
            sum += a[j] * b[j];
        return sum;
    }

    /// <summary>a ← a + factor · b.</summary>
    public static void AddScaled(Span<double> a, double factor, ReadOnlySpan<double> b)
    {
        for (int j = 0; j < b.Length; j++)
            a[j] += factor * b[j];
    }

    /// <summary>max |aⱼ|; NaN where one is not finite.</summary>
    public static double MaxNorm(ReadOnlySpan<double> a)
    {
        double norm = 0;
        foreach (double value in a)
        {
            if (!double.IsFinite(value)) return double.NaN;
            norm = Math.Max(norm, Math.Abs(value));
        }

        return norm;
    }
}
