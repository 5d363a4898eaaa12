using System.Runtime.InteropServices;
using GpuPerceptron.Data;
using GpuPerceptron.Kernels;
using ILGPU;
using ILGPU.Runtime;

namespace GpuPerceptron.Engines;

/// <summary>Samples that a device's memory does not hold: they come to it anew in each pass, block by block.</summary>
/// <remarks>
/// There are two of everything. While the kernels work on block k in one slot of the device's memory, block k + 1 is on its way over
/// the bus to the other slot, and the host fills the page-locked memory that the slot's block came from with block k + 2:
/// <code>
/// host      read k + 2 to locked memory | wait for both, then start the next two
/// copies    k + 1 → slot (k + 1) mod 2
/// kernels   pass over k, in slot k mod 2
/// </code>
/// On paper the bus is the limit: a block of 16 MB takes 0.3 ms at the 50 GB/s of PCIe 5, 1 ms to read at the 16 GB/s of one core and
/// 0.3 ms on four, and a few microseconds of a GPU's time. Blocks are passed over in order, so that the same sums are taken each time.
/// </remarks>
internal sealed class IlgpuStreamedSamples : IDeviceSamples
{
    private readonly Dataset _dataset;
    private readonly AcceleratorStream _compute;
    private readonly AcceleratorStream _copies;
    private readonly Slot[] _slots;

    /// <summary>Allocates the slots. Where that fails, the device's disposal frees the rest.</summary>
    /// <param name="device">The device.</param>
    /// <param name="dataset">The samples, at least one, which must outlive this.</param>
    public IlgpuStreamedSamples(IlgpuDevice device, Dataset dataset)
    {
        _dataset = dataset;
        Shape = IlgpuSamples.ShapeOf(dataset);
        MaximumRows = dataset.Blocks.Max(block => block.Rows);
        _compute = device.Accelerator.DefaultStream;
        _copies = device.Accelerator.CreateStream();
        _slots = [.. Enumerable.Range(0, 2).Select(_ => new Slot(device.Accelerator, Shape, MaximumRows, dataset.HasSampleWeights))];
    }

    /// <inheritdoc/>
    public RowShape Shape { get; }

    /// <inheritdoc/>
    public long MaximumRows { get; }

    /// <summary>Bytes that the slots take on the device, and as many on the host.</summary>
    /// <param name="dataset">The samples.</param>
    public static long BytesFor(Dataset dataset) => 2 * dataset.Blocks.Max(block => (long)block.Rows)
        * (dataset.Stride * SampleBlock.BytesPerValue(dataset.Storage) + sizeof(float) * (dataset.HasSampleWeights ? 2 : 1));

    /// <inheritdoc/>
    public IEnumerable<PassArguments> Arguments(ArrayView<Float4> parameters, ArrayView<double> partials)
    {
        var blocks = _dataset.Blocks;
        _slots[0].Read(blocks[0]);
        _slots[0].Send(_copies);
        for (int k = 0; k < blocks.Count; k++)
        {
            var (slot, other) = (_slots[k % 2], _slots[(k + 1) % 2]);
            if (k + 1 < blocks.Count) other.Read(blocks[k + 1]);
            _copies.Synchronize();  // block k is there
            _compute.Synchronize(); // and nobody needs block k − 1 any more
            if (k + 1 < blocks.Count) other.Send(_copies);
            yield return slot.Arguments(Shape, parameters, partials);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var slot in _slots)
            slot.Dispose();
        _copies.Dispose();
    }

    /// <summary>A block in page-locked memory, and on the device.</summary>
    private sealed class Slot(Accelerator accelerator, RowShape shape, long rows, bool hasSampleWeights) : IDisposable
    {
        private readonly PageLockedArray1D<Packet> _hostFeatures = accelerator.AllocatePageLocked1D<Packet>(rows * shape.Packets);
        private readonly PageLockedArray1D<float> _hostLabels = accelerator.AllocatePageLocked1D<float>(rows);
        private readonly PageLockedArray1D<float> _hostSampleWeights = accelerator.AllocatePageLocked1D<float>(hasSampleWeights ? rows : 1);
        private readonly MemoryBuffer1D<Packet, Stride1D.Dense> _features = accelerator.Allocate1D<Packet>(rows * shape.Packets);
        private readonly MemoryBuffer1D<float, Stride1D.Dense> _labels = accelerator.Allocate1D<float>(rows);
        private readonly MemoryBuffer1D<float, Stride1D.Dense> _sampleWeights =
            hasSampleWeights ? accelerator.Allocate1D<float>(rows) : accelerator.Allocate1D([1f]);

        private int _rows;

        /// <summary>Copies a block to the page-locked memory; nothing of it may be on its way from there.</summary>
        public void Read(SampleBlock block)
        {
            _rows = block.Rows;
            block.CopyTo(
                MemoryMarshal.AsBytes(_hostFeatures.Span)[..(_rows * block.RowBytes)], _hostLabels.Span[.._rows],
                hasSampleWeights ? _hostSampleWeights.Span[.._rows] : default);
        }

        /// <summary>Starts to send the block.</summary>
        public void Send(AcceleratorStream stream)
        {
            // Whole, so that what is sent begins where the locked memory does; what a shorter block leaves is of no account.
            _features.View.CopyFromPageLockedAsync(stream, _hostFeatures);
            _labels.View.CopyFromPageLockedAsync(stream, _hostLabels);
            if (hasSampleWeights) _sampleWeights.View.CopyFromPageLockedAsync(stream, _hostSampleWeights);
        }

        public PassArguments Arguments(RowShape shape, ArrayView<Float4> parameters, ArrayView<double> partials) => new()
        {
            Rows = _rows,
            Packets = shape.Packets,
            Columns = shape.Columns,
            Features = _features.View.SubView(0, (long)_rows * shape.Packets),
            Labels = _labels.View.SubView(0, _rows),
            SampleWeights = hasSampleWeights ? _sampleWeights.View.SubView(0, _rows) : _sampleWeights.View,
            Parameters = parameters,
            Partials = partials,
        };

        public void Dispose()
        {
            _sampleWeights.Dispose();
            _labels.Dispose();
            _features.Dispose();
            _hostSampleWeights.Dispose();
            _hostLabels.Dispose();
            _hostFeatures.Dispose();
        }
    }
}
