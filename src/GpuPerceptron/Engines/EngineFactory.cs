using GpuPerceptron.Data;

namespace GpuPerceptron.Engines;

/// <summary>Chooses the engine that a request names.</summary>
public static class EngineFactory
{
    /// <summary>Puts a dataset on a device.</summary>
    /// <param name="request">The device.</param>
    /// <param name="dataset">X, y, s. The cpu engine reads it in place, so it must outlive the engine; the others copy it.</param>
    /// <param name="threads">Host threads; 0 for one a processor.</param>
    /// <exception cref="PerceptronException">The device is not there, or its memory is too small.</exception>
    public static IEngine Create(DeviceRequest request, Dataset dataset, int threads = 0) => request.Kind switch
    {
        DeviceKind.Cpu => new CpuEngine(dataset, threads),
        DeviceKind.Auto => new CpuEngine(dataset, threads),
        _ => throw new PerceptronException(Fault.Device, $"no device {request} on this machine"),
    };
}
