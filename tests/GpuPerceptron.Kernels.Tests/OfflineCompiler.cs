using System.Collections.Concurrent;
using System.Reflection;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>Turns kernels into what a driver is given, with neither driver nor GPU.</summary>
/// <remarks>Each in a context of its own: one failed compilation would poison it for the others.</remarks>
internal static class OfflineCompiler
{
    private static readonly ConcurrentDictionary<(MethodInfo, KernelSpecialization), string> Compiled = new();

    /// <summary>PTX for sm_80, as CUDA devices of that generation and later are given it.</summary>
    public static string Ptx(MethodInfo kernel, KernelSpecialization specialization) =>
        Compiled.GetOrAdd((kernel, specialization), static key => CompilePtx(key.Item1, key.Item2));

    /// <summary>OpenCL C 2.0 for a device with float64 and nothing else that is optional.</summary>
    public static string OpenCLSource(MethodInfo kernel)
    {
        using var context = PassContext.Create(MathMode.Default);
        var capabilities = new CLCapabilityContext(
            float16: false, float64: true, genericAddressSpace: true, int64_Atomics: false, subGroups: false);
        using var backend = new CLBackend(context, capabilities, CLDeviceVendor.Other, CLCVersion.CL20);
        return ((CLCompiledKernel)Compile(backend, kernel, KernelSpecialization.Empty)).Source;
    }

    private static string CompilePtx(MethodInfo kernel, KernelSpecialization specialization)
    {
        using var context = PassContext.Create(MathMode.Fast);
        using var backend = new PTXBackend(context, CudaArchitecture.SM_80, CudaInstructionSet.ISA_78, null!);
        return ((PTXCompiledKernel)Compile(backend, kernel, specialization)).PTXAssembly;
    }

    private static CompiledKernel Compile(Backend backend, MethodInfo kernel, KernelSpecialization specialization) =>
        backend.Compile(
            kernel.GetParameters()[0].ParameterType == typeof(Index1D)
                ? EntryPointDescription.FromImplicitlyGroupedKernel(kernel)
                : EntryPointDescription.FromExplicitlyGroupedKernel(kernel),
            specialization);
}
