using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Data;
using GpuPerceptron.Engines;

namespace GpuPerceptron.Diagnostics.Certificates;

/// <summary>
/// A few rows x̃ in float64, in the nearest cache, and what a pass makes of them: logits, then losses and residuals four rows at a time,
/// then their part of the gradient.
/// </summary>
internal sealed unsafe class PreciseTile : IDisposable
{
    private const int Bytes = 24 << 10; // of the rows
    private const int MostRows = 64;
    private const int Lanes = 4;

    private readonly int _stride;
    private readonly NativeDoubles _rows, _samples;
    private readonly double* _logits, _squaredNorms, _labels, _weights, _factors, _curvatures;

    /// <param name="stride">Values from one row to the next: D, padded to a multiple of 8.</param>
    public PreciseTile(int stride)
    {
        _stride = stride;
        Capacity = Math.Clamp(Bytes / (stride * sizeof(double)) / Lanes * Lanes, Lanes, MostRows);
        _rows = NativeDoubles.Zeros(Capacity * stride);
        _samples = NativeDoubles.Zeros(6 * MostRows);
        _logits = _samples.Pointer;
        _squaredNorms = _logits + MostRows;
        _labels = _squaredNorms + MostRows;
        _weights = _labels + MostRows;
        _factors = _weights + MostRows;
        _curvatures = _factors + MostRows;
    }

    /// <summary>Rows at most; a multiple of four.</summary>
    public int Capacity { get; }

    /// <summary>v = x̃·θ, row by row.</summary>
    public ReadOnlySpan<double> Logits => new(_logits, Capacity);

    /// <summary>s ∂²ℓ/∂v², row by row.</summary>
    public ReadOnlySpan<double> Curvatures => new(_curvatures, Capacity);

    /// <summary>A row, to be written; the padding stays 0.</summary>
    public double* Row(int row) => _rows.Pointer + (nint)row * _stride;

    /// <summary>Takes the rows' labels, and their weights; none where every weight is 1.</summary>
    public void SetSamples(ReadOnlySpan<byte> labels, ReadOnlySpan<float> weights)
    {
        for (int i = 0; i < labels.Length; i++)
        {
            _labels[i] = labels[i];
            _weights[i] = weights.IsEmpty ? 1 : weights[i];
        }

        // Lanes after the last row weigh nothing.
        for (int i = labels.Length; i % Lanes > 0; i++)
            _logits[i] = _squaredNorms[i] = _labels[i] = _weights[i] = 0;
    }

    /// <summary>The rows' logits, and ‖x̃‖².</summary>
    /// <param name="count">Rows.</param>
    /// <param name="theta">θ, padded.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Multiply(int count, double[] theta)
    {
        fixed (double* parameters = theta)
        {
            for (int i = 0; i < count; i++)
            {
                double* x = Row(i);
                var even = Vector256<double>.Zero;
                var (odd, evenSquares, oddSquares) = (even, even, even);
                for (int j = 0; j < _stride; j += 8)
                {
                    Vector256<double> a = Vector256.Load(x + j), b = Vector256.Load(x + j + 4);
                    even = Vector256.MultiplyAddEstimate(a, Vector256.Load(parameters + j), even);
                    odd = Vector256.MultiplyAddEstimate(b, Vector256.Load(parameters + j + 4), odd);
                    evenSquares = Vector256.MultiplyAddEstimate(a, a, evenSquares);
                    oddSquares = Vector256.MultiplyAddEstimate(b, b, oddSquares);
                }

                _logits[i] = Vector256.Sum(even + odd);
                _squaredNorms[i] = Vector256.Sum(evenSquares + oddSquares);
            }
        }
    }

    /// <summary>Adds losses, residuals, margins and the radius; what the gradient and the Hessian need stays.</summary>
    /// <param name="loss">ℓ.</param>
    /// <param name="count">Rows.</param>
    /// <param name="rounding">What rounding may have done to a logit, for each unit of ‖x̃‖.</param>
    /// <param name="sums">The sums so far.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AddLosses(PassLoss loss, int count, double rounding, PreciseSums sums)
    {
        var zero = Vector256<double>.Zero;
        var (losses, residuals, radius) = (zero, zero, zero);
        var (least, greatest) = (Vector256.Create(double.PositiveInfinity), Vector256.Create(double.NegativeInfinity));
        for (int i = 0; i < count; i += Lanes)
        {
            Vector256<double> v = Vector256.Load(_logits + i), y = Vector256.Load(_labels + i), s = Vector256.Load(_weights + i);
            var squaredNorm = Vector256.Load(_squaredNorms + i);
            var (value, residual, curvature) = loss == PassLoss.HalfSquare
                ? (v * v * Vector256.Create(0.5), v, Vector256<double>.One)
                : Logistic.Of(y, v);
            losses += s * value;
            residuals += s * Vector256.Abs(residual);
            (s * residual).Store(_factors + i);
            (s * curvature).Store(_curvatures + i);

            var counts = Vector256.GreaterThan(s, zero);
            var margin = Vector256.ConditionalSelect(Vector256.GreaterThan(y, Vector256.Create(0.5)), v, -v);
            var surely = margin - Vector256.Create(rounding) * Vector256.Sqrt(squaredNorm);
            radius = Vector256.Max(radius, Vector256.ConditionalSelect(counts, squaredNorm, zero));
            least = Vector256.Min(least, Vector256.ConditionalSelect(counts, surely, least));
            greatest = Vector256.Max(greatest, Vector256.ConditionalSelect(counts, margin, greatest));
        }

        sums.Loss += Vector256.Sum(losses);
        sums.AbsoluteResiduals += Vector256.Sum(residuals);
        for (int lane = 0; lane < Lanes; lane++)
        {
            sums.SquaredRadius = Math.Max(sums.SquaredRadius, radius[lane]);
            sums.LeastMargin = Math.Min(sums.LeastMargin, least[lane]);
            sums.GreatestMargin = Math.Max(sums.GreatestMargin, greatest[lane]);
        }
    }

    /// <summary>Adds Σ s ∂ℓ/∂v x̃.</summary>
    /// <param name="count">Rows.</param>
    /// <param name="gradient">The sums so far, padded.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AddGradient(int count, double[] gradient)
    {
        fixed (double* sums = gradient)
        {
            int row = 0;
            for (; row <= count - Lanes; row += Lanes)
            {
                double* x = Row(row);
                double* factors = _factors + row;
                var (a, b) = (Vector256.Create(factors[0]), Vector256.Create(factors[1]));
                var (c, d) = (Vector256.Create(factors[2]), Vector256.Create(factors[3]));
                for (int j = 0; j < _stride; j += 4, x += 4)
                {
                    var sum = Vector256.MultiplyAddEstimate(a, Vector256.Load(x), Vector256.Load(sums + j));
                    sum = Vector256.MultiplyAddEstimate(b, Vector256.Load(x + _stride), sum);
                    sum = Vector256.MultiplyAddEstimate(c, Vector256.Load(x + 2 * (nint)_stride), sum);
                    sum = Vector256.MultiplyAddEstimate(d, Vector256.Load(x + 3 * (nint)_stride), sum);
                    sum.Store(sums + j);
                }
            }

            for (; row < count; row++)
            {
                double* x = Row(row);
                var factor = Vector256.Create(_factors[row]);
                for (int j = 0; j < _stride; j += 4)
                    Vector256.MultiplyAddEstimate(factor, Vector256.Load(x + j), Vector256.Load(sums + j)).Store(sums + j);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rows.Dispose();
        _samples.Dispose();
    }
}
