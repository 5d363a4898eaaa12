using GpuPerceptron.Data;
using GpuPerceptron.Kernels;
using ILGPU;
using ILGPU.Runtime;

namespace GpuPerceptron.Engines.Devices;

/// <summary>Mini-batches on an ILGPU device: a step is two launches, the pass over the batch and the update, and no wait.</summary>
/// <remarks>
/// The rows of the next few batches are first gathered, by one launch, where the pass kernels find them side by side. On paper
/// a batch of 460 kB takes an H200 a tenth of a microsecond to read, and a launch some microseconds: small batches are bound
/// by launches.
/// </remarks>
internal sealed class IlgpuMiniBatches : IMiniBatches
{
    private const long GatheredBytes = 16 << 20; // less than a GPU's cache, more than many batches

    private readonly IlgpuDevice _device;
    private readonly IlgpuSamples? _resident;
    private readonly Dataset _dataset;
    private readonly SampleWindows _windows;
    private readonly MiniBatchOptions _options;
    private readonly Action _countPass;
    private readonly double _totalWeight;
    private readonly int _batchesAtOnce;
    private readonly IlgpuPassBuffers _buffers;
    private readonly GatheredRows _gathered;
    private readonly MemoryBuffer1D<ParameterState, Stride1D.Dense> _states; // 4C weights, then the bias
    private readonly PageLockedArray1D<ParameterState> _hostStates;
    private readonly Action<BatchGatherArguments> _gather;
    private readonly Action<PassArguments> _pass;
    private readonly Action<double, double, long> _update; // scale, η, step from 0

    /// <summary>Allocates what they need. Where that fails, the device's disposal frees the rest.</summary>
    /// <param name="device">The device.</param>
    /// <param name="resident">X, y, s on it, at least one; null where its memory does not hold them.</param>
    /// <param name="dataset">The same.</param>
    /// <param name="chooseGeometry">From the accelerator, a row's shape, and rows.</param>
    /// <param name="options">How batches are taken.</param>
    /// <param name="totalWeight">Σs.</param>
    /// <param name="l2">λ₂.</param>
    /// <param name="parameters">θ to start from.</param>
    /// <param name="countPass">Counts a pass.</param>
    public IlgpuMiniBatches(
        IlgpuDevice device, IlgpuSamples? resident, Dataset dataset, Func<Accelerator, RowShape, long, PassGeometry> chooseGeometry,
        MiniBatchOptions options, double totalWeight, double l2, ReadOnlySpan<double> parameters, Action countPass)
    {
        var accelerator = device.Accelerator;
        var shape = IlgpuSamples.ShapeOf(dataset);
        _device = device;
        _resident = resident;
        _dataset = dataset;
        _windows = new SampleWindows(dataset, options.BatchRows, options.Seed);
        _options = options;
        _totalWeight = totalWeight;
        _countPass = countPass;

        int batchRows = _windows.MaximumBatchRows;
        long batchBytes = (long)batchRows * shape.Packets * Packet.Bytes;
        _batchesAtOnce = (int)Math.Clamp(
            Math.Min(GatheredBytes, device.MaximumBufferBytes) / batchBytes, 1, _windows.Batches.Max(bounds => bounds.Count));

        var geometry = chooseGeometry(accelerator, shape, batchRows);
        _buffers = new IlgpuPassBuffers(accelerator, geometry, shape.Columns);
        _gathered = new GatheredRows(accelerator, (long)_batchesAtOnce * batchRows, shape, dataset.HasSampleWeights);
        _states = accelerator.Allocate1D<ParameterState>(shape.Columns * Float4.Count + 1);
        _hostStates = accelerator.AllocatePageLocked1D<ParameterState>(_states.Length);
        _gather = BatchKernels.LoadGather(accelerator);
        _pass = PassKernels.LoadPass<LogisticLoss>(accelerator, geometry);
        _update = LoadUpdate(new BatchUpdateArguments
        {
            PartialRows = geometry.PartialRows,
            Entries = (shape.Columns + 1) * Float4.Count,
            Partials = _buffers.Partials,
            States = _states.View,
            Parameters = _buffers.Parameters.Cast<float>(),
            BiasPlace = geometry.Span * Float4.Count,
            L2 = l2,
        });

        var states = _hostStates.Span;
        states.Clear();
        for (int j = 0; j < parameters.Length; j++)
            states[PlaceOf(j, parameters.Length)].Value = parameters[j];
        _states.View.CopyFromPageLockedAsync(_hostStates);
        _buffers.Send(parameters);
    }

    /// <inheritdoc/>
    public long StepsPerEpoch => _windows.StepsPerEpoch;

    /// <inheritdoc/>
    public void Run(int epoch, Func<long, double> learningRate)
    {
        try
        {
            _countPass();
            long step = epoch * StepsPerEpoch;
            foreach (var window in _resident is null ? _windows.Copied(epoch) : _windows.InPlace(epoch))
            {
                if (_resident is not null)
                {
                    Run(_resident, window, step, learningRate);
                }
                else
                {
                    using var uploaded = new IlgpuSamples(_device, window.Samples);
                    Run(uploaded, window, step, learningRate);
                    _device.Accelerator.DefaultStream.Synchronize(); // before it goes
                }

                step += window.Batches.Count;
            }
        }
        catch (Exception exception) when (exception is not PerceptronException)
        {
            throw IlgpuEngine.Failure(_device, exception);
        }
    }

    private void Run(IlgpuSamples samples, SampleWindow window, long firstStep, Func<long, double> learningRate)
    {
        var batches = window.Batches;
        for (long batch = 0; batch < batches.Count; batch++)
        {
            long first = batches.FirstOf(batch), end = batches.FirstOf(batch + 1);
            if (batch % _batchesAtOnce == 0)
                Gather(samples, window.Order, first, batches.FirstOf(Math.Min(batch + _batchesAtOnce, batches.Count)));
            _pass(_gathered.Arguments(first, end - first, _buffers));
            _update(_dataset.Samples / ((end - first) * _totalWeight), learningRate(firstStep + batch), firstStep + batch);
        }
    }

    /// <inheritdoc/>
    public void Read(Span<double> parameters)
    {
        try
        {
            _states.View.CopyToPageLockedAsync(_hostStates);
            _device.Accelerator.DefaultStream.Synchronize();
        }
        catch (Exception exception)
        {
            throw IlgpuEngine.Failure(_device, exception);
        }

        var states = _hostStates.Span;
        for (int j = 0; j < parameters.Length; j++)
            parameters[j] = states[PlaceOf(j, parameters.Length)].Value;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hostStates.Dispose();
        _states.Dispose();
        _gathered.Dispose();
        _buffers.Dispose();
    }

    private void Gather(IlgpuSamples samples, SampleOrder order, long first, long end)
    {
        _gathered.FirstPosition = first;
        foreach (var part in samples.GatherArguments())
        {
            _gather(part with
            {
                Order = order,
                FirstPosition = first,
                Rows = end - first,
                Features = _gathered.Features,
                Labels = _gathered.Labels,
                SampleWeights = _gathered.SampleWeights,
            });
        }
    }

    private Action<double, double, long> LoadUpdate(BatchUpdateArguments arguments)
    {
        var accelerator = _device.Accelerator;
        if (_options.Method == MiniBatchMethod.Adam)
        {
            var adam = BatchKernels.LoadUpdate<AdamUpdate>(accelerator, arguments);
            return (scale, rate, step) => adam(scale, new AdamUpdate(rate, step + 1));
        }

        var momentum = BatchKernels.LoadUpdate<MomentumUpdate>(accelerator, arguments);
        return (scale, rate, _) => momentum(scale, new MomentumUpdate(rate, _options.Momentum));
    }

    /// <summary>Where a parameter's state is: the bias comes after the weights' padding.</summary>
    private int PlaceOf(int parameter, int parameters) => parameter < parameters - 1 ? parameter : (int)_states.Length - 1;

    /// <summary>Rows in the order in which the next batches take them.</summary>
    private sealed class GatheredRows(Accelerator accelerator, long rows, RowShape shape, bool hasSampleWeights) : IDisposable
    {
        private readonly MemoryBuffer1D<Packet, Stride1D.Dense> _features = accelerator.Allocate1D<Packet>(rows * shape.Packets);
        private readonly MemoryBuffer1D<float, Stride1D.Dense> _labels = accelerator.Allocate1D<float>(rows);
        private readonly MemoryBuffer1D<float, Stride1D.Dense> _sampleWeights =
            hasSampleWeights ? accelerator.Allocate1D<float>(rows) : accelerator.Allocate1D([1f]);

        /// <summary>The first one's place in the epoch's order.</summary>
        public long FirstPosition { get; set; }

        public ArrayView<Packet> Features => _features.View;

        public ArrayView<float> Labels => _labels.View;

        public ArrayView<float> SampleWeights => _sampleWeights.View;

        /// <summary>What the pass over a batch of them is launched with.</summary>
        public PassArguments Arguments(long first, long count, IlgpuPassBuffers buffers)
        {
            long place = first - FirstPosition;
            return new PassArguments
            {
                Rows = count,
                Packets = shape.Packets,
                Columns = shape.Columns,
                Features = Features.SubView(place * shape.Packets, count * shape.Packets),
                Labels = Labels.SubView(place, count),
                SampleWeights = hasSampleWeights ? SampleWeights.SubView(place, count) : SampleWeights,
                Parameters = buffers.Parameters,
                Partials = buffers.Partials,
            };
        }

        public void Dispose()
        {
            _sampleWeights.Dispose();
            _labels.Dispose();
            _features.Dispose();
        }
    }
}
