using GpuPerceptron.Data;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>
/// Finds columns that number the rows, as an index does that a program wrote along: each whole number from the least to the largest
/// once, in whatever order.
/// </summary>
/// <remarks>
/// Of N numbers between a and a + N − 1 such have the mean a + (N − 1)/2 and the variance (N² − 1)/12, which others have by a
/// rare chance. So the statistics tell, and nothing has to be read again.
/// </remarks>
/// <param name="training">The training samples' statistics.</param>
/// <param name="trainingSamples">How many they are.</param>
/// <param name="validation">Samples of the same table that were set aside, perhaps.</param>
internal sealed class RowNumbers(ColumnStatistics training, long trainingSamples, Dataset? validation)
{
    private const long FewestRows = 20; // so many are seldom numbers by chance
    private const double Rounding = 1e-6;

    private readonly Lazy<ColumnStatistics?> _validation = new(() =>
        validation is { Samples: > 0 } ? ColumnStatistics.Compute(validation) : null);

    private readonly long _rows = trainingSamples + (validation?.Samples ?? 0);

    /// <summary>Whether a column does.</summary>
    /// <param name="column">From 0.</param>
    public bool Are(int column)
    {
        if (_rows < FewestRows || training.Missing[column] > 0) return false;
        double minimum = training.Minimum[column], maximum = training.Maximum[column];
        if (maximum - minimum > (_rows - 1) * (1 + Rounding) || maximum - minimum < trainingSamples / 2.0) return false; // most columns

        double part = (double)trainingSamples / _rows, mean = training.Mean[column];
        double square = Square(training.StandardDeviation[column]);
        if (_validation.Value is { } others)
        {
            if (others.Missing[column] > 0) return false;
            minimum = Math.Min(minimum, others.Minimum[column]);
            maximum = Math.Max(maximum, others.Maximum[column]);
            double apart = others.Mean[column] - mean;
            mean += (1 - part) * apart;
            square = part * square + (1 - part) * Square(others.StandardDeviation[column]) + part * (1 - part) * Square(apart);
        }

        double expected = (Square(_rows) - 1) / 12;
        return Math.Abs(maximum - minimum - (_rows - 1)) <= Rounding * _rows
            && Math.Abs(mean - (minimum + maximum) / 2) <= Rounding * _rows
            && Math.Abs(square - expected) <= Rounding * expected;
    }

    private static double Square(double x) => x * x;
}
