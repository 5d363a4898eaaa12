using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Data;

namespace GpuPerceptron.Diagnostics.Certificates;

/// <summary>The bias that is best for given weights: Σ s (σ(v + δ) − y) = 0 is solved for δ, from logits alone.</summary>
internal static class BestBias
{
    private const int MaximumSteps = 200;

    /// <summary>δ, by Newton's method within a bracket.</summary>
    /// <param name="dataset">y and s.</param>
    /// <param name="logits">v, one a sample.</param>
    /// <returns>Not finite where only one label has weight.</returns>
    public static double ShiftOf(Dataset dataset, double[] logits)
    {
        double low = double.NegativeInfinity, high = double.PositiveInfinity, shift = 0;
        for (int step = 0; step < MaximumSteps; step++)
        {
            var (slope, curvature) = Derivatives(dataset, logits, shift);
            if (slope == 0) return shift;
            if (slope > 0) high = shift;
            else low = shift;
            // Where all are saturated the Newton step is far too long: the bracket grows twofold instead.
            double reach = 1 + Math.Abs(shift);
            double next = shift + Math.Clamp(-slope / curvature, -reach, reach);
            if (!(next > low && next < high)) next = (low + high) / 2;
            if (Math.Abs(next - shift) <= 1e-14 * reach) return next; // who proves with it accounts for what is left
            if (Math.Abs(next) > 1e4) return double.NaN;
            shift = next;
        }

        return shift;
    }

    /// <summary>Σ s (z − y) and Σ s z(1 − z), in the samples' order.</summary>
    private static (double Slope, double Curvature) Derivatives(Dataset dataset, double[] logits, double shift)
    {
        double[] slopes = new double[dataset.Blocks.Count], curvatures = new double[dataset.Blocks.Count];
        long[] starts = new long[dataset.Blocks.Count];
        for (int i = 1; i < starts.Length; i++)
            starts[i] = starts[i - 1] + dataset.Blocks[i - 1].Rows;
        dataset.ReadLabelsParallel((index, block) =>
            (slopes[index], curvatures[index]) = Derivatives(block, logits.AsSpan((int)starts[index], block.Rows), shift));
        return (slopes.Sum(), curvatures.Sum());
    }

    /// <summary>The same of a block's samples.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (double Slope, double Curvature) Derivatives(SampleBlock block, ReadOnlySpan<double> logits, double shift)
    {
        ReadOnlySpan<byte> labels = block.Labels;
        ReadOnlySpan<float> weights = block.SampleWeights;
        var (slopes, curvatures) = (Vector256<double>.Zero, Vector256<double>.Zero);
        var shifts = Vector256.Create(shift);
        int i = 0;
        for (; i <= logits.Length - Vector256<double>.Count; i += Vector256<double>.Count)
        {
            var (residual, curvature) = Logistic.DerivativesOf(Vector256.Create((double)labels[i], labels[i + 1], labels[i + 2], labels[i + 3]), Vector256.Create(logits[i..]) + shifts);
            var s = weights.IsEmpty ? Vector256<double>.One : Wide(weights[i..]);
            slopes += s * residual;
            curvatures += s * curvature;
        }

        double slope = Vector256.Sum(slopes), sum = Vector256.Sum(curvatures);
        for (; i < logits.Length; i++)
        {
            double s = weights.IsEmpty ? 1 : weights[i];
            var (residual, curvature) = Logistic.DerivativesOf(labels[i], logits[i] + shift);
            slope += s * residual;
            sum += s * curvature;
        }

        return (slope, sum);
    }

    private static Vector256<double> Wide(ReadOnlySpan<float> values)
    {
        var (lower, upper) = Vector128.Widen(Vector128.Create(values));
        return Vector256.Create(lower, upper);
    }
}
