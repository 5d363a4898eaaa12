using GpuPerceptron.Data;
using GpuPerceptron.LinearAlgebra;

namespace GpuPerceptron.Diagnostics.Certificates;

/// <summary>What a <see cref="PrecisePass"/> sums over the samples.</summary>
/// <param name="dimension">Features and the bias (D).</param>
/// <param name="stride">Values from one row of the Hessian to the next.</param>
/// <param name="hasHessian">Whether there is one.</param>
internal sealed class PreciseSums(int dimension, int stride, bool hasHessian) : IDisposable
{
    public int Dimension => dimension;

    /// <summary>Σ s ℓ.</summary>
    public double Loss;

    /// <summary>Σ s |∂ℓ/∂v|.</summary>
    public double AbsoluteResiduals;

    /// <summary>The most terms that a logit has, the bias's included.</summary>
    public int Terms;

    /// <summary>max ‖x̃‖² over the samples of weight above 0.</summary>
    public double SquaredRadius;

    /// <summary>The least margin of a sample of weight above 0, less what rounding may have added to it.</summary>
    public double LeastMargin = double.PositiveInfinity;

    /// <summary>The greatest margin.</summary>
    public double GreatestMargin = double.NegativeInfinity;

    /// <summary>Σ s ∂ℓ/∂v x̃, padded.</summary>
    public double[] Gradient { get; } = new double[stride];

    /// <summary>Σ s ∂²ℓ/∂v² x̃x̃ᵀ over the rows asked for, in rows of the stride.</summary>
    public NativeDoubles Hessian { get; } = NativeDoubles.Zeros(hasHessian ? dimension * stride : 0);

    /// <summary>The Hessian's element of the bias.</summary>
    public double LastDiagonal => Hessian.Span[(dimension - 1) * stride + dimension - 1];

    /// <summary>Begins anew.</summary>
    public void Clear()
    {
        (Loss, AbsoluteResiduals, Terms, SquaredRadius) = (0, 0, 0, 0);
        (LeastMargin, GreatestMargin) = (double.PositiveInfinity, double.NegativeInfinity);
        Array.Clear(Gradient);
        Hessian.Span.Clear();
    }

    public void Add(PreciseSums other)
    {
        Loss += other.Loss;
        AbsoluteResiduals += other.AbsoluteResiduals;
        Terms = Math.Max(Terms, other.Terms);
        SquaredRadius = Math.Max(SquaredRadius, other.SquaredRadius);
        LeastMargin = Math.Min(LeastMargin, other.LeastMargin);
        GreatestMargin = Math.Max(GreatestMargin, other.GreatestMargin);
        Vectors.Add(Gradient, other.Gradient);
        Vectors.Add(Hessian.Span, other.Hessian.Span);
    }

    /// <summary>The gradient divided by a number.</summary>
    public double[] GradientOver(double divisor) => [.. Gradient.Take(dimension).Select(value => value / divisor)];

    /// <summary>The Hessian divided by a number, D × D, row-major.</summary>
    public double[] HessianOver(double divisor)
    {
        double[] result = new double[dimension * dimension];
        var hessian = Hessian.Span;
        for (int i = 0; i < dimension; i++)
        {
            for (int j = 0; j < dimension; j++)
                result[i * dimension + j] = hessian[i * stride + j] / divisor;
        }

        return result;
    }

    /// <summary>Copies the lower triangle to the upper one.</summary>
    public void MirrorHessian()
    {
        var hessian = Hessian.Span;
        for (int i = 0; hasHessian && i < dimension; i++)
        {
            for (int j = i + 1; j < dimension; j++)
                hessian[i * stride + j] = hessian[j * stride + i];
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Hessian.Dispose();
}
