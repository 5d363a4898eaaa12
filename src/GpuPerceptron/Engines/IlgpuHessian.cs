using GpuPerceptron.Kernels;
using ILGPU;
using ILGPU.Runtime;

namespace GpuPerceptron.Engines;

/// <summary>The Hessian on a device: what it keeps there, and its kernels.</summary>
internal sealed class IlgpuHessian : IDisposable
{
    private readonly int _order; // 4(C + 1)
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _curvatures;
    private readonly MemoryBuffer1D<double, Stride1D.Dense> _sums;
    private readonly Action<PassArguments, ArrayView<float>> _computeCurvatures;
    private readonly Action<PassArguments, ArrayView<float>, ArrayView<double>> _addToHessian;

    /// <summary>Allocates and compiles.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="shape">A row of X.</param>
    /// <param name="rows">Rows at once, at most.</param>
    public IlgpuHessian(Accelerator accelerator, RowShape shape, long rows)
    {
        _order = (shape.Columns + 1) * Float4.Count;
        _curvatures = accelerator.Allocate1D<float>(rows);
        _sums = accelerator.Allocate1D<double>((long)_order * _order);
        (_computeCurvatures, _addToHessian) = PassKernels.LoadHessian(accelerator, shape.Format);
    }

    /// <summary>X̃ᵀDX̃.</summary>
    /// <param name="parts">The samples, with the parameters sent.</param>
    /// <param name="hessian">(M + 1)² values; overwritten.</param>
    /// <param name="features">M.</param>
    public void Compute(IEnumerable<PassArguments> parts, Span<double> hessian, int features)
    {
        _sums.MemSetToZero();
        foreach (var part in parts)
        {
            _computeCurvatures(part, _curvatures.View);
            _addToHessian(part, _curvatures.View, _sums.View);
        }

        double[] sums = new double[_sums.Length];
        _sums.CopyToCPU(sums);
        int order = features + 1;
        for (int i = 0; i < order; i++)
        {
            int row = i < features ? i : _order - Float4.Count;
            sums.AsSpan(row * _order, i < features ? i + 1 : features).CopyTo(hessian[(i * order)..]);
            if (i == features)
                hessian[i * order + i] = sums[row * _order + row];
            for (int j = 0; j < i; j++)
                hessian[j * order + i] = hessian[i * order + j];
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sums.Dispose();
        _curvatures.Dispose();
    }
}
