using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using ILGPU;

namespace GpuPerceptron.Engines.Devices;

/// <summary>
/// Finds the GPU drivers' libraries. ILGPU asks for libcuda.so and libOpenCL.so, names that come with development
/// packages only; where nothing but a driver is installed they end in .so.1, and ILGPU would silently see no device.
/// </summary>
internal static class NativeLibraries
{
    private static readonly Lazy<bool> Registration = new(() =>
    {
        var assembly = typeof(Context).Assembly;
        AssemblyLoadContext.GetLoadContext(assembly)!.ResolvingUnmanagedDll += Resolve;
        return true;
    });

    /// <summary>Makes the versioned names known, once. Loads nothing by itself.</summary>
    public static bool Register() => Registration.Value;

    // Called only for names that were not found as they are.
    private static nint Resolve(Assembly assembly, string name)
    {
        string? versioned = !OperatingSystem.IsLinux() ? null : name switch
        {
            "cuda" or "libcuda" or "libcuda.so" => "libcuda.so.1",
            "OpenCL" or "libOpenCL" or "libOpenCL.so" => "libOpenCL.so.1",
            _ => null,
        };
        return versioned is not null && NativeLibrary.TryLoad(versioned, out nint handle) ? handle : 0;
    }
}
