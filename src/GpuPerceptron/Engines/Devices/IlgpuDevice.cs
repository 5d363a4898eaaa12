using GpuPerceptron.Kernels;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace GpuPerceptron.Engines.Devices;

/// <summary>A device opened for one engine: ILGPU's context and accelerator, and what the engine has to know of them.</summary>
internal sealed class IlgpuDevice : IDisposable
{
    private readonly Context _context;

    private IlgpuDevice(DeviceRequest request, string description, int threads, MathMode mathMode, Func<Context, Accelerator> create)
    {
        Id = request.ToString();
        Description = description;
        Threads = threads;
        _context = PassContext.Create(mathMode);
        try
        {
            Accelerator = create(_context);
            AvailableBytes = Accelerator switch
            {
                CudaAccelerator cuda => cuda.GetFreeMemory(),
                _ => Accelerator.MemorySize,
            };
            MaximumBufferBytes = Accelerator.Device is CLDevice device
                ? device.GetDeviceInfo<long>(CLDeviceInfoType.CL_DEVICE_MAX_MEM_ALLOC_SIZE)
                : AvailableBytes;
        }
        catch
        {
            _context.Dispose();
            throw;
        }
    }

    /// <summary>As <c>--device</c> names it.</summary>
    public string Id { get; }

    /// <summary>In words.</summary>
    public string Description { get; }

    /// <summary>Host threads that it keeps busy.</summary>
    public int Threads { get; }

    /// <summary>Whether its memory is the host's.</summary>
    public bool SharesHostMemory { get; private init; }

    /// <summary>ILGPU's handle to it.</summary>
    public Accelerator Accelerator { get; }

    /// <summary>Bytes that could be allocated on it when it was opened.</summary>
    public long AvailableBytes { get; init; }

    /// <summary>Bytes that one buffer can have. OpenCL devices often grant a quarter of their memory at a time.</summary>
    public long MaximumBufferBytes { get; init; }

    /// <summary>Opens a device.</summary>
    /// <param name="request">A CUDA or OpenCL device, or the emulator.</param>
    /// <exception cref="PerceptronException">It is not there, or cannot run the kernels.</exception>
    public static IlgpuDevice Open(DeviceRequest request)
    {
        switch (request.Kind)
        {
            case DeviceKind.Cuda:
                var cuda = FindCuda(request);
                return new IlgpuDevice(request, $"{cuda.Name} (CUDA)", 1, MathMode.Fast, cuda.CreateCudaAccelerator);
            case DeviceKind.OpenCL:
                var device = FindOpenCL(request);
                int threads = IlgpuDevices.IsGpu(device) ? 1 : device.NumMultiprocessors;
                return new IlgpuDevice(request, $"{device.Name} (OpenCL)", threads, MathMode.Default, device.CreateCLAccelerator)
                {
                    SharesHostMemory = !IlgpuDevices.IsGpu(device),
                };
            case DeviceKind.Emulator:
                // Each lane is a thread, and a warp has at least two: pairs of lanes, as many as there are processors,
                // make the fewest threads that wait for one another.
                return Emulate(2, Environment.ProcessorCount);
            default:
                throw new ArgumentOutOfRangeException(nameof(request), request, "not a device of ILGPU");
        }
    }

    /// <summary>Fails where a device is not there, or cannot run the kernels; opens nothing.</summary>
    /// <param name="request">Any device.</param>
    /// <exception cref="PerceptronException">It is not.</exception>
    public static void EnsureThere(DeviceRequest request)
    {
        if (request.Kind == DeviceKind.Cuda) FindCuda(request);
        if (request.Kind == DeviceKind.OpenCL) FindOpenCL(request);
    }

    /// <summary>Opens the emulator in a shape of its own.</summary>
    /// <param name="lanes">Lanes a warp.</param>
    /// <param name="multiprocessors">Multiprocessors.</param>
    /// <param name="warps">Warps a multiprocessor, a power of two.</param>
    /// <param name="availableBytes">What it is to take for its memory; null for the host's.</param>
    /// <param name="maximumBufferBytes">What it is to take for its largest buffer; null for its memory.</param>
    public static IlgpuDevice Emulate(
        int lanes, int multiprocessors, int warps = 1, long? availableBytes = null, long? maximumBufferBytes = null)
    {
        long memory = availableBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return new IlgpuDevice(
            new DeviceRequest(DeviceKind.Emulator), "the GPU's kernels on the host's threads (for checking; slow)",
            lanes * warps * multiprocessors, MathMode.Default, new CPUDevice(lanes, warps, multiprocessors).CreateCPUAccelerator)
        {
            SharesHostMemory = true,
            AvailableBytes = memory,
            MaximumBufferBytes = maximumBufferBytes ?? memory,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Accelerator.Dispose();
        _context.Dispose();
    }

    private static CudaDevice FindCuda(DeviceRequest request) => Choose(request, IlgpuDevices.Cuda());

    private static CLDevice FindOpenCL(DeviceRequest request)
    {
        var device = Choose(request, IlgpuDevices.OpenCL());
        return IlgpuDevices.Obstacle(device) is { } obstacle
            ? throw new PerceptronException(Fault.Device, $"{request} ({device.Name}) {obstacle}; use --device cpu")
            : device;
    }

    private static T Choose<T>(DeviceRequest request, IReadOnlyList<T> devices)
    {
        if (request.Index < devices.Count)
            return devices[request.Index];
        string family = request.Kind == DeviceKind.Cuda ? "CUDA" : "OpenCL";
        string prefix = new DeviceRequest(request.Kind, 0).ToString();
        string present = devices.Count switch
        {
            0 => $"no {family} device was found; use --device cpu, or install the GPU's driver",
            1 => $"the only {family} device is {prefix}",
            _ => $"the {family} devices are {prefix} to {request.Kind.ToString().ToLowerInvariant()}:{devices.Count - 1}",
        };
        throw new PerceptronException(Fault.Device, $"{request} is not there: {present}");
    }
}
