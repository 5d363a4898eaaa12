using System.Runtime.Intrinsics;

namespace GpuPerceptron.Data;

/// <summary>Mean, spread and range of each column of X, in float64, from one read of it.</summary>
/// <remarks>
/// Sums are taken of x − k and (x − k)², with k the first value, so that a mean far from zero costs no digits:
/// mean = k + S₁/N, variance = S₂/N − (S₁/N)², N the values present. Each block sums on its own and the blocks are added in order, so the bits
/// do not depend on the number of threads. Sample weights play no part. A NaN is a missing value: it is counted, and
/// otherwise passed over.
/// </remarks>
public sealed class ColumnStatistics
{
    private ColumnStatistics(int features)
    {
        Mean = new double[features];
        StandardDeviation = new double[features];
        Minimum = new float[features];
        Maximum = new float[features];
        Missing = new long[features];
    }

    /// <summary>The columns' means.</summary>
    public double[] Mean { get; }

    /// <summary>The columns' standard deviations, of the population (divided by N).</summary>
    public double[] StandardDeviation { get; }

    /// <summary>The columns' smallest values.</summary>
    public float[] Minimum { get; }

    /// <summary>The columns' largest values.</summary>
    public float[] Maximum { get; }

    /// <summary>The columns' counts of NaN.</summary>
    public long[] Missing { get; }

    /// <summary>Whether a column holds one value only, or none, so that it can say nothing about the label.</summary>
    /// <param name="column">From 0.</param>
    public bool IsConstant(int column) => !(Minimum[column] < Maximum[column]);

    /// <summary>Reads X once.</summary>
    /// <param name="dataset">At least one sample; an infinity in a column makes its mean not finite.</param>
    public static ColumnStatistics Compute(Dataset dataset)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dataset.Samples, 1);
        int features = dataset.Features;
        float[] shift = FirstValues(dataset);

        var blocks = new BlockSums[dataset.Blocks.Count];
        dataset.ReadParallel((i, block) => blocks[i] = new BlockSums(block, shift));

        var result = new ColumnStatistics(features);
        for (int j = 0; j < features; j++)
        {
            double sum = 0, squares = 0;
            long present = 0;
            float minimum = float.PositiveInfinity, maximum = float.NegativeInfinity;
            foreach (var block in blocks)
            {
                sum += block.Sums[j];
                squares += block.Squares[j];
                present += block.Present[j];
                minimum = Math.Min(minimum, block.Minimum[j]);
                maximum = Math.Max(maximum, block.Maximum[j]);
            }

            double count = Math.Max(1, present);
            double mean = sum / count;
            result.Mean[j] = shift[j] + mean;
            result.StandardDeviation[j] = Math.Sqrt(Math.Max(0, squares / count - mean * mean));
            result.Minimum[j] = minimum;
            result.Maximum[j] = maximum;
            result.Missing[j] = dataset.Samples - present;
        }

        return result;
    }

    /// <summary>The first value present in each column; 0 where there is none.</summary>
    private static float[] FirstValues(Dataset dataset)
    {
        float[] values = new float[dataset.Stride];
        var missing = Enumerable.Range(0, dataset.Features).ToList();
        foreach (var block in dataset.Read())
        {
            missing.RemoveAll(column =>
            {
                float? value = FirstValue(block, column);
                values[column] = value ?? 0f;
                return value is not null;
            });
            if (missing.Count == 0) break;
        }

        return values;
    }

    private static float? FirstValue(SampleBlock block, int column)
    {
        for (int row = 0; row < block.Rows; row++)
        {
            float value = block.Row(row)[column];
            if (!float.IsNaN(value)) return value;
        }

        return null;
    }

    private sealed unsafe class BlockSums
    {
        public readonly double[] Sums, Squares;
        public readonly float[] Minimum, Maximum;
        public readonly int[] Present;

        public BlockSums(SampleBlock block, float[] shift)
        {
            int stride = block.Stride;
            Sums = new double[stride];
            Squares = new double[stride];
            Minimum = [.. shift];
            Maximum = [.. shift];
            Present = new int[stride];
            fixed (int* present = Present)
            fixed (double* sums = Sums, squares = Squares)
            fixed (float* minimum = Minimum, maximum = Maximum, origin = shift)
            {
                float* x = block.FeaturePointer;
                for (int row = 0; row < block.Rows; row++, x += stride)
                {
                    for (int j = 0; j < stride; j += 4)
                    {
                        // A missing value counts as the shift: it adds 0 to both sums and changes no extreme.
                        var value = Vector128.Load(x + j);
                        var known = Vector128.Equals(value, value);
                        (Vector128.Load(present + j) - known.AsInt32()).Store(present + j);
                        value = Vector128.ConditionalSelect(known, value, Vector128.Load(origin + j));
                        Vector128.Min(Vector128.Load(minimum + j), value).Store(minimum + j);
                        Vector128.Max(Vector128.Load(maximum + j), value).Store(maximum + j);
                        var deviation = Widen(value) - Widen(Vector128.Load(origin + j));
                        (Vector256.Load(sums + j) + deviation).Store(sums + j);
                        (Vector256.Load(squares + j) + deviation * deviation).Store(squares + j);
                    }
                }
            }
        }

        private static Vector256<double> Widen(Vector128<float> value)
        {
            var (lower, upper) = Vector128.Widen(value);
            return Vector256.Create(lower, upper);
        }
    }
}
