using GpuPerceptron.Data;
using GpuPerceptron.Engines.Devices;
using GpuPerceptron.Kernels;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace GpuPerceptron.Engines;

/// <summary>The engine that runs the kernels of GpuPerceptron.Kernels, on a CUDA or OpenCL device or on the emulator.</summary>
/// <remarks>
/// The samples are copied to the device once, or, where its memory does not hold them, in each pass. A pass then sends M + 1 parameters, runs the fused kernel and the reduction
/// of its partial sums, and waits once, for M + 2 numbers.
/// </remarks>
public sealed class IlgpuEngine : IEngine
{
    private const int WorkingPart = 16; // of a device's memory is left for what passes work with

    private readonly IlgpuDevice _device;
    private readonly bool _ownsDevice;
    private readonly Func<Accelerator, RowShape, long, PassGeometry> _chooseGeometry;
    private readonly Dataset _dataset;
    private readonly IDeviceSamples? _samples;
    private readonly IlgpuPassBuffers? _buffers;
    private readonly Lazy<Action<PassArguments>>? _logistic;
    private readonly Lazy<Action<PassArguments>>? _halfSquare;
    private readonly Action<ArrayView<double>, ArrayView<double>>? _reduce;
    private readonly Lazy<IlgpuHessian>? _hessian;

    // Where this throws, disposing the device frees what was allocated on it.
    private IlgpuEngine(
        IlgpuDevice device, Dataset dataset, Func<Accelerator, RowShape, long, PassGeometry> chooseGeometry, bool ownsDevice, bool streams)
    {
        _device = device;
        _ownsDevice = ownsDevice;
        _chooseGeometry = chooseGeometry;
        _dataset = dataset;
        Features = dataset.Features;
        if (dataset.Samples == 0)
            return;

        // A device without memory of its own has no more than what the samples do not fit into already.
        long available = device.AvailableBytes;
        IsStreamed = streams || (dataset.IsStreamed && device.SharesHostMemory) || IlgpuSamples.BytesFor(dataset) > available - available / WorkingPart;
        long needed = IsStreamed ? IlgpuStreamedSamples.BytesFor(dataset) : IlgpuSamples.BytesFor(dataset);
        if (needed > available)
            throw OutOfMemory(device, needed, available); // not even for two blocks at a time
        try
        {
            var accelerator = device.Accelerator;
            var shape = IlgpuSamples.ShapeOf(dataset);
            _samples = IsStreamed ? new IlgpuStreamedSamples(device, dataset) : new IlgpuSamples(device, dataset);
            var geometry = chooseGeometry(accelerator, shape, _samples.MaximumRows);
            _buffers = new IlgpuPassBuffers(accelerator, geometry, shape.Columns);
            _logistic = new(() => PassKernels.LoadPass<LogisticLoss>(accelerator, geometry));
            _halfSquare = new(() => PassKernels.LoadPass<HalfSquareLoss>(accelerator, geometry));
            _reduce = PassKernels.LoadReduction(accelerator, geometry.PartialRows, shape.Columns);
            _hessian = new(() => new IlgpuHessian(
                accelerator, HessianGeometry.For(accelerator, shape, _samples.MaximumRows), shape, _samples.MaximumRows));
        }
        catch (Exception exception) when (exception is not PerceptronException)
        {
            throw IsOutOfMemory(exception) ? OutOfMemory(device, needed, available, exception) : Failure(device, exception);
        }
    }

    /// <inheritdoc/>
    public string Device => _device.Id;

    /// <inheritdoc/>
    public string Description => _device.Description;

    /// <inheritdoc/>
    public int Threads => _device.Threads;

    /// <inheritdoc/>
    public int Features { get; }

    /// <summary>Whether the samples come to the device anew in each pass, since its memory does not hold them.</summary>
    public bool IsStreamed { get; }

    /// <inheritdoc/>
    public int MaximumHessianFeatures => 1024;

    /// <inheritdoc/>
    public long Passes { get; private set; }

    /// <summary>Copies a dataset to a device.</summary>
    /// <param name="request">A CUDA or OpenCL device, or the emulator.</param>
    /// <param name="dataset">The samples; they must outlive the engine, which reads them again if <see cref="IsStreamed"/>.</param>
    /// <exception cref="PerceptronException">The device is not there, cannot run the kernels, or has too little memory.</exception>
    public static IlgpuEngine Create(DeviceRequest request, Dataset dataset) => Create(Open(request), dataset, PassGeometry.For);

    /// <summary>Opens a device.</summary>
    /// <param name="request">A CUDA or OpenCL device, or the emulator.</param>
    /// <exception cref="PerceptronException">It is not there, or cannot run the kernels.</exception>
    internal static IlgpuDevice Open(DeviceRequest request)
    {
        try
        {
            return IlgpuDevice.Open(request);
        }
        catch (Exception exception) when (exception is not (PerceptronException or ArgumentException))
        {
            throw new PerceptronException(Fault.Device,
                $"{request} could not be opened ({FirstLine(exception)}); 'gpuperceptron devices' lists what there is", exception);
        }
    }

    /// <summary>Looks for a GPU: a CUDA device, else an OpenCL one that can run the kernels. Loads the drivers.</summary>
    /// <param name="request">The GPU.</param>
    /// <returns>Whether there is one.</returns>
    public static bool TryFindGpu(out DeviceRequest request)
    {
        request = new DeviceRequest(DeviceKind.Cuda);
        if (IlgpuDevices.Cuda().Count > 0)
            return true;
        request = new DeviceRequest(DeviceKind.Cpu);
        if (!IlgpuDevices.MayHaveOpenCLGpu()) return false;
        int index = IlgpuDevices.OpenCL().ToList()
            .FindIndex(device => IlgpuDevices.IsGpu(device) && IlgpuDevices.Obstacle(device) is null);
        request = index < 0 ? new DeviceRequest(DeviceKind.Cpu) : new DeviceRequest(DeviceKind.OpenCL, index);
        return index >= 0;
    }

    /// <summary>Copies a dataset to an open device, to be passed over in a geometry of the caller's.</summary>
    /// <param name="device">The device.</param>
    /// <param name="dataset">The samples.</param>
    /// <param name="chooseGeometry">From the accelerator, a row's shape, and rows.</param>
    /// <param name="ownsDevice">Whether the device is disposed with the engine, or when it cannot be made.</param>
    /// <param name="streams">Whether samples are streamed to the device although its memory holds them.</param>
    internal static IlgpuEngine Create(
        IlgpuDevice device, Dataset dataset, Func<Accelerator, RowShape, long, PassGeometry> chooseGeometry, bool ownsDevice = true,
        bool streams = false)
    {
        try
        {
            return new IlgpuEngine(device, dataset, chooseGeometry, ownsDevice, streams);
        }
        catch
        {
            if (ownsDevice) device.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public double Pass(PassLoss loss, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(parameters.Length, Features + 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(gradient.Length, Features + 1);
        Passes++;
        if (_samples is null)
        {
            gradient.Clear();
            return 0;
        }

        try
        {
            var kernel = (loss == PassLoss.Logistic ? _logistic! : _halfSquare!).Value;
            var buffers = _buffers!;
            buffers.Send(parameters);
            foreach (var arguments in _samples.Arguments(buffers.Parameters, buffers.Partials))
                kernel(arguments);
            _reduce!(buffers.Partials, buffers.Sums);
            return buffers.Receive(gradient);
        }
        catch (Exception exception) when (exception is not PerceptronException)
        {
            throw Failure(_device, exception);
        }
    }

    /// <inheritdoc/>
    public double HessianPass(ReadOnlySpan<double> parameters, Span<double> gradient, Span<double> hessian)
    {
        if (Features > MaximumHessianFeatures)
            throw new PerceptronException(Fault.Options, $"{Device} computes Hessians of up to {MaximumHessianFeatures:N0} features, not of {Features:N0}; use --solver lbfgs");
        ArgumentOutOfRangeException.ThrowIfNotEqual(hessian.Length, (Features + 1) * (Features + 1));
        double loss = Pass(PassLoss.Logistic, parameters, gradient);
        hessian.Clear();
        if (_samples is null)
            return loss;

        try
        {
            _hessian!.Value.Compute(_samples.Arguments(_buffers!.Parameters, _buffers.Partials), Features, hessian);
            return loss;
        }
        catch (Exception exception) when (exception is not PerceptronException)
        {
            throw Failure(_device, exception);
        }
    }

    /// <inheritdoc/>
    public IMiniBatches MiniBatches(MiniBatchOptions options, double totalWeight, double l2, ReadOnlySpan<double> parameters)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(parameters.Length, Features + 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchRows, 1);
        if (_samples is null)
            throw new InvalidOperationException("there are no samples to take batches of");
        try
        {
            return new IlgpuMiniBatches(
                _device, _samples as IlgpuSamples, _dataset, _chooseGeometry, options, totalWeight, l2, parameters, countPass: () => Passes++);
        }
        catch (Exception exception) when (IsOutOfMemory(exception))
        {
            throw new PerceptronException(Fault.Device,
                $"{_device.Id} ({_device.Description}) has no memory left for batches of {options.BatchRows:N0} samples; use a smaller --batch-size",
                exception);
        }
        catch (Exception exception) when (exception is not PerceptronException)
        {
            throw Failure(_device, exception);
        }
    }

    /// <inheritdoc/>
    public IEngine Over(Dataset dataset) => Create(_device, dataset, _chooseGeometry, ownsDevice: false, streams: IsStreamed && dataset.IsStreamed);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_hessian is { IsValueCreated: true }) _hessian.Value.Dispose();
        _buffers?.Dispose();
        _samples?.Dispose();
        if (_ownsDevice) _device.Dispose();
    }

    private static bool IsOutOfMemory(Exception exception) => exception switch
    {
        CudaException cuda => cuda.Error == nameof(CudaError.CUDA_ERROR_OUT_OF_MEMORY),
        CLException cl => cl.Error is CLError.CL_MEM_OBJECT_ALLOCATION_FAILURE or CLError.CL_OUT_OF_RESOURCES
            or CLError.CL_OUT_OF_HOST_MEMORY or CLError.CL_INVALID_BUFFER_SIZE,
        _ => exception is OutOfMemoryException,
    };

    /// <summary>What the user is told where a device's memory is too small.</summary>
    internal static PerceptronException OutOfMemory(IlgpuDevice device, long needed, long available, Exception? cause = null) =>
        new(Fault.Device,
            $"{device.Id} ({device.Description}) has {available:N0} bytes free, but the samples need {needed:N0} bytes"
            + " and some more to work with; use --device cpu or fewer samples",
            cause);

    /// <summary>What the user is told where a device fails.</summary>
    internal static PerceptronException Failure(IlgpuDevice device, Exception exception) =>
        new(Fault.Device, $"{device.Id} ({device.Description}) failed: {FirstLine(exception)}; try --device cpu", exception);

    private static string FirstLine(Exception exception) => exception.Message.Trim().Split('\n')[0].TrimEnd();
}
