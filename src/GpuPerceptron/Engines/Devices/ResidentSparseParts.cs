using GpuPerceptron.Data;
using ILGPU;
using ILGPU.Runtime;

namespace GpuPerceptron.Engines.Devices;

/// <summary>A sparse dataset in a device's memory, copied there once.</summary>
internal sealed class ResidentSparseParts : ISparseParts
{
    private readonly List<MemoryBuffer1D<byte, Stride1D.Dense>> _buffers = [];
    private readonly List<SparsePart> _parts = [];

    /// <summary>Copies the parts; the dataset is not needed afterwards. Where that fails, the device's disposal frees the rest.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="dataset">Sparse samples.</param>
    /// <param name="parts">Its parts.</param>
    public ResidentSparseParts(Accelerator accelerator, Dataset dataset, SparseRun[][] parts)
    {
        using var builder = new SparsePartBuilder(dataset);
        foreach (var part in parts)
        {
            var bytes = builder.Write(part, out var layout);
            var buffer = accelerator.Allocate1D<byte>(layout.Bytes);
            _buffers.Add(buffer);
            buffer.AsArrayView<byte>(0, layout.Bytes).CopyFromCPU((ReadOnlySpan<byte>)bytes);
            _parts.Add(new SparsePart(part[0].Place, layout, buffer.View));
            MaximumRows = Math.Max(MaximumRows, layout.Rows);
            MaximumSegments = Math.Max(MaximumSegments, layout.Segments);
        }
    }

    /// <inheritdoc/>
    public int MaximumRows { get; }

    /// <inheritdoc/>
    public int MaximumSegments { get; }

    /// <inheritdoc/>
    public IEnumerable<SparsePart> InOrder() => _parts;

    /// <inheritdoc/>
    public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());
}
