using GpuPerceptron.Kernels;
using ILGPU;
using ILGPU.Runtime;

namespace GpuPerceptron.Engines.Devices;

/// <summary>The Hessian on a device: what it keeps there, and its kernels.</summary>
internal sealed class IlgpuHessian : IDisposable
{
    private readonly HessianGeometry _geometry;
    private readonly int _columns;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _roots;
    private readonly MemoryBuffer1D<double, Stride1D.Dense> _partials;
    private readonly MemoryBuffer1D<double, Stride1D.Dense> _sums;
    private readonly PageLockedArray1D<double> _hostSums;
    private readonly Action<PassArguments, ArrayView<float>> _setRoots;
    private readonly Action<PassArguments, ArrayView<float>, ArrayView<double>> _addProduct;
    private readonly Action<ArrayView<double>, ArrayView<double>> _reduce;

    /// <summary>Allocates and compiles.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="geometry">The kernels' groups.</param>
    /// <param name="shape">A row of X.</param>
    /// <param name="rows">Rows at once, at most.</param>
    public IlgpuHessian(Accelerator accelerator, HessianGeometry geometry, RowShape shape, long rows)
    {
        _geometry = geometry;
        _columns = shape.Columns;
        long entries = (long)geometry.Pairs * geometry.PairEntries;
        _roots = accelerator.Allocate1D<float>(rows);
        _partials = accelerator.Allocate1D<double>(geometry.Splits * entries);
        _sums = accelerator.Allocate1D<double>(entries);
        _hostSums = accelerator.AllocatePageLocked1D<double>(entries);
        _setRoots = HessianKernels.LoadRoots(accelerator, geometry);
        _addProduct = HessianKernels.LoadProduct(accelerator, geometry);
        _reduce = HessianKernels.LoadReduction(accelerator, geometry);
    }

    /// <summary>Waits for X̃ᵀDX̃.</summary>
    /// <param name="parts">The samples, with the parameters sent.</param>
    /// <param name="features">M.</param>
    /// <param name="hessian">(M + 1)² values; overwritten.</param>
    public void Compute(IEnumerable<PassArguments> parts, int features, Span<double> hessian)
    {
        _partials.MemSetToZero();
        foreach (var part in parts)
        {
            _setRoots(part, _roots.View);
            _addProduct(part, _roots.View, _partials.View);
        }

        _reduce(_partials.View, _sums.View);
        _sums.View.CopyToPageLockedAsync(_hostSums);
        _sums.Accelerator.DefaultStream.Synchronize();

        int pair = 0;
        for (int i = 0; pair < _geometry.Pairs; i++)
        {
            for (int j = 0; j <= i; j++, pair++)
                Unpack(_hostSums.Span.Slice(pair * _geometry.PairEntries, _geometry.PairEntries), i, j, features, hessian);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hostSums.Dispose();
        _sums.Dispose();
        _partials.Dispose();
        _roots.Dispose();
    }

    /// <summary>Writes a pair of stretches' entries into both triangles, as <see cref="HessianProduct"/> leaves them.</summary>
    private void Unpack(ReadOnlySpan<double> entries, int i, int j, int features, Span<double> hessian)
    {
        int edge = _geometry.Edge, lanes = _geometry.GroupSize, order = features + 1;
        for (int left = 0; left < edge * Float4.Count; left++)
        {
            int row = Place(i * edge * Float4.Count + left, features);
            if (row < 0) continue;
            var values = entries[(left % Float4.Count * Float4.Count * lanes + left / Float4.Count * edge)..];
            for (int right = 0; right < edge * Float4.Count; right++)
            {
                int column = Place(j * edge * Float4.Count + right, features);
                if (column < 0 || column > row) continue;
                double value = values[right % Float4.Count * lanes + right / Float4.Count];
                hessian[row * order + column] = value;
                hessian[column * order + row] = value;
            }
        }
    }

    /// <summary>Where a float of X̃'s row stands among the parameters: the bias comes after the padding; −1 for padding.</summary>
    private int Place(int index, int features) =>
        index < features ? index : index == _columns * Float4.Count ? features : -1;
}
