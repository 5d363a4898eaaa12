using GpuPerceptron.Data;
using GpuPerceptron.Kernels;
using ILGPU;
using ILGPU.Runtime;

namespace GpuPerceptron.Engines;

/// <summary>
/// A dataset's samples in a device's memory: X, y and s, in as few parts as the device's largest buffer allows (one, on
/// most), each of whole blocks.
/// </summary>
internal sealed class IlgpuSamples : IDisposable
{
    private readonly List<Part> _parts = [];

    /// <summary>Copies the samples; the dataset is not needed afterwards. Where that fails, the device's disposal frees the rest.</summary>
    /// <param name="device">The device.</param>
    /// <param name="dataset">The samples.</param>
    public IlgpuSamples(IlgpuDevice device, Dataset dataset)
    {
        int columns = dataset.Stride / Float4.Count;
        for (int first = 0; first < dataset.Blocks.Count;)
        {
            long rows = dataset.Blocks[first].Rows;
            int end = first + 1;
            for (; end < dataset.Blocks.Count; end++)
            {
                long more = rows + dataset.Blocks[end].Rows;
                if (more * columns * Float4.Bytes > device.MaximumBufferBytes) break;
                rows = more;
            }

            var part = new Part(device.Accelerator, rows, columns, dataset.HasSampleWeights);
            _parts.Add(part);
            part.Fill(dataset, first, end);
            first = end;
        }
    }

    /// <summary>Rows of the largest part; 0 without samples.</summary>
    public long MaximumRows => _parts.Count == 0 ? 0 : _parts.Max(part => part.Rows);

    /// <summary>Bytes that a dataset's samples take on a device.</summary>
    /// <param name="dataset">The samples.</param>
    public static long BytesFor(Dataset dataset) =>
        dataset.FeatureBytes + dataset.Samples * sizeof(float) * (dataset.HasSampleWeights ? 2 : 1);

    /// <summary>What a pass kernel is launched with, part by part.</summary>
    /// <param name="parameters">See <see cref="PassArguments.Parameters"/>.</param>
    /// <param name="partials">See <see cref="PassArguments.Partials"/>.</param>
    public IEnumerable<PassArguments> Arguments(ArrayView<Float4> parameters, ArrayView<double> partials) =>
        _parts.Select(part => part.Arguments(parameters, partials));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var part in _parts)
            part.Dispose();
        _parts.Clear();
    }

    private sealed class Part : IDisposable
    {
        private readonly int _columns;
        private readonly MemoryBuffer1D<Float4, Stride1D.Dense> _features;
        private readonly MemoryBuffer1D<float, Stride1D.Dense> _labels; // then, where there are any, the sample weights
        private readonly bool _hasSampleWeights;

        public Part(Accelerator accelerator, long rows, int columns, bool hasSampleWeights)
        {
            Rows = rows;
            _columns = columns;
            _hasSampleWeights = hasSampleWeights;
            _features = accelerator.Allocate1D<Float4>(rows * columns);
            _labels = accelerator.Allocate1D<float>(hasSampleWeights ? 2 * rows : rows);
        }

        public long Rows { get; }

        private ArrayView<float> Labels => _labels.AsArrayView<float>(0, Rows);

        // Without weights a view of no element, and yet of a buffer: OpenCL wants one for every argument.
        private ArrayView<float> SampleWeights =>
            _hasSampleWeights ? _labels.AsArrayView<float>(Rows, Rows) : _labels.AsArrayView<float>(0, 0);

        public unsafe void Fill(Dataset dataset, int first, int end)
        {
            long row = 0;
            for (int i = first; i < end; i++)
            {
                var block = dataset.Blocks[i];
                var features = new ReadOnlySpan<Float4>(block.FeaturePointer, block.Rows * _columns);
                _features.AsArrayView<Float4>(row * _columns, features.Length).CopyFromCPU(features);
                Labels.SubView(row, block.Rows).CopyFromCPU((ReadOnlySpan<float>)block.Labels);
                if (_hasSampleWeights)
                    SampleWeights.SubView(row, block.Rows).CopyFromCPU((ReadOnlySpan<float>)block.SampleWeights);
                row += block.Rows;
            }
        }

        public PassArguments Arguments(ArrayView<Float4> parameters, ArrayView<double> partials) => new()
        {
            Rows = Rows,
            Columns = _columns,
            Features = _features.AsArrayView<Float4>(0, Rows * _columns),
            Labels = Labels,
            SampleWeights = SampleWeights,
            Parameters = parameters,
            Partials = partials,
        };

        public void Dispose()
        {
            _labels.Dispose();
            _features.Dispose();
        }
    }
}
