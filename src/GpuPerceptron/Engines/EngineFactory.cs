using GpuPerceptron.Data;
using GpuPerceptron.Engines.Devices;

namespace GpuPerceptron.Engines;

/// <summary>Puts samples on the device that a request names. Drivers are only looked for when a request needs them.</summary>
public static class EngineFactory
{
    /// <summary>
    /// Bytes of X under which <see cref="DeviceKind.Auto"/> stays on the host, and looks for no GPU: 50 MB. There a GPU's
    /// start and upload could hardly be paid back.
    /// </summary>
    /// <remarks>
    /// With P passes over B bytes at the host's rate h, the host takes P B/h. A GPU takes T + B/u + P B/g: T to load its
    /// driver (0.1 s, measured), to make a context and to compile the first kernels (0.3 to 0.4 s, measured), u for the
    /// upload from pageable memory, some 10 GB/s, and g, in which a pass costs next to nothing. It wins from
    /// <code>B = T / (P/h − 1/u) = 0.5 s / (200 / 20 GB/s − 1 / 10 GB/s) = 50 MB</code>
    /// on. h = 20 GB/s is what two cores read, measured, and a machine with a GPU has rather more; P = 200 is generous for
    /// trainings to the default tolerance, which took 30 to 500 passes. An error of a factor of two in any of them costs a
    /// fraction of a second either way.
    /// </remarks>
    public const long SmallestGpuBytes = 50_000_000;

    /// <summary>Makes the engine.</summary>
    /// <param name="request">
    /// The device; <see cref="DeviceKind.Auto"/> takes a CUDA GPU, else an OpenCL GPU, else the host; and the host at once
    /// where X has less than <see cref="SmallestGpuBytes"/>.
    /// </param>
    /// <param name="dataset">X, y, s. The cpu engine reads it in place, so it must outlive the engine; the others copy it.</param>
    /// <param name="threads">Host threads; 0 for one a processor.</param>
    /// <exception cref="PerceptronException">The device is not there, cannot run the kernels, or has too little memory.</exception>
    public static IEngine Create(DeviceRequest request, Dataset dataset, int threads = 0)
    {
        if (dataset.IsSparse) return CreateSparse(request, dataset, threads);
        if (request.Kind == DeviceKind.Auto) request = Choose(dataset.FeatureBytes);
        return request.Kind == DeviceKind.Cpu ? new CpuEngine(dataset, threads) : IlgpuEngine.Create(request, dataset);
    }

    /// <summary>Fails now, rather than after a long read of a table, where a device is not there.</summary>
    /// <param name="request">The device.</param>
    /// <exception cref="PerceptronException">It is not there, or cannot run the kernels.</exception>
    public static void EnsureThere(DeviceRequest request)
    {
        if (request.Kind is DeviceKind.Cuda or DeviceKind.OpenCL) IlgpuDevice.EnsureThere(request);
    }

    /// <summary>Sparse features go to a GPU only where one is named: whether it is ahead was not measured yet.</summary>
    private static IEngine CreateSparse(DeviceRequest request, Dataset dataset, int threads) =>
        request.Kind is DeviceKind.Auto or DeviceKind.Cpu
            ? new SparseCpuEngine(dataset, threads)
            : SparseIlgpuEngine.Create(request, dataset);

    /// <summary>What <see cref="DeviceKind.Auto"/> comes to for so many bytes of X.</summary>
    internal static DeviceRequest Choose(long featureBytes)
    {
        var request = new DeviceRequest(DeviceKind.Cpu);
        if (featureBytes >= SmallestGpuBytes) IlgpuEngine.TryFindGpu(out request); // the host where there is none
        return request;
    }
}
