using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Data;

namespace GpuPerceptron.Diagnostics.Certificates;

/// <summary>
/// Collects rows x̃ of a Hessian Σ c x̃x̃ᵀ in float64, and adds them many at a time: where it has many columns, each time takes all of
/// it through the caches.
/// </summary>
internal sealed unsafe class HessianRows : IDisposable
{
    private const int Bytes = 256 << 10; // of rows, and as many of their multiples: both in the second-level cache

    private readonly int _stride, _capacity;
    private readonly NativeDoubles _rows, _scaled;
    private int _count;

    /// <param name="stride">Values from one row to the next: D, padded to a multiple of 8.</param>
    public HessianRows(int stride)
    {
        _stride = stride;
        _capacity = Math.Clamp(Bytes / (stride * sizeof(double)), 16, 64);
        (_rows, _scaled) = (new NativeDoubles(_capacity * stride), new NativeDoubles(_capacity * stride));
    }

    /// <summary>Adds c x̃x̃ᵀ, now or later.</summary>
    /// <param name="row">x̃, padded with zeros.</param>
    /// <param name="curvature">c.</param>
    /// <param name="sums">Whose Hessian it is; all rows up to the next <see cref="Flush"/> are of one.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(double* row, double curvature, PreciseSums sums)
    {
        double* target = _rows.Pointer + (nint)_count * _stride, scaled = _scaled.Pointer + (nint)_count * _stride;
        var factor = Vector256.Create(curvature);
        for (int j = 0; j < _stride; j += 4)
        {
            var x = Vector256.Load(row + j);
            x.Store(target + j);
            (factor * x).Store(scaled + j);
        }

        if (++_count == _capacity) Flush(sums);
    }

    /// <summary>Adds what was collected.</summary>
    public void Flush(PreciseSums sums)
    {
        if (_count > 0) AddOuterProducts(sums.Hessian.Pointer, sums.Dimension, _rows.Pointer, _scaled.Pointer, _stride, _count);
        _count = 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rows.Dispose();
        _scaled.Dispose();
    }

    /// <summary>H ← H + Σₜ (scaled x̃ₜ) x̃ₜᵀ, in the lower triangle: four rows and eight columns of H at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddOuterProducts(double* hessian, int dimension, double* allRows, double* allScaled, int stride, int rows)
    {
        for (int j = 0; j < dimension; j += 4)
        {
            int last = Math.Min(j + 4, dimension);
            for (int k = 0; k < last; k += 8)
            {
                var a0 = Vector256<double>.Zero;
                var (b0, c0, d0, a1, b1, c1, d1) = (a0, a0, a0, a0, a0, a0, a0);
                double* x = allRows + k;
                double* scaled = allScaled + j;
                for (int t = 0; t < rows; t++, x += stride, scaled += stride)
                {
                    var lower = Vector256.Load(x);
                    var upper = Vector256.Load(x + 4);
                    var (a, b) = (Vector256.Create(scaled[0]), Vector256.Create(scaled[1]));
                    var (c, d) = (Vector256.Create(scaled[2]), Vector256.Create(scaled[3]));
                    a0 = Vector256.MultiplyAddEstimate(a, lower, a0);
                    a1 = Vector256.MultiplyAddEstimate(a, upper, a1);
                    b0 = Vector256.MultiplyAddEstimate(b, lower, b0);
                    b1 = Vector256.MultiplyAddEstimate(b, upper, b1);
                    c0 = Vector256.MultiplyAddEstimate(c, lower, c0);
                    c1 = Vector256.MultiplyAddEstimate(c, upper, c1);
                    d0 = Vector256.MultiplyAddEstimate(d, lower, d0);
                    d1 = Vector256.MultiplyAddEstimate(d, upper, d1);
                }

                double* target = hessian + (nint)j * stride + k;
                AddTo(target, a0, a1);
                if (j + 1 < dimension) AddTo(target + stride, b0, b1);
                if (j + 2 < dimension) AddTo(target + 2 * stride, c0, c1);
                if (j + 3 < dimension) AddTo(target + 3 * stride, d0, d1);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo(double* target, Vector256<double> lower, Vector256<double> upper)
    {
        (Vector256.Load(target) + lower).Store(target);
        (Vector256.Load(target + 4) + upper).Store(target + 4);
    }
}
