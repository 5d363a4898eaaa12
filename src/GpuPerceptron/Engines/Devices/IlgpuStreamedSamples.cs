using System.Runtime.InteropServices;
using GpuPerceptron.Data;
using GpuPerceptron.Kernels;
using ILGPU;
using ILGPU.Runtime;

namespace GpuPerceptron.Engines.Devices;

/// <summary>
/// Samples that a device's memory does not hold: they come to it anew in each pass, block by block (<see cref="TwoSlots{TSlot}"/>), in
/// order, so that the same sums are taken each time.
/// </summary>
internal sealed class IlgpuStreamedSamples : IDeviceSamples
{
    private readonly int _blocks;
    private readonly TwoSlots<Slot> _slots;

    /// <summary>Allocates the slots. Where that fails, the device's disposal frees the rest.</summary>
    /// <param name="device">The device.</param>
    /// <param name="dataset">The samples, at least one, which must outlive this.</param>
    public IlgpuStreamedSamples(IlgpuDevice device, Dataset dataset)
    {
        _blocks = dataset.Blocks.Count;
        var shape = Shape = IlgpuSamples.ShapeOf(dataset);
        long rows = MaximumRows = dataset.Blocks.Max(block => block.Rows);
        _slots = new TwoSlots<Slot>(device.Accelerator, () => new Slot(device.Accelerator, dataset, shape, rows));
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
    public IEnumerable<PassArguments> Arguments(ArrayView<Float4> parameters, ArrayView<double> partials) =>
        _slots.InTurn(_blocks).Select(turn => turn.Slot.Arguments(parameters, partials));

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    /// <summary>A block in page-locked memory, and on the device.</summary>
    private sealed class Slot(Accelerator accelerator, Dataset dataset, RowShape shape, long rows) : IStreamSlot
    {
        private readonly PageLockedArray1D<Packet> _hostFeatures = accelerator.AllocatePageLocked1D<Packet>(rows * shape.Packets);
        private readonly PageLockedArray1D<float> _hostLabels = accelerator.AllocatePageLocked1D<float>(rows);
        private readonly PageLockedArray1D<float> _hostSampleWeights = accelerator.AllocatePageLocked1D<float>(dataset.HasSampleWeights ? rows : 1);
        private readonly MemoryBuffer1D<Packet, Stride1D.Dense> _features = accelerator.Allocate1D<Packet>(rows * shape.Packets);
        private readonly MemoryBuffer1D<float, Stride1D.Dense> _labels = accelerator.Allocate1D<float>(rows);
        private readonly MemoryBuffer1D<float, Stride1D.Dense> _sampleWeights =
            dataset.HasSampleWeights ? accelerator.Allocate1D<float>(rows) : accelerator.Allocate1D([1f]);

        private int _rows;

        public void Read(int index)
        {
            var block = dataset.Blocks[index];
            _rows = block.Rows;
            dataset.Meter?.Add(_rows);
            block.CopyTo(
                MemoryMarshal.AsBytes(_hostFeatures.Span)[..(_rows * block.RowBytes)], _hostLabels.Span[.._rows],
                dataset.HasSampleWeights ? _hostSampleWeights.Span[.._rows] : default);
        }

        public void Send(AcceleratorStream stream)
        {
            // Whole, so that what is sent begins where the locked memory does; what a shorter block leaves is of no account.
            _features.View.CopyFromPageLockedAsync(stream, _hostFeatures);
            _labels.View.CopyFromPageLockedAsync(stream, _hostLabels);
            if (dataset.HasSampleWeights) _sampleWeights.View.CopyFromPageLockedAsync(stream, _hostSampleWeights);
        }

        public PassArguments Arguments(ArrayView<Float4> parameters, ArrayView<double> partials) => new()
        {
            Rows = _rows,
            Packets = shape.Packets,
            Columns = shape.Columns,
            Features = _features.View.SubView(0, (long)_rows * shape.Packets),
            Labels = _labels.View.SubView(0, _rows),
            SampleWeights = dataset.HasSampleWeights ? _sampleWeights.View.SubView(0, _rows) : _sampleWeights.View,
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
