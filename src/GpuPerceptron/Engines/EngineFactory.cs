using GpuPerceptron.Data;

namespace GpuPerceptron.Engines;

/// <summary>Puts samples on the device that a request names. Drivers are only looked for when a request needs them.</summary>
public static class EngineFactory
{
    /// <summary>Makes the engine.</summary>
    /// <param name="request">The device; <see cref="DeviceKind.Auto"/> takes a CUDA GPU, else an OpenCL GPU, else the host.</param>
    /// <param name="dataset">X, y, s. The cpu engine reads it in place, so it must outlive the engine; the others copy it.</param>
    /// <param name="threads">Host threads; 0 for one a processor.</param>
    /// <exception cref="PerceptronException">The device is not there, cannot run the kernels, or has too little memory.</exception>
    public static IEngine Create(DeviceRequest request, Dataset dataset, int threads = 0)
    {
        if (request.Kind == DeviceKind.Auto)
            IlgpuEngine.TryFindGpu(out request); // the host where there is none
        return request.Kind == DeviceKind.Cpu ? new CpuEngine(dataset, threads) : IlgpuEngine.Create(request, dataset);
    }

    /// <summary>Fails now, rather than after a long read of a table, where a device is not there.</summary>
    /// <param name="request">The device.</param>
    /// <exception cref="PerceptronException">It is not there, or cannot run the kernels.</exception>
    public static void EnsureThere(DeviceRequest request) => IlgpuDevice.EnsureThere(request);
}
