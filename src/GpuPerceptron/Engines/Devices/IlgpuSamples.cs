using System.Runtime.InteropServices;
using GpuPerceptron.Data;
using GpuPerceptron.Kernels;
using ILGPU;
using ILGPU.Runtime;

namespace GpuPerceptron.Engines.Devices;

/// <summary>
/// A dataset's samples in a device's memory: X, y and s, in as few parts as the device's largest buffer allows (one, on
/// most), each of whole blocks.
/// </summary>
internal sealed class IlgpuSamples : IDeviceSamples
{
    private readonly List<Part> _parts = [];

    /// <summary>Copies the samples; the dataset is not needed afterwards. Where that fails, the device's disposal frees the rest.</summary>
    /// <param name="device">The device.</param>
    /// <param name="dataset">The samples.</param>
    public IlgpuSamples(IlgpuDevice device, Dataset dataset)
    {
        var shape = Shape = ShapeOf(dataset);
        HasSampleWeights = dataset.HasSampleWeights;
        using var reader = new RowReader(dataset);
        for (int first = 0; first < dataset.Blocks.Count;)
        {
            long rows = dataset.Blocks[first].Rows;
            int end = first + 1;
            for (; end < dataset.Blocks.Count; end++)
            {
                long more = rows + dataset.Blocks[end].Rows;
                if (more * shape.Packets * Packet.Bytes > device.MaximumBufferBytes) break;
                rows = more;
            }

            var part = new Part(device.Accelerator, Rows, rows, shape, dataset.HasSampleWeights);
            Rows += rows;
            _parts.Add(part);
            part.Fill(reader, dataset, first, end);
            first = end;
        }
    }

    /// <inheritdoc/>
    public RowShape Shape { get; }

    /// <summary>Whether the samples have weights of their own.</summary>
    public bool HasSampleWeights { get; }

    /// <summary>Rows of all parts.</summary>
    public long Rows { get; private set; }

    /// <inheritdoc/>
    public long MaximumRows => _parts.Count == 0 ? 0 : _parts.Max(part => part.Rows);

    /// <summary>Bytes that a dataset's samples take on a device.</summary>
    /// <param name="dataset">The samples.</param>
    public static long BytesFor(Dataset dataset) =>
        dataset.FeatureBytes + dataset.Samples * sizeof(float) * (dataset.HasSampleWeights ? 2 : 1);

    /// <summary>A row of a dataset's X, as it lies in memory.</summary>
    /// <param name="dataset">The samples.</param>
    public static RowShape ShapeOf(Dataset dataset) => new(
        dataset.Storage == FeatureStorage.Float16 ? PacketFormat.Float16 : PacketFormat.Float32,
        dataset.Stride * SampleBlock.BytesPerValue(dataset.Storage) / Packet.Bytes);

    /// <inheritdoc/>
    public IEnumerable<PassArguments> Arguments(ArrayView<Float4> parameters, ArrayView<double> partials) =>
        _parts.Select(part => part.Arguments(parameters, partials));

    /// <summary>What rows are gathered from, part by part; the rest is up to the caller.</summary>
    public IEnumerable<BatchGatherArguments> GatherArguments() => _parts.Select(part => part.GatherArguments());

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var part in _parts)
            part.Dispose();
        _parts.Clear();
    }

    private sealed class Part : IDisposable
    {
        private readonly long _firstRow;
        private readonly RowShape _shape;
        private readonly MemoryBuffer1D<Packet, Stride1D.Dense> _features;
        private readonly MemoryBuffer1D<float, Stride1D.Dense> _labels;
        private readonly MemoryBuffer1D<float, Stride1D.Dense> _sampleWeights;

        public Part(Accelerator accelerator, long firstRow, long rows, RowShape shape, bool hasSampleWeights)
        {
            _firstRow = firstRow;
            Rows = rows;
            _shape = shape;
            _features = accelerator.Allocate1D<Packet>(rows * shape.Packets);
            _labels = accelerator.Allocate1D<float>(rows);
            _sampleWeights = hasSampleWeights ? accelerator.Allocate1D<float>(rows) : accelerator.Allocate1D([1f]);
        }

        public long Rows { get; }

        public void Fill(RowReader reader, Dataset dataset, int first, int end)
        {
            float[] labels = new float[dataset.Blocks.Skip(first).Take(end - first).Max(block => block.Rows)];
            long row = 0;
            for (int i = first; i < end; i++)
            {
                var block = reader.Load(dataset.Blocks[i]);
                var features = MemoryMarshal.Cast<byte, Packet>(block.FeatureBytes);
                _features.AsArrayView<Packet>(row * _shape.Packets, features.Length).CopyFromCPU(features);
                FloatLabels.Write(block.Labels, labels);
                _labels.AsArrayView<float>(row, block.Rows).CopyFromCPU((ReadOnlySpan<float>)labels.AsSpan(0, block.Rows));
                if (block.HasSampleWeights)
                    _sampleWeights.AsArrayView<float>(row, block.Rows).CopyFromCPU((ReadOnlySpan<float>)block.SampleWeights);
                row += block.Rows;
            }
        }

        public PassArguments Arguments(ArrayView<Float4> parameters, ArrayView<double> partials) => new()
        {
            Rows = Rows,
            Packets = _shape.Packets,
            Columns = _shape.Columns,
            Features = _features.View,
            Labels = _labels.View,
            SampleWeights = _sampleWeights.View,
            Parameters = parameters,
            Partials = partials,
        };

        public BatchGatherArguments GatherArguments() => new()
        {
            Packets = _shape.Packets,
            FirstRow = _firstRow,
            SourceFeatures = _features.View,
            SourceLabels = _labels.View,
            SourceSampleWeights = _sampleWeights.View,
        };

        public void Dispose()
        {
            _sampleWeights.Dispose();
            _labels.Dispose();
            _features.Dispose();
        }
    }
}
