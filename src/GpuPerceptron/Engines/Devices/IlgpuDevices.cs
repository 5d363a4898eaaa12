using System.Runtime.CompilerServices;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace GpuPerceptron.Engines.Devices;

/// <summary>
/// The CUDA and OpenCL devices of this machine. Each call loads the drivers and asks them; without drivers there are none.
/// </summary>
internal static class IlgpuDevices
{
    /// <summary>CUDA devices, in the driver's order.</summary>
    public static IReadOnlyList<CudaDevice> Cuda()
    {
        NativeLibraries.Register();
        return [.. CudaDevice.GetDevices(device =>
            device.Architecture.HasValue
            && device.InstructionSet.HasValue
            && PTXCodeGenerator.SupportedInstructionSets.Contains(device.InstructionSet.Value)).Cast<CudaDevice>()];
    }

    /// <summary>OpenCL devices, those that cannot run the kernels too, so that an index always means the same device.</summary>
    public static IReadOnlyList<CLDevice> OpenCL()
    {
        NativeLibraries.Register();
        CLDevice[] devices = [.. CLDevice.GetDevices(_ => true).Cast<CLDevice>()];

        // ILGPU refuses a device without the generic address space, such as PoCL 3.1's. At O2 the kernels' views are all
        // in the global one, so they do without.
        foreach (var device in devices)
            SetGenericAddressSpace(device.Capabilities, true);
        return devices;
    }

    /// <summary>
    /// Whether an OpenCL driver may have a GPU: any but PoCL as it is by itself, which runs on the processor. To load it only to find that takes a tenth of a second,
    /// and 60 to 90 MB, most of them its compiler's.
    /// </summary>
    public static bool MayHaveOpenCLGpu()
    {
        const string Vendors = "/etc/OpenCL/vendors";
        string[] otherwise = ["OCL_ICD_VENDORS", "OCL_ICD_FILENAMES", "OPENCL_VENDOR_PATH", "POCL_DEVICES"];
        if (!OperatingSystem.IsLinux() || !Directory.Exists(Vendors) || otherwise.Any(name => Environment.GetEnvironmentVariable(name) is { Length: > 0 })) return true;
        try
        {
            return Directory.EnumerateFiles(Vendors, "*.icd").Any(file => !File.ReadAllText(file).Contains("libpocl", StringComparison.Ordinal));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary>Why an OpenCL device cannot run the kernels; null where it can.</summary>
    /// <param name="device">The device.</param>
    public static string? Obstacle(CLDevice device) =>
        device.CLStdVersion < CLBackend.MinimumVersion ? "cannot be used: the kernels need OpenCL C 2.0"
        : !device.Capabilities.Float64 ? "cannot be used: the kernels need double precision (cl_khr_fp64)"
        : null;

    /// <summary>Whether an OpenCL device is a GPU, and not a processor such as PoCL's.</summary>
    /// <param name="device">The device.</param>
    public static bool IsGpu(CLDevice device) => device.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_GPU);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_GenericAddressSpace")]
    private static extern void SetGenericAddressSpace(CLCapabilityContext capabilities, bool value);
}
