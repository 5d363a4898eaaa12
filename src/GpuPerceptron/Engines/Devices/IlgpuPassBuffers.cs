using System.Runtime.InteropServices;
using GpuPerceptron.Kernels;
using ILGPU;
using ILGPU.Runtime;

namespace GpuPerceptron.Engines.Devices;

/// <summary>What a pass sends to the device, keeps there and fetches back: none of it grows with the number of samples.</summary>
internal sealed class IlgpuPassBuffers : IDisposable
{
    private readonly int _columns;
    private readonly int _span;
    private readonly PageLockedArray1D<Float4> _hostParameters;
    private readonly PageLockedArray1D<double> _hostSums;
    private readonly MemoryBuffer1D<Float4, Stride1D.Dense> _parameters;
    private readonly MemoryBuffer1D<double, Stride1D.Dense> _partials;
    private readonly MemoryBuffer1D<double, Stride1D.Dense> _sums;

    /// <summary>Allocates them.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="geometry">The pass's geometry.</param>
    /// <param name="columns">Float4s of weights that belong to a row.</param>
    public IlgpuPassBuffers(Accelerator accelerator, PassGeometry geometry, int columns)
    {
        _columns = columns;
        _span = geometry.Span;
        int entries = (columns + 1) * Float4.Count;
        _hostParameters = accelerator.AllocatePageLocked1D<Float4>(_span + 1);
        _hostSums = accelerator.AllocatePageLocked1D<double>(entries);
        _parameters = accelerator.Allocate1D<Float4>(_span + 1);
        _partials = accelerator.Allocate1D<double>((long)geometry.PartialRows * entries);
        _sums = accelerator.Allocate1D<double>(entries);
    }

    /// <summary>See <see cref="PassArguments.Parameters"/>.</summary>
    public ArrayView<Float4> Parameters => _parameters.View;

    /// <summary>See <see cref="PassArguments.Partials"/>.</summary>
    public ArrayView<double> Partials => _partials.View;

    /// <summary>The partials' sums: a row of them.</summary>
    public ArrayView<double> Sums => _sums.View;

    /// <summary>Starts to send θ and clears the partials, without waiting.</summary>
    /// <param name="parameters">θ: the weights, then the bias.</param>
    public void Send(ReadOnlySpan<double> parameters)
    {
        var host = MemoryMarshal.Cast<Float4, float>(_hostParameters.Span);
        host.Clear();
        int features = parameters.Length - 1;
        for (int j = 0; j < features; j++)
            host[j] = (float)parameters[j];
        host[_span * Float4.Count] = (float)parameters[features];
        _parameters.View.CopyFromPageLockedAsync(_hostParameters);
        _partials.MemSetToZero();
    }

    /// <summary>Waits for the sums.</summary>
    /// <param name="gradient">∇L: by the weights, then by the bias.</param>
    /// <returns>L.</returns>
    public double Receive(Span<double> gradient)
    {
        _sums.View.CopyToPageLockedAsync(_hostSums);
        _sums.Accelerator.DefaultStream.Synchronize();
        var sums = _hostSums.Span;
        int features = gradient.Length - 1;
        sums[..features].CopyTo(gradient);
        int rest = _columns * Float4.Count;
        gradient[features] = sums[rest];
        return sums[rest + 1];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sums.Dispose();
        _partials.Dispose();
        _parameters.Dispose();
        _hostSums.Dispose();
        _hostParameters.Dispose();
    }
}
