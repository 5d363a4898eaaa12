namespace GpuPerceptron.Metrics;

/// <summary>The standard normal distribution.</summary>
public static class NormalDistribution
{
    /// <summary>
    /// P(|Z| ≥ |z|) = erfc(|z|/√2), the two-sided p-value of a test statistic: right to 12 digits, down to where float64 ends.
    /// </summary>
    /// <remarks>
    /// With φ the density: for small z, Φ(z) − 1/2 = φ(z) (z + z³/3 + z⁵/(3·5) + …); for large z, 1 − Φ(z) = φ(z)/(z + 1/(z +
    /// 2/(z + 3/(z + …)))) (Abramowitz and Stegun, 26.2.11 and 26.2.14).
    /// </remarks>
    /// <param name="z">The statistic.</param>
    public static double TwoSidedP(double z)
    {
        double x = Math.Abs(z);
        double density = Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
        if (x < 2.5)
        {
            double term = x, sum = x;
            for (int k = 3; term > 1e-17 * sum; k += 2)
                sum += term *= x * x / k;
            return 1 - 2 * density * sum;
        }

        double fraction = x;
        for (int k = 200; k > 0; k--)
            fraction = x + k / fraction;
        return 2 * density / fraction;
    }
}
