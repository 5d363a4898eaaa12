namespace GpuPerceptron.Engines;

/// <summary>A kind of engine, as <c>--device</c> names it.</summary>
public enum DeviceKind
{
    /// <summary>
    /// CUDA where there is one, else an OpenCL GPU, else the host; the host at once for less than
    /// <see cref="EngineFactory.SmallestGpuBytes"/>.
    /// </summary>
    Auto,

    /// <summary>SIMD on the host's threads.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU through CUDA.</summary>
    Cuda,

    /// <summary>An OpenCL device (AMD, Intel, PoCL).</summary>
    OpenCL,

    /// <summary>ILGPU's CPU accelerator: the GPU's kernels, checked and slow.</summary>
    Emulator,
}

/// <summary>The device that a user asked for: a kind and, where there are several of it, which one.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Index">From 0, in the order of <c>gpuperceptron devices</c>.</param>
public readonly record struct DeviceRequest(DeviceKind Kind, int Index = 0)
{
    /// <summary>Reads "auto", "cpu", "cuda", "cuda:1", "opencl", "opencl:1" or "emulator".</summary>
    /// <param name="text">The request.</param>
    /// <exception cref="PerceptronException">It is none of these.</exception>
    public static DeviceRequest Parse(string text)
    {
        string[] parts = text.Split(':');
        DeviceKind? kind = parts[0] switch
        {
            "auto" => DeviceKind.Auto,
            "cpu" => DeviceKind.Cpu,
            "cuda" => DeviceKind.Cuda,
            "opencl" => DeviceKind.OpenCL,
            "emulator" => DeviceKind.Emulator,
            _ => null,
        };
        int index = 0;
        bool indexed = kind is DeviceKind.Cuda or DeviceKind.OpenCL;
        bool valid = kind is not null
            && (parts.Length == 1 || (parts.Length == 2 && indexed && int.TryParse(parts[1], out index) && index >= 0));
        return valid
            ? new DeviceRequest(kind!.Value, index)
            : throw new PerceptronException(Fault.Options,
                $"'{text}' is not a device; use auto, cpu, cuda, cuda:N, opencl, opencl:N or emulator ('gpuperceptron devices' lists them)");
    }

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        DeviceKind.Cuda or DeviceKind.OpenCL => $"{Kind.ToString().ToLowerInvariant()}:{Index}",
        _ => Kind.ToString().ToLowerInvariant(),
    };
}
