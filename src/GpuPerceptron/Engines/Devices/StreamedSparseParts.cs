using GpuPerceptron.Data;
using ILGPU;
using ILGPU.Runtime;

namespace GpuPerceptron.Engines.Devices;

/// <summary>
/// A sparse dataset that a device's memory does not hold: its parts come there anew in each pass (<see cref="TwoSlots{TSlot}"/>).
/// </summary>
/// <remarks>
/// What is sent is more than what the dataset has: columns, too. To sort a part's values by column takes the host as long as a pass
/// of its own, so parts are written to a file, once, from which a pass then reads each in one piece.
/// </remarks>
internal sealed class StreamedSparseParts : ISparseParts
{
    private readonly List<(long Place, long FirstRow, SparsePartLayout Layout)> _parts = [];
    private readonly SampleFile _file;
    private readonly TwoSlots<Slot> _slots;

    /// <summary>Writes the file, and allocates the slots. Where that fails, the device's disposal frees the rest.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="dataset">Sparse samples.</param>
    /// <param name="parts">Its parts, at least one.</param>
    /// <exception cref="PerceptronException">The file cannot be written.</exception>
    public StreamedSparseParts(Accelerator accelerator, Dataset dataset, SparseRun[][] parts)
    {
        _file = CacheFolder.CreateFile();
        _file.Retain();
        try
        {
            using (var builder = new SparsePartBuilder(dataset))
            {
                foreach (var part in parts)
                {
                    var bytes = builder.Write(part, out var layout);
                    long place = _file.Reserve(layout.Bytes);
                    _file.Write(place, bytes);
                    _parts.Add((place, part[0].Place, layout));
                }
            }

            MaximumRows = _parts.Max(part => part.Layout.Rows);
            MaximumSegments = _parts.Max(part => part.Layout.Segments);
            int largest = _parts.Max(part => part.Layout.Bytes);
            _slots = new TwoSlots<Slot>(accelerator, () => new Slot(accelerator, this, largest, dataset.Meter));
        }
        catch
        {
            _file.Release();
            throw;
        }
    }

    /// <inheritdoc/>
    public int MaximumRows { get; }

    /// <inheritdoc/>
    public int MaximumSegments { get; }

    /// <inheritdoc/>
    public IEnumerable<SparsePart> InOrder() => _slots.InTurn(_parts.Count)
        .Select(turn => new SparsePart(_parts[turn.Block].FirstRow, _parts[turn.Block].Layout, turn.Slot.OnDevice));

    /// <inheritdoc/>
    public void Dispose()
    {
        _slots.Dispose();
        _file.Release();
    }

    private sealed class Slot(Accelerator accelerator, StreamedSparseParts parts, int bytes, ReadMeter? meter) : IStreamSlot
    {
        private readonly PageLockedArray1D<byte> _host = accelerator.AllocatePageLocked1D<byte>(bytes);
        private readonly MemoryBuffer1D<byte, Stride1D.Dense> _device = accelerator.Allocate1D<byte>(bytes);

        public ArrayView<byte> OnDevice => _device.View;

        public void Read(int block)
        {
            var (place, _, layout) = parts._parts[block];
            meter?.Add(layout.Rows);
            parts._file.Read(place, _host.Span[..layout.Bytes]);
        }

        // Whole, so that what is sent begins where the locked memory does; what a shorter part leaves is of no account.
        public void Send(AcceleratorStream stream) => _device.View.CopyFromPageLockedAsync(stream, _host);

        public void Dispose()
        {
            _device.Dispose();
            _host.Dispose();
        }
    }
}
