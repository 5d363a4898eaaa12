using GpuPerceptron.Data;
using GpuPerceptron.Kernels;
using ILGPU;
using ILGPU.Runtime;

namespace GpuPerceptron.Engines;

/// <summary>The pass over sparse features on a CUDA or OpenCL device, or on the emulator: see <see cref="SparsePass"/>.</summary>
/// <remarks>The samples are copied to the device twice, by rows and by columns: 16 bytes a value.</remarks>
public sealed class SparseIlgpuEngine : IEngine, IHessianProducts
{
    private const int LanesPerRow = 8;              // 32 bytes of columns, as many of values: what a GPU fetches at once
    private const int GroupsPerMultiprocessor = 8;  // of 256 lanes
    private const int ValueBytes = 2 * (sizeof(int) + sizeof(float));

    private readonly IlgpuDevice _device;
    private readonly bool _ownsDevice;
    private readonly List<IDisposable> _buffers = [];
    private readonly KernelConfig _config;
    private readonly SparseForwardArguments _forward;
    private readonly SparseBackwardArguments _backward;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _parameters, _residuals, _losses, _curvatures, _held, _ones;
    private readonly MemoryBuffer1D<int, Stride1D.Dense> _firstSegments;
    private readonly MemoryBuffer1D<double, Stride1D.Dense> _segmentSums, _columnSums, _totals;
    private readonly Action<KernelConfig, SparseForwardArguments> _logistic, _halfSquare;
    private readonly Action<KernelConfig, SparseBackwardArguments> _multiply;
    private readonly Action<Index1D, ArrayView<int>, ArrayView<double>, ArrayView<double>> _addSegments;
    private readonly Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<double>> _addRows;
    private readonly float[] _hostParameters;
    private readonly double[] _hostTotals = new double[2 * SparsePass.TotalLanes];
    private bool _hasCurvatures, _holds;

    private SparseIlgpuEngine(IlgpuDevice device, Dataset dataset, bool ownsDevice)
    {
        (_device, _ownsDevice, Features) = (device, ownsDevice, dataset.Features);
        long values = dataset.NonZeros, samples = dataset.Samples;
        long needed = values * ValueBytes + samples * (sizeof(long) + 6 * sizeof(float)) + Features * 3L * sizeof(double);
        long largest = Math.Max(values * sizeof(float), samples * sizeof(long));
        if (needed > device.AvailableBytes || largest > device.MaximumBufferBytes || values >= int.MaxValue || samples >= int.MaxValue)
            throw IlgpuEngine.OutOfMemory(device, needed, device.AvailableBytes);

        var accelerator = device.Accelerator;
        var columns = new SparseColumnsOrder(dataset);
        int segments = columns.SegmentStarts.Length - 1;
        int group = Math.Min(SparsePass.MaximumGroup, accelerator.MaxNumThreadsPerGroup);
        int lanes = Math.Min(LanesPerRow, group);
        _config = new KernelConfig(Math.Max(1, accelerator.NumMultiprocessors * GroupsPerMultiprocessor), group);
        _hostParameters = new float[Features + 1];
        _parameters = Keep(accelerator.Allocate1D<float>(Features + 1));
        _residuals = Keep(accelerator.Allocate1D<float>(Math.Max(1, samples)));
        _losses = Keep(accelerator.Allocate1D<float>(Math.Max(1, samples)));
        _curvatures = Keep(accelerator.Allocate1D<float>(Math.Max(1, samples)));
        _held = Keep(accelerator.Allocate1D<float>(Math.Max(1, samples)));
        _ones = Keep(accelerator.Allocate1D([1f]));
        _segmentSums = Keep(accelerator.Allocate1D<double>(Math.Max(1, segments)));
        _columnSums = Keep(accelerator.Allocate1D<double>(Features));
        _totals = Keep(accelerator.Allocate1D<double>(2 * SparsePass.TotalLanes));
        _firstSegments = Keep(accelerator.Allocate1D(columns.FirstSegments));

        var starts = Keep(accelerator.Allocate1D<long>(samples + 1));
        var columnNumbers = Keep(accelerator.Allocate1D<int>(Math.Max(1, values)));
        var byRow = Keep(accelerator.Allocate1D<float>(Math.Max(1, values)));
        var labels = Keep(accelerator.Allocate1D<float>(Math.Max(1, samples)));
        var weights = dataset.HasSampleWeights ? Keep(accelerator.Allocate1D<float>(Math.Max(1, samples))) : _ones;
        Fill(dataset, starts, columnNumbers, byRow, labels, weights);
        _forward = new SparseForwardArguments
        {
            Rows = samples,
            Lanes = lanes,
            Starts = starts.View,
            Columns = columnNumbers.View,
            Values = byRow.View,
            Labels = labels.View,
            SampleWeights = weights.View,
            Parameters = _parameters.View,
            Residuals = _residuals.View,
            Losses = _losses.View,
            Curvatures = _curvatures.View,
        };
        _backward = new SparseBackwardArguments
        {
            Segments = segments,
            Lanes = lanes,
            Power = 1,
            Starts = Keep(accelerator.Allocate1D(columns.SegmentStarts)).View,
            Rows = values > 0 ? Keep(accelerator.Allocate1D(columns.Rows)).View : columnNumbers.View,
            Values = values > 0 ? Keep(accelerator.Allocate1D(columns.Values)).View : byRow.View,
            Residuals = _residuals.View,
            Sums = _segmentSums.View,
        };
        _logistic = accelerator.LoadStreamKernel<SparseForwardArguments>(SparsePass.Forward<LogisticLoss>);
        _halfSquare = accelerator.LoadStreamKernel<SparseForwardArguments>(SparsePass.Forward<HalfSquareLoss>);
        _multiply = accelerator.LoadStreamKernel<SparseBackwardArguments>(SparsePass.Backward);
        _addSegments = accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, ArrayView<double>, ArrayView<double>>(SparsePass.Columns);
        _addRows = accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<double>>(SparsePass.Totals);
    }

    /// <inheritdoc/>
    public string Device => _device.Id;

    /// <inheritdoc/>
    public string Description => $"{_device.Description}, sparse";

    /// <inheritdoc/>
    public int Threads => _device.Threads;

    /// <inheritdoc/>
    public int Features { get; }

    /// <inheritdoc/>
    public int MaximumHessianFeatures => 2048;

    /// <inheritdoc/>
    public long Passes { get; private set; }

    /// <summary>Copies a sparse dataset to a device.</summary>
    /// <param name="request">A CUDA or OpenCL device, or the emulator.</param>
    /// <param name="dataset">The samples; not needed once this returns.</param>
    /// <exception cref="PerceptronException">The device is not there, cannot run the kernels, or has too little memory.</exception>
    public static SparseIlgpuEngine Create(DeviceRequest request, Dataset dataset) =>
        Create(IlgpuEngine.Open(request), dataset, ownsDevice: true);

    /// <summary>Copies a sparse dataset to an open device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="dataset">The samples.</param>
    /// <param name="ownsDevice">Whether the device is disposed with the engine, or when it cannot be made.</param>
    internal static SparseIlgpuEngine Create(IlgpuDevice device, Dataset dataset, bool ownsDevice)
    {
        try
        {
            return new SparseIlgpuEngine(device, dataset, ownsDevice);
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
        double value = Run(loss == PassLoss.Logistic ? _logistic : _halfSquare, _forward, gradient);
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
            Multiply(_held.View, power: 2, diagonal);
            _holds = true;
        }
        catch (Exception exception)
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
        // v²/2 has the residual v: weighted by the curvatures, c ∘ X̃u. What it writes for curvatures goes where nobody looks.
        Run(_halfSquare, _forward with { SampleWeights = _held.View, Curvatures = _losses.View }, product);
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
        throw new PerceptronException(Fault.Options, "sgd and adam are not for sparse features; use --solver lbfgs");

    /// <inheritdoc/>
    public void Dispose()
    {
        _buffers.ForEach(buffer => buffer.Dispose());
        _buffers.Clear();
        if (_ownsDevice) _device.Dispose();
    }

    private static unsafe void Fill(
        Dataset dataset, MemoryBuffer1D<long, Stride1D.Dense> starts, MemoryBuffer1D<int, Stride1D.Dense> columns,
        MemoryBuffer1D<float, Stride1D.Dense> values, MemoryBuffer1D<float, Stride1D.Dense> labels,
        MemoryBuffer1D<float, Stride1D.Dense> weights)
    {
        long row = 0, value = 0;
        long[] ends = [0];
        starts.AsArrayView<long>(0, 1).CopyFromCPU(ends);
        foreach (var block in dataset.Read())
        {
            var rows = block.Sparse!;
            int count = checked((int)rows.NonZeros);
            ends = new long[block.Rows];
            for (int i = 0; i < ends.Length; i++)
                ends[i] = value + rows.Starts[i + 1];
            starts.AsArrayView<long>(row + 1, block.Rows).CopyFromCPU(ends);
            labels.AsArrayView<float>(row, block.Rows).CopyFromCPU((ReadOnlySpan<float>)block.Labels);
            if (block.HasSampleWeights)
                weights.AsArrayView<float>(row, block.Rows).CopyFromCPU((ReadOnlySpan<float>)block.SampleWeights);
            if (count > 0)
            {
                columns.AsArrayView<int>(value, count).CopyFromCPU(new ReadOnlySpan<int>(rows.Columns, count));
                values.AsArrayView<float>(value, count).CopyFromCPU(new ReadOnlySpan<float>(rows.Values, count));
            }

            row += block.Rows;
            value += count;
        }
    }

    private void Send(ReadOnlySpan<double> parameters)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(parameters.Length, Features + 1);
        for (int j = 0; j < parameters.Length; j++)
            _hostParameters[j] = (float)parameters[j];
    }

    /// <summary>One read forward, one backward.</summary>
    private double Run(Action<KernelConfig, SparseForwardArguments> kernel, SparseForwardArguments arguments, Span<double> result)
    {
        try
        {
            _parameters.View.CopyFromCPU(_hostParameters);
            if (_forward.Rows > 0) kernel(_config, arguments);
            return Multiply(_residuals.View, power: 1, result);
        }
        catch (Exception exception) when (exception is not PerceptronException)
        {
            throw IlgpuEngine.Failure(_device, exception);
        }
    }

    /// <summary>X̃ᵀ r.</summary>
    /// <returns>The losses' sum, where the forward kernel has just written them.</returns>
    private double Multiply(ArrayView<float> residuals, int power, Span<double> result)
    {
        Passes++;
        result.Clear();
        if (_forward.Rows == 0) return 0;
        _multiply(_config, _backward with { Residuals = residuals, Power = power });
        _addSegments(Features, _firstSegments.View, _segmentSums.View, _columnSums.View);
        _addRows(SparsePass.TotalLanes, residuals, _losses.View, _totals.View);
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

    private T Keep<T>(T buffer) where T : IDisposable
    {
        _buffers.Add(buffer);
        return buffer;
    }
}
