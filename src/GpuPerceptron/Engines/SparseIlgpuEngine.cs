using GpuPerceptron.Data;
using GpuPerceptron.Engines.Devices;
using GpuPerceptron.Kernels;
using ILGPU;
using ILGPU.Runtime;

namespace GpuPerceptron.Engines;

/// <summary>The pass over sparse features on a CUDA or OpenCL device, or on the emulator: see <see cref="SparsePass"/>.</summary>
/// <remarks>
/// The samples are copied to the device twice, by rows and by columns, 16 bytes a value: once, or, where its memory does not hold them,
/// in each pass, part by part.
/// </remarks>
public sealed class SparseIlgpuEngine : IEngine, IHessianProducts
{
    private const int LanesPerRow = 8;              // 32 bytes of columns, as many of values: what a GPU fetches at once
    private const int WorkingPart = 16;             // of a device's memory is left for what passes work with
    private const long ResidentPartBytes = 512 << 20; // few launches, and no more of the host's memory at once
    private const long FilePartBytes = 32 << 20;    // the same, where the host's memory does not hold the samples
    private const long StreamedPartBytes = 16 << 20;

    private readonly IlgpuDevice _device;
    private readonly bool _ownsDevice;
    private readonly List<IDisposable> _buffers = [];
    private readonly ISparseParts? _parts; // null without samples
    private readonly KernelConfig _config;
    private readonly int _lanes;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _parameters, _residuals, _losses, _curvatures, _held;
    private readonly MemoryBuffer1D<double, Stride1D.Dense> _segmentSums, _columnSums, _totals;
    private readonly Action<KernelConfig, SparseForwardArguments> _logistic, _halfSquare;
    private readonly Action<KernelConfig, SparseBackwardArguments> _multiply;
    private readonly Action<Index1D, ArrayView<int>, ArrayView<int>, ArrayView<double>, ArrayView<double>> _addSegments;
    private readonly Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<double>> _addRows;
    private readonly float[] _hostParameters;
    private readonly double[] _hostTotals = new double[2 * SparsePass.TotalLanes];
    private bool _hasCurvatures, _holds;

    // Where this throws, disposing the device frees what was allocated on it.
    private SparseIlgpuEngine(IlgpuDevice device, Dataset dataset, bool ownsDevice, long? streamedPartBytes)
    {
        (_device, _ownsDevice, Features) = (device, ownsDevice, dataset.Features);
        long samples = Math.Max(1, dataset.Samples), available = device.AvailableBytes - device.AvailableBytes / WorkingPart;
        long working = samples * 2 * sizeof(float) + Features * (sizeof(double) + sizeof(float)) + _hostTotals.Length * sizeof(double);
        long resident = SparsePartBuilder.BytesFor(dataset);
        // A device without memory of its own has no more than what the samples do not fit into already.
        IsStreamed = streamedPartBytes is not null || (dataset.IsStreamed && device.SharesHostMemory) || working + resident > available;
        long partBytes = IsStreamed ? streamedPartBytes ?? Math.Min(StreamedPartBytes, available / 8)
            : dataset.IsStreamed ? FilePartBytes
            : ResidentPartBytes;
        if (IsStreamed && working + 2 * partBytes > available)
            throw IlgpuEngine.OutOfMemory(device, working + 2 * partBytes, available); // not even for two parts at a time

        var accelerator = device.Accelerator;
        int group = Math.Min(SparsePass.MaximumGroup, accelerator.MaxNumThreadsPerGroup);
        _lanes = Math.Min(LanesPerRow, group);
        _config = new KernelConfig(Math.Max(1, accelerator.NumMultiprocessors * SparsePass.GroupsPerMultiprocessor), group);
        _hostParameters = new float[Features + 1];
        if (dataset.Samples > 0)
        {
            var parts = SparsePartBuilder.Cut(dataset, Math.Min(partBytes, device.MaximumBufferBytes / 2));
            _parts = Keep<ISparseParts>(IsStreamed
                ? new StreamedSparseParts(accelerator, dataset, parts)
                : new ResidentSparseParts(accelerator, dataset, parts));
        }

        try
        {
            _parameters = Keep(accelerator.Allocate1D<float>(Features + 1));
            _residuals = Keep(accelerator.Allocate1D<float>(_parts?.MaximumRows ?? 1));
            _losses = Keep(accelerator.Allocate1D<float>(_parts?.MaximumRows ?? 1));
            _curvatures = Keep(accelerator.Allocate1D<float>(samples));
            _held = Keep(accelerator.Allocate1D<float>(samples));
            _segmentSums = Keep(accelerator.Allocate1D<double>(Math.Max(1, _parts?.MaximumSegments ?? 0)));
            _columnSums = Keep(accelerator.Allocate1D<double>(Features));
            _totals = Keep(accelerator.Allocate1D<double>(_hostTotals.Length));
            _logistic = accelerator.LoadStreamKernel<SparseForwardArguments>(SparsePass.Forward<LogisticLoss>);
            _halfSquare = accelerator.LoadStreamKernel<SparseForwardArguments>(SparsePass.Forward<HalfSquareLoss>);
            _multiply = accelerator.LoadStreamKernel<SparseBackwardArguments>(SparsePass.Backward);
            _addSegments = accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, ArrayView<int>, ArrayView<double>, ArrayView<double>>(
                SparsePass.Columns);
            _addRows = accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<double>>(SparsePass.Totals);
        }
        catch
        {
            _parts?.Dispose(); // and the file that they may lie in
            throw;
        }
    }

    /// <inheritdoc/>
    public string Device => _device.Id;

    /// <inheritdoc/>
    public string Description => $"{_device.Description}, sparse";

    /// <inheritdoc/>
    public int Threads => _device.Threads;

    /// <inheritdoc/>
    public int Features { get; }

    /// <summary>Whether the samples come to the device anew in each pass, since its memory does not hold them.</summary>
    public bool IsStreamed { get; }

    /// <inheritdoc/>
    public int MaximumHessianFeatures => 2048;

    /// <inheritdoc/>
    public long Passes { get; private set; }

    /// <summary>Copies a sparse dataset to a device, or, where its memory does not hold it, to a file in the folder of encoded tables.</summary>
    /// <param name="request">A CUDA or OpenCL device, or the emulator.</param>
    /// <param name="dataset">The samples; not needed once this returns.</param>
    /// <exception cref="PerceptronException">
    /// The device is not there, cannot run the kernels, or has too little memory; or the file cannot be written.
    /// </exception>
    public static SparseIlgpuEngine Create(DeviceRequest request, Dataset dataset) =>
        Create(IlgpuEngine.Open(request), dataset, ownsDevice: true);

    /// <summary>Copies a sparse dataset to an open device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="dataset">The samples.</param>
    /// <param name="ownsDevice">Whether the device is disposed with the engine, or when it cannot be made.</param>
    /// <param name="streamedPartBytes">
    /// Where samples are to be streamed although the device's memory may hold them: bytes of a part. Null for what fits.
    /// </param>
    internal static SparseIlgpuEngine Create(IlgpuDevice device, Dataset dataset, bool ownsDevice, long? streamedPartBytes = null)
    {
        try
        {
            return new SparseIlgpuEngine(device, dataset, ownsDevice, streamedPartBytes);
        }
        catch (Exception exception)
        {
            if (ownsDevice) device.Dispose();
            throw exception is PerceptronException ? exception : IlgpuEngine.Failure(device, exception);
        }
    }

    /// <inheritdoc/>
    public double Pass(PassLoss loss, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(gradient.Length, Features + 1);
        Send(parameters);
        double value = Run(loss == PassLoss.Logistic ? _logistic : _halfSquare, gradient);
        _hasCurvatures = loss == PassLoss.Logistic;
        return value;
    }

    /// <inheritdoc/>
    public void HoldCurvatures(Span<double> diagonal)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(diagonal.Length, Features + 1);
        if (!_hasCurvatures) throw new InvalidOperationException("the last pass was not one with the logistic loss");
        try
        {
            _held.View.CopyFrom(_curvatures.View);
            Read(part => Multiply(part, Of(part, _held), power: 2), diagonal);
            _holds = true;
        }
        catch (Exception exception) when (exception is not PerceptronException)
        {
            throw IlgpuEngine.Failure(_device, exception);
        }
    }

    /// <inheritdoc/>
    public void HessianTimes(ReadOnlySpan<double> direction, Span<double> product)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(product.Length, Features + 1);
        if (!_holds) throw new InvalidOperationException("no curvatures are held");
        Send(direction);
        Run(_halfSquare, product, weights: _held); // v²/2 has the residual v: weighted by the curvatures, c ∘ X̃u
    }

    /// <inheritdoc/>
    /// <remarks>Product by product: M + 2 reads of X.</remarks>
    public double HessianPass(ReadOnlySpan<double> parameters, Span<double> gradient, Span<double> hessian)
    {
        if (Features > MaximumHessianFeatures)
            throw new PerceptronException(Fault.Options,
                $"Hessians of sparse features are computed for up to {MaximumHessianFeatures:N0}, not for {Features:N0}; use --solver lbfgs");
        int dimension = Features + 1;
        ArgumentOutOfRangeException.ThrowIfNotEqual(hessian.Length, dimension * dimension);
        double loss = Pass(PassLoss.Logistic, parameters, gradient);
        double[] unit = new double[dimension];
        HoldCurvatures(unit);
        for (int j = 0; j < dimension; j++)
        {
            Array.Clear(unit);
            unit[j] = 1;
            HessianTimes(unit, hessian.Slice(j * dimension, dimension));
            for (int i = 0; i < j; i++)
                hessian[j * dimension + i] = hessian[i * dimension + j]; // the same but for rounding
        }

        return loss;
    }

    /// <inheritdoc/>
    public IEngine Over(Dataset dataset) => Create(_device, dataset, ownsDevice: false);

    /// <inheritdoc/>
    public IMiniBatches MiniBatches(MiniBatchOptions options, double totalWeight, double l2, ReadOnlySpan<double> parameters) =>
        throw new NotSupportedException("mini-batches are not for sparse features");

    /// <inheritdoc/>
    public void Dispose()
    {
        _buffers.ForEach(buffer => buffer.Dispose());
        _buffers.Clear();
        if (_ownsDevice) _device.Dispose();
    }

    private void Send(ReadOnlySpan<double> parameters)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(parameters.Length, Features + 1);
        for (int j = 0; j < parameters.Length; j++)
            _hostParameters[j] = (float)parameters[j];
    }

    /// <summary>Each part forward and backward.</summary>
    /// <param name="kernel">The forward kernel.</param>
    /// <param name="result">X̃ᵀ of the residuals.</param>
    /// <param name="weights">What samples are weighted by in place of s; null for s.</param>
    /// <returns>The losses' sum.</returns>
    private double Run(
        Action<KernelConfig, SparseForwardArguments> kernel, Span<double> result, MemoryBuffer1D<float, Stride1D.Dense>? weights = null)
    {
        try
        {
            _parameters.View.CopyFromCPU(_hostParameters);
            return Read(
                part =>
                {
                    var layout = part.Layout;
                    var residuals = _residuals.View.SubView(0, layout.Rows);
                    kernel(_config, new SparseForwardArguments
                    {
                        Rows = layout.Rows,
                        Lanes = _lanes,
                        Starts = layout.RowStarts.In<int>(part.Bytes),
                        Columns = layout.Columns.In<int>(part.Bytes),
                        Values = layout.Values.In<float>(part.Bytes),
                        Labels = layout.Labels.In<float>(part.Bytes),
                        SampleWeights = weights is null ? layout.SampleWeights.In<float>(part.Bytes) : Of(part, weights),
                        Parameters = _parameters.View,
                        Residuals = residuals,
                        Losses = _losses.View,
                        Curvatures = weights is null ? Of(part, _curvatures) : _losses.View, // where nobody looks
                    });
                    Multiply(part, residuals, power: 1);
                },
                result);
        }
        catch (Exception exception) when (exception is not PerceptronException)
        {
            throw IlgpuEngine.Failure(_device, exception);
        }
    }

    /// <summary>One read of X: all parts add to the columns' sums and the totals.</summary>
    /// <param name="add">Launches a part's kernels.</param>
    /// <param name="result">The columns' sums, and the residuals'.</param>
    /// <returns>The losses' sum, where they have just been written.</returns>
    private double Read(Action<SparsePart> add, Span<double> result)
    {
        Passes++;
        result.Clear();
        if (_parts is null) return 0;
        _columnSums.MemSetToZero();
        _totals.MemSetToZero();
        foreach (var part in _parts.InOrder())
            add(part);
        _columnSums.View.BaseView.CopyToCPU(result[..Features]);
        _totals.View.CopyToCPU(_hostTotals);
        double loss = 0;
        for (int i = 0; i < SparsePass.TotalLanes; i++)
        {
            result[^1] += _hostTotals[i];
            loss += _hostTotals[SparsePass.TotalLanes + i];
        }

        return loss;
    }

    /// <summary>Adds X̃ᵀ r of a part.</summary>
    private void Multiply(SparsePart part, ArrayView<float> residuals, int power)
    {
        var layout = part.Layout;
        if (layout.Segments > 0)
        {
            _multiply(_config, new SparseBackwardArguments
            {
                Segments = layout.Segments,
                Lanes = _lanes,
                Power = power,
                Starts = layout.SegmentStarts.In<int>(part.Bytes),
                Rows = layout.RowsByColumn.In<int>(part.Bytes),
                Values = layout.ValuesByColumn.In<float>(part.Bytes),
                Residuals = residuals,
                Sums = _segmentSums.View,
            });
            _addSegments(
                layout.ColumnNumbers.Count, layout.ColumnNumbers.In<int>(part.Bytes), layout.FirstSegments.In<int>(part.Bytes),
                _segmentSums.View, _columnSums.View);
        }

        _addRows(SparsePass.TotalLanes, residuals, _losses.View, _totals.View);
    }

    /// <summary>A part's rows among numbers of all rows.</summary>
    private static ArrayView<float> Of(SparsePart part, MemoryBuffer1D<float, Stride1D.Dense> numbers) =>
        numbers.View.SubView(part.FirstRow, part.Layout.Rows);

    private T Keep<T>(T buffer) where T : IDisposable
    {
        _buffers.Add(buffer);
        return buffer;
    }
}
